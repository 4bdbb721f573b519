"""A real English pipeline updated with real annotations, where there are any beside us."""

from itertools import islice
from typing import Any

import pytest
import srsly
from spacy.language import Language

from scripts.pipelines import find_recognizers, load_pipeline
from scripts.scores import (
    CharSpan,
    add_counts,
    count_offsets,
    entity_spans,
    micro_counts,
)
from scripts.to_label_studio import export_tasks, read_labelled_texts

from .conftest import ROOT, Done, Project, copy_project

DATA = ROOT.parent / "shared" / "data"
BASE = DATA / "pipelines/en_core_web_sm_v23_port"
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not BASE.exists(), reason=f"needs real data in {DATA}, see CONTRIBUTING.md"),
]
# The base's labels as wikigold and EWT name them.
RETAINED = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
NEW = {"Chemical": "Chemical", "Disease": "Disease"}


@pytest.fixture(scope="module")
def updated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    """The real base updated with 1,500 annotated sentences of bc5cdr, to a verified wheel."""
    project = copy_project(tmp_path_factory.mktemp("real") / "project")
    assets = project.folder / "assets"
    texts = read_labelled_texts(DATA / "datasets/bc5cdr/train.jsonl")
    srsly.write_json(assets / "export.json", list(export_tasks(islice(texts, 1500))))
    srsly.write_yaml(assets / "retained_map.yml", RETAINED)
    retained = islice(srsly.read_jsonl(DATA / "datasets/wikigold/all.jsonl"), 800)
    srsly.write_jsonl(assets / "retained.jsonl", retained)
    return project, project.run(
        "all",
        timeout=1200,
        base_model=BASE,
        export="assets/export.json",
        raw_text=DATA / "raw/wikisplit_sentences.txt",
        retained_gold="assets/retained.jsonl",
        retained_gold_map="assets/retained_map.yml",
        name="bc5cdr",
        max_steps=1000,
        rehearsal_docs=2000,
    )


def test_a_real_base_becomes_a_verified_wheel(updated: tuple[Project, Done]) -> None:
    project, done = updated
    assert done.status == 0, done.output
    assert srsly.read_json(project.folder / "training/verify.json")["texts"] > 0
    assert len(list(project.folder.glob("packages/en_bc5cdr-0.1.0/dist/*.whl"))) == 1


def test_old_labels_are_kept_and_new_ones_learnt_on_public_test_sets(
    updated: tuple[Project, Done],
) -> None:
    training = updated[0].folder / "training"
    pipelines = {
        "base": only_entities(load_pipeline(training / "base")),
        "naive": only_entities(load_pipeline(training / "specialist/model-best")),
        "update": only_entities(load_pipeline(training / "update/model-best")),
    }
    for name in ("wikigold/all", "uner_en_ewt/test"):
        lines = list(islice(srsly.read_jsonl(DATA / f"datasets/{name}.jsonl"), 1500))
        f = {key: micro_f(nlp, lines, RETAINED) for key, nlp in pipelines.items()}
        assert f["base"] > 0.5
        assert f["naive"] < 0.1 * f["base"]
        assert f["update"] >= 0.98 * f["base"]
    lines = list(islice(srsly.read_jsonl(DATA / "datasets/bc5cdr/test.jsonl"), 1500))
    f = {key: micro_f(nlp, lines, NEW) for key, nlp in pipelines.items()}
    assert f["base"] == 0
    assert f["naive"] > 0.6
    assert f["update"] >= 0.97 * f["naive"]


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


def only_entities(nlp: Language) -> Language:
    """The pipeline with nothing enabled but its recognizers, for speed."""
    nlp.select_pipes(enable=find_recognizers(nlp))
    return nlp


def micro_f(nlp: Language, lines: list[dict[str, Any]], names: dict[str, str]) -> float:
    """Micro F of some labels on annotated texts; names: model label to gold label."""
    labels = set(names.values())
    counts = []
    for line, doc in zip(lines, nlp.pipe(line["text"] for line in lines), strict=True):
        gold = [CharSpan(**span) for span in line["spans"] if span["label"] in labels]
        found = [span for span in entity_spans(doc) if span.label in names]
        counts.append(count_offsets(gold, [s._replace(label=names[s.label]) for s in found]))
    return micro_counts(add_counts(counts), labels).f
