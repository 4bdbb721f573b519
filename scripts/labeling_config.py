"""Write a labelling configuration for the labels of a pipeline."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .label_studio.configuration import configure_pipeline
from .project.errors import run
from .project.files import write_text
from .project.settings import parse_value


def main(
    output: Annotated[Path, typer.Option(help="the XML file to write")],
    pipeline: Annotated[str, typer.Option(help="name, folder or wheel; null: the package")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="the package's")],
    label_map: Annotated[str, typer.Option(help="YAML, or null")] = "null",
) -> None:
    """Write a labelling configuration (XML) with a colour for each label of a pipeline."""
    map_path = parse_value("label_map", label_map)
    xml = configure_pipeline(
        parse_value("pipeline", pipeline), name, version, Path(map_path) if map_path else None
    )
    write_text(output, xml)
    msg.good("Labelling configuration", str(output))


if __name__ == "__main__":
    run(main)
