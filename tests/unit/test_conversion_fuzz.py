"""Damaged exports: an error for the user or a listed rejection, never a traceback or a wrong span.

FUZZ_CASES in the environment sets the number of exports (2,000 at night).
"""

import copy
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import spacy

from scripts.conversion.label_map import LabelMap
from scripts.convert import convert
from scripts.corpora.corpus import SPLITS, read_corpus
from scripts.project.errors import UserError
from tests.small_exports import annotation, spanned, task

CASES = int(os.environ.get("FUZZ_CASES", "100"))
NLP = spacy.blank("en")
TEXTS = [
    "Anna met Bob in Paris, and Anna left.",
    "👩‍🚀 Zoë went to\r\nNew York City with Anna.",
    "Nothing to see here at all",
    'Quotes "and" \\ backslashes {[ in Oslo',
]
MEANT = {
    0: [("Anna", "PER"), ("Bob", "PER"), ("Paris", "LOC")],
    1: [("Zoë", "PER"), ("New York City", "LOC")],
    2: [],
    3: [("Oslo", "LOC")],
}
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    3,
    10**30,
    -(10**30),
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "Anna",
    "\ud83d",
    "\u0000",
    [],
    [[]],
    ["PER"],
    [5],
    {},
    {"text": "Anna"},
]


def whole_export() -> list[dict[str, Any]]:
    tasks = []
    for index, text in enumerate(TEXTS):
        regions = [spanned(text, part, label, name=part) for part, label in MEANT[index]]
        more = {"predictions": [{"result": regions}], "meta": {"group": f"g{index}"}}
        tasks.append(task(index, text, annotation(*regions, by={"id": 1}), **more))
    again = [spanned(TEXTS[0], part, label) for part, label in MEANT[0]]
    tasks.append(task(8, TEXTS[0], annotation(*again, by=2)))
    tasks.append(task(9, "Not annotated yet"))
    return tasks


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [p for key, inner in items for p in [(*path, key), *places(inner, (*path, key))]]


def mutate(tasks: Any, rng: random.Random) -> bytes:
    """An export with keys dropped, values replaced or moved, or bytes flipped, cut or doubled."""
    mutate_values(tasks, rng)
    encoded = json.dumps(tasks, ensure_ascii=rng.random() < 0.5).encode("utf8", "replace")
    content = bytearray(encoded)
    for _ in range(rng.randint(1, 4) if rng.random() < 0.3 else 0):
        place = rng.randrange(len(content) or 1)
        kind = rng.randrange(3)
        if kind == 0:
            content[place : place + 1] = rng.randbytes(1)
        elif kind == 1:
            del content[place : place + rng.randint(1, 50)]
        else:
            content[place:place] = content[place : place + rng.randint(1, 50)]
    return bytes(content)


def mutate_values(tasks: Any, rng: random.Random) -> None:
    for _ in range(rng.randint(0, 3)):
        there = places(tasks)
        if not there:
            break
        *path, key = rng.choice(there)
        parent = tasks
        for step in path:
            parent = parent[step]
        kind = rng.randrange(4)
        if kind == 0:
            del parent[key]
        elif kind == 1 and isinstance(parent[key], int):
            parent[key] += rng.choice([-9, -2, -1, 1, 2, 9, 99])
        else:
            parent[key] = copy.deepcopy(rng.choice([*VALUES, [parent[key]]]))
    content = bytearray(
        json.dumps(tasks, ensure_ascii=rng.random() < 0.5).encode("utf8", "replace")
    )
    if rng.random() < 0.3:
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(content))
            kind = rng.randrange(3)
            if kind == 0:
                content[place] = rng.randrange(256)
            elif kind == 1:
                del content[place : place + rng.randint(1, 50)]
            else:
                content[place:place] = content[place : place + rng.randint(1, 50)]
            if not content:
                break
    return bytes(content)


def check_spans(folder: Path) -> int:
    """Each entity's text was meant, in some task, to have its label. Returns the entities."""
    count = 0
    for split in SPLITS:
        for doc in read_corpus(folder / "gold" / split, NLP.vocab):
            count += len(doc.ents)
            if doc.text in TEXTS:
                meant = MEANT[TEXTS.index(doc.text)]
                for entity in doc.ents:
                    texts = {"".join(part.split()) for part, _ in meant} | {"x", "Anna"}
                    assert "".join(entity.text.split()) in texts, entity
    return count


def test_mutated_exports(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(CASES):
        rng = random.Random(seed)
        path = tmp_path / "export"
        path.write_bytes(mutate(whole_export(), rng))
        try:
            report = convert(
                paths=[path],
                tokenizer=NLP.tokenizer,
                output=tmp_path / "corpus",
                label_map=LabelMap(),
                max_rejected=1.0,
            )
        except UserError as error:
            outcomes["refused" if error.fact and error.remedy else "without a remedy"] += 1
            continue
        except Exception as error:  # the seed is what one needs to know
            raise AssertionError(f"seed {seed}: {error!r}") from error
        listed = len(report["regions"]) + len(report["left_out"])
        outcomes["listed" if listed else "whole"] += 1
        check_spans(tmp_path / "corpus")
        spans = report["spans"]
        found = sum(spans.get(how, 0) for how in ("code_points", "no_text", "utf16", "occurrence"))
        assert found + spans.get("rejected", 0) == spans.get("regions", 0), seed
    assert not outcomes["without a remedy"]
    print(dict(outcomes))  # pytest -s shows the figures
    assert min(outcomes["refused"], outcomes["listed"], outcomes["whole"]) > CASES // 50


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(random.Random(seed).randbytes(300))
    with pytest.raises(UserError):
        convert(paths=[path], tokenizer=NLP.tokenizer, output=tmp_path / "c", label_map=LabelMap())
