"""Convert Label Studio exports to DocBin: gold, project texts, and a record of every span."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import spacy
import srsly
import typer
from msgspec import structs, to_builtins
from rich.console import Console
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from wasabi import msg

from .conversion.converting import DISPUTES, convert_texts, place_corpora
from .conversion.exports import find_sources, unchanged
from .conversion.fields import ANYTHING, Wanted, choose_fields, configured_field
from .conversion.gold import Scheme
from .conversion.label_config import LabelConfig, read_label_config
from .conversion.label_map import LabelMap, read_label_map
from .conversion.record import Conversion
from .conversion.survey import Plan, survey
from .conversion.table import print_conversion
from .corpora.corpus import SPLITS, Source
from .kinds.kind import Kind
from .kinds.known import find_kind
from .kinds.ner import NER
from .project.errors import UserError, run
from .project.files import new_directory, remove, remove_leavings, write_bytes, write_json
from .project.parallel import WorkerKilledError, rare_collections
from .project.units import Made, code_key, make_key
from .training.alike import alike_by_name, one_name, teacher_s_name
from .training.options import TeacherFolder
from .training.pipelines import fingerprint, has_teacher, load_pipeline

SOURCES: tuple[Source, ...] = ("gold", "project")
WORK = ".convert"  # folder of what is made, until all of it is there
RECORD = "conversion.json"
SHARDS = "conversion_shards.json"
REVIEW = "disputes.json"  # tasks to import into Label Studio, to decide between annotators
_CACHED_WORDS = 200_000
REFUSED = "conversion_refused.json"  # the record of a conversion that wrote nothing else


def main(
    inputs: Annotated[Path, typer.Option(help="what `inputs` resolved (export.json)")],
    base: Annotated[Path, typer.Option(help="folder of the base, for its tokenizer")],
    teacher: TeacherFolder,
    output: Annotated[Path, typer.Option(help="folder of the corpora")],
    component: Annotated[str, typer.Option(help="the component to update")] = "ner",
    max_rejected: Annotated[float, typer.Option(help="share of spans that may be rejected")] = 0.05,
    workers: Annotated[int, typer.Option(help="processes, 0 for one a core")] = 1,
    text_field: Annotated[str, typer.Option(help="field of the text, null to find it")] = "null",
    control: Annotated[str, typer.Option(help="name of the Labels tag, null for any")] = "null",
    strict: Annotated[bool, typer.Option(help="fail on any span that is not converted")] = False,
) -> None:
    """Convert the export to DocBin shards and list every region that was not taken as it stands."""
    record = srsly.read_json(inputs)
    kind = find_kind(component)
    wanted = Wanted(_given(text_field), _given(control), kind.results)
    configuration = _path(record, "label_config")
    config = (
        read_label_config(
            configuration,
            control=wanted.control,
            text_field=wanted.text_field,
            results=kind.results,
        )
        if configuration
        else None
    )
    map_path = _path(record, "label_map")
    label_map = LabelMap(
        read_label_map(map_path) if map_path else None, config.labels if config else None
    )
    report = convert(
        paths=[Path(path) for path in record["export"]["paths"]] if record["export"] else [],
        tokenizer=load_tokenizer(base),
        output=output,
        label_map=label_map,
        wanted=wanted,
        config=config,
        max_rejected=0.0 if strict else max_rejected,
        strict=strict,
        workers=workers,
        base_key=fingerprint(base),
        kind=kind,
        taught=has_teacher(teacher),
    )
    print_conversion(report, Console())
    show_alike(report["labels"]["annotated"], base, teacher)


def show_alike(annotated: Sequence[str], base: Path, teacher: Path) -> None:
    """Print which labels of the annotators may mean the same as one of base or teacher."""
    described = base.with_suffix(".json")
    known = srsly.read_json(described)["labels"] if described.exists() else []
    for new, old in alike_by_name(annotated, known):
        msg.warn(f"The annotators have {new}, the base has {old}.", one_name(new, old))
    taught = srsly.read_json(teacher.with_suffix(".json"))["taught"] if has_teacher(teacher) else []
    for label, named in alike_by_name(taught, annotated):
        fact = f"The annotators have {named}, the teacher has {label}."
        msg.warn(fact, teacher_s_name(label, named))


def _given(value: str) -> str | None:
    return None if value in ("", "null", "None") else value


def _path(record: dict[str, Any], name: str) -> Path | None:
    return Path(record[name]["paths"][0]) if record.get(name) else None


def load_tokenizer(base: Path) -> Callable[[str], Doc]:
    """The tokenizer of a pipeline, without loading its components."""
    names = srsly.read_json(base / "meta.json").get("components", [])
    return remember_words(load_pipeline(base, exclude=names).tokenizer)


def remember_words(tokenizer: Callable[[str], Doc]) -> Callable[[str], Doc]:
    """Let a tokenizer keep the tokens of more words than the 10,000 that spaCy's keeps.

    That halves its time on texts with a larger vocabulary, for some 300 bytes a word.
    """
    if isinstance(tokenizer, Tokenizer):
        tokenizer.max_cache_size = max(tokenizer.max_cache_size, _CACHED_WORDS)
    return tokenizer


def convert(
    *,
    paths: Sequence[Path],
    tokenizer: Callable[[str], Doc],
    output: Path,
    label_map: LabelMap,
    wanted: Wanted = ANYTHING,
    config: LabelConfig | None = None,
    max_rejected: float = 0.05,
    strict: bool = False,
    workers: int = 1,
    base_key: str = "",
    kind: Kind = NER,
    taught: bool = False,
) -> dict[str, Any]:
    """Convert exports; returns what `conversion.json` holds.

    Writes in `output` gold/{train,dev,test}, project/{train,dev,test}, conversion.json,
    disputes.json: a file for Label Studio's import with the texts on which annotators disagree, and
    conversion_shards.json: what each shard was made from. What a run that was killed has made is
    taken over; base_key: of the tokenizer and its vocabulary, with another one it is not.
    When too many spans are rejected, or with `strict` when any region had to be changed, made
    missing or rejected, it writes conversion_refused.json alone.
    taught: whether a teacher labels texts, so that nobody need have annotated any.
    Raises UserError for exports that cannot be read or hold nothing to learn from.
    """
    code = code_key()
    with _work_folder(output / WORK) as work, rare_collections():
        with unchanged(paths):
            sources = find_sources(paths) if paths or not taught else []
            if config:
                fields = dict.fromkeys(sources, configured_field(config))
            else:
                fields = choose_fields(sources, wanted)
            surveyed = survey(Plan(fields, work, code, kind.results, not taught), workers)
        label_map.check(surveyed.labels)
        key = make_key(code, spacy.__version__, base_key)
        scheme = Scheme(kind, label_map.scheme(surveyed.labels))
        record, units = convert_texts(surveyed, tokenizer, label_map, work, key, workers, scheme)
        report = make_report(record, label_map, surveyed.labels)
        if kind is not NER:
            report["component"] = kind.component
        if not sum(report["splits"].values()):
            report["warnings"] = [_without_gold(taught)]
        _check(report, record, output, max_rejected, strict)
        _place(units, work, output)
        write_json(output / RECORD, report)
        (output / REFUSED).unlink(missing_ok=True)
    return report


@contextmanager
def _work_folder(path: Path) -> Iterator[Path]:
    """A folder for units. It stays for the next run when this one is stopped or the disk is full.

    At the end it goes, and so it does after an error of the export, which will be another one then.
    """
    try:
        yield path
    except WorkerKilledError:
        raise
    except UserError:
        remove(path)
        raise
    remove(path)


def _place(units: Sequence[Made], work: Path, output: Path) -> None:
    """Let the corpora, the disputes and the account of the shards appear."""
    for name in (REVIEW, SHARDS, RECORD):
        remove_leavings(output / name)
    with ExitStack() as stack:
        corpora: dict[Source, Path] = {
            source: stack.enter_context(new_directory(output / source)) for source in SOURCES
        }
        place_corpora(units, work, corpora)
        write_bytes(output / REVIEW, _join_disputes(units, work))
    shards = [
        structs.replace(
            made, files={file: known for file, known in made.files.items() if _is_shard(file)}
        )
        for made in units
    ]
    write_json(output / SHARDS, {"shards": to_builtins(shards)})


def _is_shard(file: str) -> bool:
    return file.startswith(tuple(f"{source}/" for source in SOURCES))


def _join_disputes(units: Sequence[Made], work: Path) -> bytes:
    files = [file for made in units for file in made.files if file.endswith(DISPUTES)]
    return b"[" + b",\n".join((work / file).read_bytes() for file in files) + b"]\n"


def make_report(record: Conversion, label_map: LabelMap, seen: Iterable[str]) -> dict[str, Any]:
    """The record, the label scheme, and how many examples each split has."""
    examples = {
        source: {name: record.examples[f"{source} {name}"] for name in (*SPLITS, "near_duplicates")}
        for source in SOURCES
    }
    warnings = [
        f"gold has no {split} examples: {remedy}"
        for split, remedy in (
            ("train", "nothing can be trained."),
            ("dev", "no checkpoint can be chosen; annotate more."),
            ("test", "nothing can be measured; annotate more."),
        )
        if not examples["gold"][split]
    ]
    scheme = label_map.scheme(seen)
    return {
        "labels": {
            "annotated": scheme,
            "counts": {label: record.entities[label] for label in scheme},
            "unmapped": label_map.suggest(record.unmapped),
        },
        "splits": {split: examples["gold"][split] for split in SPLITS},
        "examples": examples,
        "warnings": warnings,
        **record.report(),
    }


def _without_gold(taught: bool) -> str:
    """What to warn of. Raises UserError where only annotations can teach."""
    if not taught:
        raise UserError(
            "No task has an annotation that is neither skipped nor damaged.",
            "Submit annotations in Label Studio, and export again.",
        )
    return "nobody annotated anything: the student is compared with its teacher alone."


def _check(
    report: dict[str, Any], record: Conversion, output: Path, max_rejected: float, strict: bool
) -> None:
    spans = record.spans
    refused = None
    if strict and (record.regions or record.left_out):
        refused = (
            f"{len(record.regions)} changes to regions and {len(record.left_out)} tasks left out:"
            " --strict allows none."
        )
    elif record.rejected_share > max_rejected:
        refused = (
            f"{spans['rejected']} of {spans['regions']} spans were rejected "
            f"({record.rejected_share:.1%}); {max_rejected:.1%} may be: {record.rejections}."
        )
    if refused:
        write_json(output / REFUSED, report)
        raise UserError(
            refused,
            f"They are listed in {output / REFUSED} with the reasons. Correct them in Label Studio,"
            " or allow more (vars.max_rejected).",
        )


if __name__ == "__main__":
    run(main)
