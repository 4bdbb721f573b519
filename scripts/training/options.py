"""Options of the commands that train, or that run what was trained."""

from pathlib import Path
from typing import Annotated

import typer

BaseFolder = Annotated[Path, typer.Option(help="folder of the base; its record stands beside it")]
TeacherFolder = Annotated[
    Path,
    typer.Option(help="folder of a teacher in the base's place; its record beside it, or null"),
]
SpecialistFolder = Annotated[Path, typer.Option(help="folder of the specialist")]
CorpusFolder = Annotated[Path, typer.Option(help="folder with merged/, rehearsal/ and replay/")]
ConfigFile = Annotated[str, typer.Option(help="a config of your own, null for the strategy's")]
Precedence = Annotated[str, typer.Option(help="of double: whose entities win")]
Encoder = Annotated[str, typer.Option(help="of double's second ner: full, small or a transformer")]
Alpha = Annotated[
    str, typer.Option(help="of interpolate: share of the base; null for the best on dev")
]
Seed = Annotated[int, typer.Option(help="seed of the training")]
GpuId = Annotated[int, typer.Option(help="-1 for the CPU")]
MaxSteps = Annotated[int, typer.Option(help="0 for a length from the data")]
