"""Other components than ner on real text: does the naive update forget, and does ours keep?

    python -m tests.benchmarks.components textcat textcat_multilabel spancat tagger pos [--seeds 3]

For each component a base, which knows some labels, is updated by the project's own commands with
annotated tasks of other ones (400, for spancat 1,500); naive and ours are judged on texts that none
of this has seen. The data stand beside the project (see CONTRIBUTING.md). A row of the table has F
of the new labels and of those retained, over all these texts, so that a new label in a text of the
base's is an error; and how often a general text gets a new label. With `--share 0.5` half as
many tasks are annotated, and general text follows from their number.

A component is a function in WORLDS, which writes what its update needs and gives the gold.
"""

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import spacy
import srsly
import typer
from rich.console import Console
from rich.progress import track
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import fix_random_seed

from scripts.conversion.label_studio_json import PLAIN, choice
from scripts.evaluation.held_out import Reference
from scripts.evaluation.scores import add_counts, count_offsets, micro_counts
from scripts.kinds.kind import Kind, whole
from scripts.kinds.known import find_kind
from scripts.project.files import write_json
from scripts.training.beside import taking_part
from scripts.training.pipelines import load_pipeline
from tests.small_exports import annotation, task
from tests.workflow.conftest import Project, copy_project

from .component_data import DATA, World, part, write_parts, write_spans, write_tags

TRAINED, ANNOTATED, UNANNOTATED, UNTOUCHED = 1000, 200, 200, 300  # texts of each label
GENERAL = 1000  # texts in which new labels are false alarms
WORDS = 6  # of the shortest text
EPOCHS = 3
STEPS = ("inputs", "base", "convert", "specialist", "rehearse", "train")
PIPELINES = {
    "naive": "training/specialist/model-best",
    "update": "training/update/model-best",
}


class Scores(NamedTuple):
    """Of one pipeline, in percent. alarms: general texts with a new label."""

    new: float
    retained: float
    alarms: float


def main(
    components: Annotated[list[str], typer.Argument(help="of WORLDS")],
    seeds: Annotated[int, typer.Option(help="trainings of each")] = 3,
    share: Annotated[float, typer.Option(min=0, max=1, help="of the tasks that are annotated")] = 1,
    output: Annotated[Path, typer.Option(help="file for all figures")] = Path("components.json"),
) -> None:
    """Update each component and print F of its new and retained labels."""
    results: dict[str, dict[str, list[Scores]]] = {}
    for component in components:
        with tempfile.TemporaryDirectory() as folder:
            results[component] = measure(component, Path(folder) / "project", seeds, share)
        write_json(output, results)
    Console().print(table(results), soft_wrap=True)


def measure(component: str, folder: Path, seeds: int, share: float) -> dict[str, list[Scores]]:
    """The scores of each pipeline, one for each seed. share: of the tasks that are annotated.

    Raises RuntimeError for a base that knows nothing.
    """
    project = copy_project(folder)
    world = WORLDS[component](folder / "assets", share)
    base = score_folder(folder / str(world.vars["base_model"]), component, world)
    check_base(component, base)
    scores = {"base": [base] * seeds, **{name: [] for name in PIPELINES}}
    for seed in track(range(seeds), f"{component}, seeds"):
        update(project, world.vars | {"component": component, "name": "measured", "seed": seed})
        for name, place in PIPELINES.items():
            scores[name].append(score_folder(folder / place, component, world))
    return scores


def check_base(component: str, base: Scores) -> None:
    """Raises RuntimeError for a base that knows nothing which an update could forget."""
    if base.retained == 0:
        raise RuntimeError(
            f"The base of {component} finds none of its labels: train it longer, or on more texts."
        )


def update(project: Project, values: dict[str, object]) -> None:
    """Run the project's commands. Raises RuntimeError with what one printed that failed."""
    for step in STEPS:
        done = project.run(step, **values)
        if done.status:
            raise RuntimeError(done.output)


def score_folder(place: Path, component: str, world: World) -> Scores:
    """`score` of a pipeline in a folder, with what takes part in the component's answers alone."""
    nlp, kind = load_pipeline(place), find_kind(component)
    nlp.select_pipes(enable=taking_part(nlp, kind))
    return score(nlp, kind, world)


def score(nlp: Language, kind: Kind, world: World) -> Scores:
    """F of a pipeline on all gold together, and how many general texts get a new label."""
    docs = nlp.pipe(one.text for one in world.gold)
    counts = add_counts(
        count_offsets(one.spans, kind.read(doc), one.missing)
        for one, doc in zip(world.gold, docs, strict=True)
    )
    lines = (line for line in read_lines("wikisplit_sentences") if line not in world.seen)
    general = list(islice(lines, GENERAL))
    alarms = sum(bool({s.label for s in kind.read(doc)} & world.new) for doc in nlp.pipe(general))
    return Scores(
        100 * micro_counts(counts, world.new).f,
        100 * micro_counts(counts, world.retained).f,
        100 * alarms / len(general),
    )


def read_lines(name: str) -> Iterator[str]:
    """The lines of a raw text that are no headings, in a random order that is always the same."""
    lines = (DATA / f"raw/{name}.txt").read_text(encoding="utf8").splitlines()
    random.Random(0).shuffle(lines)
    return (line for line in lines if len(line.split()) >= WORDS)


def read_sentences(name: str) -> Iterator[str]:
    """The sentences of such lines, the first of each."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    firsts = (next(doc.sents).text.strip() for doc in nlp.pipe(read_lines(name)))
    return long_ones(firsts)


def read_data_set(path: str) -> Iterator[str]:
    """The texts of a data set, in a random order that is always the same."""
    texts = [line["text"] for line in srsly.read_jsonl(DATA / f"datasets/{path}.jsonl")]
    random.Random(0).shuffle(texts)
    return long_ones(texts)


def long_ones(texts: Iterable[str]) -> Iterator[str]:
    """The texts that are no headings, each once."""
    return (text for text in dict.fromkeys(texts) if len(text.split()) >= WORDS)


# ---------------------------------------------------------------- text classification
OLD = {"SPEECH": "us_speeches_public_domain", "ENCYCLOPEDIA": "gap_wiki_paragraphs"}
NEW = {"BIOMEDICAL": "bc5cdr/train", "JOB": "skillspan/train-skill"}


def write_classes(component: str, assets: Path, share: float) -> World:
    """Speeches and Wikipedia are known; what is biomedical or a job advertisement is new."""
    old = {label: read_sentences(name) for label, name in OLD.items()}
    new = {label: read_data_set(name) for label, name in NEW.items()}
    known = [(text, label) for label in old for text in islice(old[label], TRAINED)]
    train_classifier(component, known).to_disk(assets / "base")
    srsly.write_json(assets / "export.json", export_choices(new, share))
    gold = [
        Reference(text, [whole(text, label)], [])
        for label, texts in {**old, **new}.items()
        for text in islice(texts, UNTOUCHED)
    ]
    values = {
        "base_model": "assets/base",
        "export": "assets/export.json",
        "raw_text": DATA / "raw/masc_written.txt",
    }
    return World(values, gold, set(NEW), set(OLD))


def train_classifier(component: str, known: Sequence[tuple[str, str]]) -> Language:
    """spaCy's own classifier, trained on texts with their classes."""
    fix_random_seed(0)
    nlp, chance = spacy.blank("en"), random.Random(0)
    nlp.add_pipe(component)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {one: float(one == label) for one in OLD}})
        for text, label in known
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(EPOCHS):
        chance.shuffle(examples)
        for batch in minibatch(examples, 64):
            nlp.update(batch, sgd=optimizer)
    nlp.meta.update(name="known", version="1.0.0")
    return nlp


def export_choices(texts: dict[str, Iterator[str]], share: float) -> list[dict[str, Any]]:
    """Annotated tasks of each class, then others that nobody has annotated, as an export."""
    done = [
        (text, annotation(choice("c", [label], PLAIN)))
        for label in texts
        for text in islice(texts[label], part(ANNOTATED, share))
    ]
    unannotated = part(UNANNOTATED, share)
    others = [(text,) for label in texts for text in islice(texts[label], unannotated)]
    return [task(number, *one) for number, one in enumerate([*done, *others], 1)]


WORLDS: dict[str, Callable[[Path, float], World]] = {
    **{name: partial(write_classes, name) for name in ("textcat", "textcat_multilabel")},
    "spancat": write_spans,
    "tagger": write_tags,
    "pos": write_parts,
}


# ---------------------------------------------------------------- the table
def table(results: dict[str, dict[str, list[Scores]]]) -> str:
    """Markdown: means over the seeds, with the lowest and the highest."""
    lines = [
        "| component | pipeline | F, new | F, retained | general texts with a new label, % |",
        "|---|---|---|---|---|",
    ]
    for component, pipelines in results.items():
        for name, scores in pipelines.items():
            cells = [spread([one[place] for one in scores]) for place in range(len(Scores._fields))]
            lines.append(f"| `{component}` | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def spread(values: Sequence[float]) -> str:
    """The mean, and the range where there is any."""
    mean = sum(values) / len(values)
    lowest, highest = min(values), max(values)
    return f"{mean:.1f}" + (f" ({lowest:.1f} to {highest:.1f})" if highest > lowest else "")


if __name__ == "__main__":
    typer.run(main)
