"""How base and update differ text by text on public gold: what `gate_errors` draws from.

    python -m tests.benchmarks.gate_shapes BASE double=UPDATE "one model=UPDATE"

BASE and UPDATE are pipelines of runs of `tests.benchmarks.real_base`, an update a strategy.
Only counts are written: how many texts have these hits, spurious spans and misses.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import srsly
import typer
from numpy.typing import NDArray
from spacy.language import Language

from scripts.evaluation.scores import CharSpan, Counts, count_offsets, entity_spans, micro_counts
from scripts.project.files import write_text
from scripts.training.pipelines import load_pipeline
from tests.benchmarks.gate_populations import LABELS, SHAPES, Shape
from tests.benchmarks.real_base import RETAINED, TEST_SETS, only_entities

PARAGRAPH = 8  # sentences


def main(
    base: Annotated[Path, typer.Argument(help="base pipeline")],
    updates: Annotated[list[str], typer.Argument(help="name=pipeline")],
    output: Annotated[Path, typer.Option(help="JSON to write")] = SHAPES,
) -> None:
    """Count hits and misses on wikigold and EWT, text by text, and write how often each occurs."""
    shapes = []
    before = only_entities(load_pipeline(base))
    for name, path in (update.split("=", 1) for update in updates):
        after = only_entities(load_pipeline(Path(path)))
        for test in TEST_SETS[1:]:
            counts = count_texts(before, after, list(srsly.read_jsonl(test.path)))
            where = test.name.split()[0]
            shapes.append(make_shape(f"{where}, {name}", counts))
            if where == "wikigold":
                paragraphs = join(counts, PARAGRAPH)
                shapes.append(make_shape(f"{where} in {PARAGRAPH}s, {name}", paragraphs))
    output.parent.mkdir(exist_ok=True)
    write_text(output, msgspec.json.encode(shapes).decode().replace("],[", "],\n[") + "\n")
    print(*(f"{one.name}: {one.texts} texts, {len(one.rows)} kinds" for one in shapes), sep="\n")


def count_texts(before: Language, after: Language, lines: list[dict[str, Any]]) -> NDArray[Any]:
    """Counts of shape [texts, 21], as in `Shape.rows`."""
    texts = [line["text"] for line in lines]
    counts = []
    for line, old, new in zip(lines, before.pipe(texts), after.pipe(texts), strict=True):
        gold = [CharSpan(**span) for span in line["spans"]]
        found = [
            [
                one._replace(label=RETAINED[one.label])
                for one in entity_spans(doc)
                if one.label in RETAINED
            ]
            for doc in (old, new)
        ]
        numbers: list[int] = []
        for spans in found:
            by_label = count_offsets(gold, spans)
            for label in LABELS:
                numbers += _numbers(by_label.get(label, Counts()))
        numbers += _numbers(micro_counts(count_offsets(found[0], found[1]), LABELS))
        counts.append(numbers)
    return np.array(counts, np.int64)


def join(counts: NDArray[Any], texts: int) -> NDArray[Any]:
    """Neighbouring texts as one, so that counts vary more from text to text."""
    return np.add.reduceat(counts, np.arange(0, len(counts), texts), axis=0)


def make_shape(name: str, counts: NDArray[Any]) -> Shape:
    """counts: [texts, 21]."""
    rows, times = np.unique(counts, axis=0, return_counts=True)
    return Shape(name, len(counts), np.column_stack([times, rows]).tolist())


def _numbers(counts: Counts) -> list[int]:
    return [counts.true_positives, counts.false_positives, counts.false_negatives]


if __name__ == "__main__":
    typer.run(main)
