"""The ML backend of Label Studio: predictions, and updates of the pipeline in the background."""

import importlib.util
from typing import Annotated

import typer

from .project.errors import UserError, run

NEEDED = ("fastapi", "uvicorn", "huey", "prometheus_client")


def main(
    name: Annotated[str, typer.Option(help="of the package to serve without SPACY_MODEL")] = "",
    version: Annotated[str, typer.Option(help="of the package")] = "",
    label_map: Annotated[str, typer.Option(help="YAML, or null for none")] = "null",
    control: Annotated[str, typer.Option(help="name of the Labels tag, or null")] = "null",
    text_field: Annotated[str, typer.Option(help="key of the text, or null")] = "null",
) -> None:
    """Serve a pipeline to Label Studio. The settings are environment variables (README.md)."""
    for module in NEEDED:
        if importlib.util.find_spec(module) is None:
            raise UserError(
                f"The package {module} is not installed, which the ML backend needs.",
                "pip install -r requirements-serve.txt",
            )
    from .serving.server import Choices, Package, serve  # noqa: PLC0415  (what it imports may be missing)

    chosen = [None if value == "null" else value for value in (label_map, control, text_field)]
    serve(Package(name, version), Choices(*chosen))


if __name__ == "__main__":
    run(main)
