"""Write the JSON Schema of `training/evaluation.json` from its records."""

import inspect
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer

from .evaluation.records import FORMAT, ChangeKind, ErrorKind, Evaluation
from .project.errors import run
from .project.files import write_json

SCHEMA = Path("docs/evaluation.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"  # msgspec's


def main(
    output: Annotated[Path, typer.Option(help="the schema to write")] = SCHEMA,
) -> None:
    """Write the schema; run it after a change of the records, and commit what it wrote."""
    write_json(output, evaluation_schema())
    print(f"Schema written to {output}.")


def evaluation_schema() -> dict[str, Any]:
    """The schema of format FORMAT, with the records' docstrings as descriptions.

    More fields than these are allowed: the format grows only when one changes its meaning.
    """
    schema = msgspec.json.schema(Evaluation)
    definitions = schema["$defs"]
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    definitions["Evaluation"]["properties"]["format"] = {"const": FORMAT}
    # msgspec checks the keys of a dictionary, but does not tell of them.
    for record, field, keys in (
        ("Analysis", "errors", ErrorKind),
        ("Comparison", "changed", ChangeKind),
    ):
        definitions[record]["properties"][field]["propertyNames"] = {"enum": [*get_args(keys)]}
    return {"$schema": DIALECT, "title": "training/evaluation.json", **schema}


if __name__ == "__main__":
    run(main)
