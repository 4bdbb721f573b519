"""Write a labelling configuration for the labels of a pipeline."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .label_studio.configuration import configure_pipeline
from .label_studio.options import LabelMapFile, PackageName, PackageVersion, PipelineName
from .project.errors import run
from .project.files import write_text
from .project.settings import parse_path, parse_value


def main(
    output: Annotated[Path, typer.Option(help="the XML file to write")],
    pipeline: PipelineName,
    name: PackageName,
    version: PackageVersion,
    label_map: LabelMapFile = "null",
) -> None:
    """Write a labelling configuration (XML) with a colour for each label of a pipeline."""
    own, names = parse_value("pipeline", pipeline), parse_path("label_map", label_map)
    xml = configure_pipeline(own, name, version, names)
    write_text(output, xml)
    msg.good("Labelling configuration", str(output))


if __name__ == "__main__":
    run(main)
