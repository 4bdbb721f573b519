"""Make the rehearsal data: gold, project and raw texts with the words of both teachers."""

from pathlib import Path
from typing import Annotated

import srsly
import typer
from wasabi import msg

from .corpora.raw_text import raw_files
from .corpora.selection import Selection
from .functions import read_scheme
from .project.engines import EngineName, make_engine
from .project.errors import UserError, run
from .project.files import remove, write_json
from .training.alike import Alike, find_alike, one_name
from .training.labelling import Means
from .training.merging import SharedOnRaw
from .training.options import BaseFolder, GpuId, SpecialistFolder, TeacherFolder
from .training.pipelines import find_speaker
from .training.rehearsal import Dose, Labelled, select_raw, write_labelled, write_replay

WORK = ".rehearse"  # folder of what is made, until all of it is there


def main(
    inputs: Annotated[Path, typer.Option(help="what the command inputs wrote about raw text")],
    base: BaseFolder,
    teacher: TeacherFolder,
    specialist: SpecialistFolder,
    replay_gold: Annotated[Path, typer.Option(help="what inputs wrote about gold for replay")],
    corpus: Annotated[Path, typer.Option(help="folder with gold/, project/ and conversion.json")],
    rehearsal_docs: Annotated[int, typer.Option(help="raw texts to train on, 0: by the ratio")] = 0,
    rehearsal_ratio: Annotated[float, typer.Option(help="raw texts for each gold text")] = 3.0,
    rehearsal_spans: Annotated[int, typer.Option(help="spans of each retained label, 0: any")] = 0,
    raw_languages: Annotated[str, typer.Option(help="en or en,de; null for any")] = "null",
    raw_duplicates: Annotated[str, typer.Option(help="left out: exact or near")] = "exact",
    raw_min_chars: Annotated[int, typer.Option(help="of the shortest raw text")] = 0,
    raw_max_chars: Annotated[int, typer.Option(help="of the longest raw text")] = 100_000,
    shared_on_raw: Annotated[
        SharedOnRaw, typer.Option(help="whose word counts for shared labels in raw text")
    ] = "base",
    engine: Annotated[EngineName, typer.Option(help="what runs it")] = "local",
    workers: Annotated[int, typer.Option(help="processes, 0 for one a core")] = 1,
    gpu_id: GpuId = -1,
) -> None:
    """Label gold, project, raw and replay texts by both teachers."""
    speaker = find_speaker(base, teacher)
    scheme = read_scheme(corpus / "conversion.json", speaker.with_suffix(".json"))
    dose = Dose(
        docs=rehearsal_docs,
        ratio=rehearsal_ratio,
        spans=rehearsal_spans,
        languages=() if raw_languages in ("", "null", "None") else tuple(raw_languages.split(",")),
        near=raw_duplicates == "exact",
        shortest=raw_min_chars,
        longest=raw_max_chars,
        test_alone=not scheme.base,
    )
    work = corpus.resolve() / WORK
    means = Means(speaker.resolve(), specialist.resolve(), gpu_id, scheme, shared_on_raw, work)
    runner = make_engine(engine, workers=workers, gpu_id=gpu_id)
    files = raw_files(srsly.read_json(inputs)["raw_text"])
    selection = select_raw(files, corpus, dose, work / "texts", runner)
    labelled = write_labelled(means, selection, corpus, rehearsal_spans, runner)
    replay = write_replay(means, selection, corpus, replay_gold)
    alike = find_alike(corpus / "merged" / "train", scheme)
    write_json(corpus / "rehearsal.json", make_report(selection, labelled, replay, dose, alike))
    remove(work)
    show_alike(alike)
    show(labelled, replay, dose)
    if selection.refused:
        (fact, remedy), *others = selection.refused.values()
        more = f" {len(others)} other files, too: corpus/rehearsal.json." if others else ""
        raise UserError(fact + more, f"{remedy} All other files are done: run again without it.")


def make_report(
    selection: Selection,
    labelled: Labelled,
    replay: dict[str, int],
    dose: Dose,
    alike: list[Alike],
) -> dict[str, object]:
    """What `corpus/rehearsal.json` holds."""
    return {
        **labelled.texts,
        "raw_text": dict(selection.counts),
        "refused": {path: fact for path, (fact, _) in selection.refused.items()},
        "spans": {"wanted": dose.spans, "found": labelled.spans, "read for more": labelled.read},
        "replay": replay,
        "alike": [one._asdict() for one in alike],
    }


def show_alike(alike: list[Alike]) -> None:
    """Print which labels of annotators and base may mean the same."""
    for one in alike:
        fact = f"Of {one.spans} spans of the new label {one.new} the base takes {one.taken} for "
        msg.warn(f"{fact}{one.old}.", one_name(one.new, one.old))


def show(labelled: Labelled, replay: dict[str, int], dose: Dose) -> None:
    """Print what was made, and what there is too little of."""
    if dose.test_alone:
        raw = labelled.texts["rehearsal"]["test"]
        told = f"{raw:,} raw texts, for false alarms" if raw else "no raw text for false alarms"
        msg.good(f"The base knows no labels: nothing to remember or to rehearse. To test: {told}")
        return
    if not any(labelled.texts["rehearsal"].values()):
        msg.warn(
            "No raw text: the old labels are rehearsed on the export's texts alone.",
            "Give vars.raw_text general text: without it the base forgets more, unmeasured.",
        )
    lacking = {label: found for label, found in labelled.spans.items() if found < dose.spans}
    if lacking:
        told = ", ".join(f"{label} {found}" for label, found in lacking.items())
        msg.warn(
            f"Fewer than {dose.spans} spans in raw text (vars.rehearsal_spans): {told}.",
            "Give vars.raw_text more text, or other text, in which the base finds these labels.",
        )
    told = ", ".join(f"{name} {counts}" for name, counts in labelled.texts.items())
    msg.good(f"Texts labelled by both teachers: {told}, replay {replay}")


if __name__ == "__main__":
    run(main)
