"""Small wheels that tell where they come from, without a build."""

import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import spacy

from scripts.release.model_card import Card, write_card
from scripts.release.released import wheel_name
from tests.evidence import BASE, decision, evaluation_with_gold, lineage


def small_meta(**more: Any) -> dict[str, Any]:
    """The `meta.json` of the update in tests/evidence.py."""
    return {
        "lang": "en",
        "name": "drugs",
        "version": "1.0.0",
        "description": "Finds drugs.",
        "license": "MIT",
        "author": "",
        "spacy_version": ">=3.8.18,<3.9.0",
        "pipeline": ["entity_ruler"],
        "sources": [],
        "lineage": asdict(lineage(evaluation_with_gold(69.8))),
    } | more


def write_small_wheel(folder: Path, **meta: Any) -> Path:
    """A wheel with a pipeline, its card and a file that is no text."""
    of = evaluation_with_gold(69.8)
    told = small_meta(**meta)
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "DRUG", "pattern": "aspirin"}])  # type: ignore[attr-defined]
    nlp.to_disk(folder / "pipeline")
    (folder / "pipeline" / "meta.json").write_bytes(msgspec.json.encode(told))
    card = write_card(Card(told, BASE, lineage(of), of, decision(of)))
    (folder / "pipeline" / "README.md").write_text(card, encoding="utf8")
    (folder / "pipeline" / "model").write_bytes(bytes(range(256)) * 10)
    wheel = folder / wheel_name(told)
    inside = f"en_{told['name']}/en_{told['name']}-{told['version']}"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"en_{told['name']}/meta.json", msgspec.json.encode(told))
        for path in (folder / "pipeline").rglob("*"):
            archive.write(path, f"{inside}/{path.relative_to(folder / 'pipeline')}")
    return wheel
