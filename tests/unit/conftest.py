"""What the unit tests share."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.conversion.label_map import LabelMap
from scripts.convert import convert
from scripts.corpora.corpus import SPLITS, read_corpus
from tests.small_conversions import NLP, Converted


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Converted]:
    """Convert tasks; gives the report, and gold and project Docs by text."""

    def converted(*tasks: Any, **options: Any) -> Converted:
        path = tmp_path / "export.json"
        path.write_text(json.dumps(tasks), encoding="utf8")
        options = {"max_rejected": 1.0, "label_map": LabelMap(), **options}
        output = tmp_path / "corpus"
        report = convert(paths=[path], tokenizer=NLP.tokenizer, output=output, **options)
        assert json.loads((output / "conversion.json").read_text()) == report
        docs = {
            doc.text: doc
            for source in ("gold", "project")
            for split in SPLITS
            for doc in read_corpus(output / source / split, NLP.vocab)
        }
        return report, docs

    return converted


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another file system than the test's, to which nothing can be renamed."""
    memory = Path("/dev/shm")  # noqa: S108  (in memory, on Linux)
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)
