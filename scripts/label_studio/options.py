"""Options of the commands that take a pipeline to Label Studio."""

from typing import Annotated

import typer

PipelineName = Annotated[str, typer.Option(help="name, folder or wheel; null: the package")]
PackageName = Annotated[str, typer.Option(help="the package's, without the language")]
PackageVersion = Annotated[str, typer.Option(help="the package's")]
LabelMapFile = Annotated[str, typer.Option(help="YAML, or null")]
