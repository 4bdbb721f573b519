"""A real English pipeline updated with real annotations, where there are any beside us."""

from itertools import islice
from typing import Any

import pytest
import srsly

from scripts.training.pipelines import load_pipeline
from tests.benchmarks.real_base import BASE, DATA, prepare, score_all

from .conftest import Done, Project

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not BASE.exists(), reason=f"needs real data in {DATA}, see CONTRIBUTING.md"),
]


@pytest.fixture(scope="module")
def updated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    """The real base updated with 1,500 annotated sentences of bc5cdr, to a verified wheel."""
    project = Project(tmp_path_factory.mktemp("real") / "project")
    # At full length: after 1,000 steps on 2,000 raw texts 0.97 was kept on EWT, at full length all.
    values = prepare(project.folder, project_texts=0)
    return project, project.run("all", timeout=2400, **values)


def test_a_real_base_becomes_a_verified_wheel(updated: tuple[Project, Done]) -> None:
    project, done = updated
    assert done.status == 0, done.output
    assert srsly.read_json(project.folder / "training/verify.json")["texts"] > 0
    assert len(list(project.folder.glob("packages/en_bc5cdr-0.1.0/dist/*.whl"))) == 1


def test_old_labels_are_kept_and_new_ones_learnt_on_public_test_sets(
    updated: tuple[Project, Done],
) -> None:
    results = score_all(updated[0].folder)
    for name in ("wikigold", "EWT test"):
        base, naive = results[name]["base"][0], results[name]["naive"][0]
        assert base > 50
        assert naive < 0.1 * base
        assert results[name]["ratio"] >= 0.98
    new = results["bc5cdr test"]
    assert new["base"][0] == 0
    assert new["naive"][0] > 60
    assert new["ratio"] >= 0.97


def test_other_components_say_the_same_about_1000_texts(updated: tuple[Project, Done]) -> None:
    training = updated[0].folder / "training"
    with (DATA / "raw/masc_written.txt").open(encoding="utf8") as file:
        texts = [line.strip() for line in islice(file, 1000)]
    base, update = (load_pipeline(training / n) for n in ("base", "update/model-best"))
    assert [n for n in update.pipe_names if n != "ner_update"] == base.pipe_names
    for before, after in zip(base.pipe(texts), update.pipe(texts), strict=True):
        assert without_entities(before) == without_entities(after)


def without_entities(doc: Any) -> dict[str, Any]:
    """All annotation of a Doc but its entities."""
    return {
        "tokens": [
            (t.text, t.tag_, t.pos_, t.lemma_, str(t.morph), t.is_sent_start, t.norm_) for t in doc
        ],
        "spans": sorted(doc.spans),
    }
