"""Mix the weights of an update with one ner with the base's; how far back, dev decides."""

from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .functions import read_scheme
from .project.errors import run
from .training.dev import read_dev
from .training.interpolation import best_share, interpolate
from .training.options import BaseFolder, GpuId
from .training.pipelines import BaseRecord, use_gpu
from .training.strategies import write_pipeline


def main(
    base: BaseFolder,
    update: Annotated[Path, typer.Option(help="folder of an update with one ner (two-teacher)")],
    corpus: Annotated[Path, typer.Option(help="folder with the dev corpora and conversion.json")],
    output: Annotated[Path, typer.Option(help="folder of the model to write")],
    gpu_id: GpuId = -1,
) -> None:
    """Write the mixture of base and update that is best on dev."""
    use_gpu(gpu_id)
    record = BaseRecord.read(base.with_suffix(".json"))
    scheme = read_scheme(corpus / "conversion.json", base.with_suffix(".json"))
    nlp, tried = interpolate(base, record, update, read_dev(corpus, None, base, scheme))
    write_pipeline(nlp, output)
    header = ("share of the base", "dev score", "annotated F", "retained F")
    rows = [tuple(f"{value:.1f}" for value in astuple(one)) for one in tried]
    msg.table(rows, header=header, divider=True, aligns=("r",) * 4)
    msg.good(f"Share of the base: {best_share(tried).alpha:.1f}", str(output))


if __name__ == "__main__":
    run(main)
