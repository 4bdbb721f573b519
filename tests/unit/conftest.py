"""What the unit tests share."""

import json
from collections.abc import Callable
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
