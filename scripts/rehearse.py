"""Make the rehearsal data: gold, project and raw texts with the words of both teachers."""

from pathlib import Path
from typing import Annotated

import srsly
import typer
from wasabi import msg

from .functions import read_scheme
from .project.errors import run
from .project.files import write_json
from .training.merging import SharedOnRaw
from .training.pipelines import BaseRecord
from .training.rehearsal import Dose, select_raw, write_merged, write_rehearsal, write_replay
from .training.teachers import load_teachers


def main(
    inputs: Annotated[Path, typer.Option(help="what the command inputs wrote about raw text")],
    base: Annotated[Path, typer.Option(help="folder of the base; its record stands beside it")],
    specialist: Annotated[Path, typer.Option(help="folder of the specialist")],
    replay_gold: Annotated[Path, typer.Option(help="what inputs wrote about gold for replay")],
    corpus: Annotated[Path, typer.Option(help="folder with gold/, project/ and conversion.json")],
    rehearsal_docs: Annotated[int, typer.Option(help="raw texts to train on, 0: by the ratio")] = 0,
    rehearsal_ratio: Annotated[float, typer.Option(help="raw texts for each gold text")] = 3.0,
    shared_on_raw: Annotated[
        SharedOnRaw, typer.Option(help="whose word counts for shared labels in raw text")
    ] = "base",
    gpu_id: Annotated[int, typer.Option(help="-1 for the CPU")] = -1,
) -> None:
    """Label gold, project, raw and replay texts by both teachers."""
    record = BaseRecord.read(base.with_suffix(".json"))
    scheme = read_scheme(corpus / "conversion.json", base.with_suffix(".json"))
    teachers = load_teachers(base, specialist, record, gpu_id=gpu_id)
    dose = Dose(rehearsal_docs, rehearsal_ratio)
    selection = select_raw(srsly.read_json(inputs)["raw_text"], corpus, dose)
    counts = {
        "merged": write_merged(teachers, scheme, corpus),
        "rehearsal": write_rehearsal(teachers, scheme, selection, corpus, shared_on_raw),
        "raw_text": selection.counts,
        "replay": write_replay(teachers, scheme, selection, corpus, replay_gold),
    }
    write_json(corpus / "rehearsal.json", counts)
    if not any(counts["rehearsal"].values()):
        msg.warn(
            "No raw text: the old labels are rehearsed on the export's texts alone.",
            "Give vars.raw_text general text: without it the base forgets more, unmeasured.",
        )
    told = ", ".join(f"{name} {counts[name]}" for name in ("merged", "rehearsal", "replay"))
    msg.good(f"Texts labelled by both teachers: {told}")


if __name__ == "__main__":
    run(main)
