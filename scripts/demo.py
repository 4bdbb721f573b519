"""Write the texts of the demonstration, but for its export, from a grammar."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import srsly
import typer
from wasabi import msg

from .corpora.corpus import SPLITS
from .corpora.splits import assign_split
from .demonstration.grammar import (
    AnnotatedText,
    Grammar,
    Piece,
    join,
    keep_names,
    read_grammar,
    read_patterns,
    seeded,
    write_sentence,
)
from .project.errors import run
from .project.files import write_text

# Shares of each list of names: for all splits, and for one alone.
SHARES = {"all": 0.6, "train": 0.22, "dev": 0.05, "test": 0.13}
BASE_TEXTS, GOLD_TEXTS, RAW_TEXTS = 2500, 500, 4000
SEED = 20261
Lengths = tuple[int, int, int]


def main(
    grammar: Annotated[Path, typer.Option(help="folder with patterns and names")] = Path(
        "assets/demo/grammar"
    ),
    output: Annotated[Path, typer.Option(help="folder to write to")] = Path("assets/demo"),
) -> None:
    """Write base_corpus.jsonl, retained_gold.jsonl and raw_text.txt of the demonstration."""
    for name, text in demo_files(grammar).items():
        write_text(output / name, text)
        msg.good(f"{output / name}: {text.count(chr(10))} lines")


def demo_files(folder: Path) -> dict[str, str]:
    """The content of each file that the grammar in a folder makes, by the file's name."""
    general, gold = read_patterns(folder / "general.yml"), read_patterns(folder / "gold.yml")
    grammars = read_grammars(folder)
    base_corpus = write_groups(general, grammars, BASE_TEXTS)
    retained_gold = write_groups(gold, dict.fromkeys(SPLITS, grammars["test"]), GOLD_TEXTS)
    known = {example.text for example in [*base_corpus, *retained_gold]}
    raw = write_groups(general, dict.fromkeys(SPLITS, grammars["all"]), RAW_TEXTS, known=known)
    seeded(SEED).shuffle(raw)
    return {
        "base_corpus.jsonl": to_jsonl(base_corpus),
        "retained_gold.jsonl": to_jsonl(retained_gold),
        "raw_text.txt": "".join(f"{example.text}\n" for example in raw),
    }


def read_grammars(folder: Path) -> dict[str, Grammar]:
    """The grammar with the names of each split, and under "all" with all names."""
    grammar = read_grammar(folder)
    parted = {split: keep_names(grammar, {"all", split}, SHARES) for split in SPLITS}
    return parted | {"all": grammar}


def write_groups(
    patterns: Mapping[str, tuple[str, ...]],
    grammars: Mapping[str, Grammar],
    total: int,
    *,
    lengths: Lengths = (6, 3, 1),
    known: set[str] | None = None,
) -> list[AnnotatedText]:
    """`total` different texts, as many from each group of patterns.

    grammars: by the split that the group falls into, so that no name is in another split's texts.
    lengths: weights of texts of one sentence, of two, of three.
    known: texts not to write again.
    """
    seen = set(known or ())
    examples = []
    for number, group in enumerate(patterns):
        count = total * (number + 1) // len(patterns) - total * number // len(patterns)
        rng = seeded(SEED, group, total)
        grammar = grammars[assign_split("", group)]
        texts = write_texts(grammar, patterns[group], lengths, group, rng)
        while count:
            example = next(texts)
            if example.text not in seen:
                seen.add(example.text)
                examples.append(example)
                count -= 1
    return examples


def write_texts(
    grammar: Grammar,
    patterns: tuple[str, ...],
    lengths: Lengths,
    group: str,
    rng: random.Random,
) -> Iterator[AnnotatedText]:
    """Texts without end, of one to three sentences of a group, some all in small letters."""
    while True:
        count = rng.choices((1, 2, 3), weights=lengths)[0]
        pieces: list[Piece] = []
        for pattern in rng.sample(patterns, min(count, len(patterns))):
            pieces += [Piece(" ")] if pieces else []
            pieces += write_sentence(grammar, pattern, rng)
        yield join(in_case(pieces, rng), group)


def in_case(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Most texts as they are, a few in small letters or in capitals, as people write them."""
    change = rng.choices((str, str.lower, str.upper), weights=(95, 3, 2))[0]
    return [Piece(change(piece.text), piece.label) for piece in pieces]


def to_jsonl(examples: list[AnnotatedText]) -> str:
    """One JSON object a line: text, spans with code point offsets, group."""
    return "".join(
        srsly.json_dumps(
            {
                "text": example.text,
                "spans": [span._asdict() for span in example.spans],
                "group": example.group,
            }
        )
        + "\n"
        for example in examples
    )


if __name__ == "__main__":
    run(main)
