"""Write the notes of a release and the table for a pull request, from the last run's figures."""

from pathlib import Path
from typing import Annotated, Any

import typer
from wasabi import msg

from .evaluation.records import Evaluation, read_record
from .project.errors import run
from .project.files import write_text
from .release.gate_rules import Decision
from .release.notes import Release, comment, release_notes
from .release.released import package_name
from .training.pipelines import BaseRecord


def main(
    folder: Annotated[Path, typer.Option(help="the project's, after a run of all")] = Path(),
    notes: Annotated[Path, typer.Option(help="notes to write")] = Path("training/notes.md"),
    table: Annotated[Path, typer.Option(help="comment to write")] = Path("training/comment.md"),
) -> None:
    """Write notes.md, for a release, and comment.md, for a pull request."""
    release = read_release(folder)
    write_text(notes, release_notes(release))
    write_text(table, comment(release))
    msg.good(f"{release.package} {release.version}", f"{notes}, {table}")


def read_release(folder: Path) -> Release:
    """What the last run of the workflow says of its update, released or refused.

    Raises UserError when a file is missing or something else.
    """
    given = read_record(folder / "assets/inputs.json", dict[str, Any])["vars"]
    return Release(
        package=package_name(BaseRecord.read(folder / "training/base.json").lang, given["name"]),
        version=given["version"],
        splits=read_record(folder / "corpus/conversion.json", dict[str, Any])["splits"],
        evaluation=read_record(folder / "training/evaluation.json", Evaluation),
        decision=read_record(folder / "training/gate.json", Decision),
    )


if __name__ == "__main__":
    run(main)
