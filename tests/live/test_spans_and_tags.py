"""Spans, tags, parts of speech of a real server: from people to gold, from pipelines to regions."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from spacy.language import Language
from spacy.tokens import Doc, Span

from scripts.kinds.kind import UNKNOWN
from scripts.kinds.spancat import KEY
from scripts.label_studio.configuration import write_label_config
from scripts.pull import pull
from scripts.push import push
from tests.small_tokens import make_pos_tagger, make_spancat, make_tagger, tasks_with_tools

from .conversions import convert_pulled
from .make_demo_export import Annotators
from .projects import make_project, mark, predicted, studio
from .server import Server

pytestmark = pytest.mark.live
Marks = Sequence[tuple[str, ...]]  # parts of a text, each with its labels
Place = tuple[int, int, str]  # offsets in code points, the end excluded, and a label
FARMER = "👩‍🌾🌱 "
VERSION = "marks-1.0.0"


class Case(NamedTuple):
    """What two people mark in a text, and what is to become of it.

    first, second: None for a skip. meant: None where the text is no gold. unknown: of a spancat.
    """

    text: str
    first: Marks | None
    second: Marks | None
    meant: Marks | None
    unknown: Marks = ()


LAYERS = [("repair old drill", "TASK"), ("old drill", "TOOL"), ("old", "AGE")]
CUT = [("aint heavy pump", "TASK"), ("heavy pump", "TOOL")]
BOTH_LABELS = [("new saw", "TOOL", "TASK"), ("new", "AGE")]
CROSSING = [("sell broken", "TASK"), ("broken anvil", "TOOL")]
SPANS = [
    Case(f"{FARMER}We repair old drill today .", LAYERS, LAYERS, LAYERS),
    Case(f"They repair old drill {FARMER}.", LAYERS, LAYERS[:2], LAYERS[:2], LAYERS[2:]),
    Case("Friends paint heavy pump .", CUT, CUT, CUT[1:], [("paint heavy pump", "TASK")]),
    Case("Nobody has a new saw .", BOTH_LABELS, BOTH_LABELS, BOTH_LABELS),
    Case("People sell broken anvil .", CROSSING, None, CROSSING),
    Case("Nothing of that today .", [], [], []),
    Case("We clean songs .", None, None, None),
]
MONEY = [("$", "$"), ("her", "PRP$")]
TWO_TOKENS, EACH = ("old drill", "NN"), [("old", "NN"), ("drill", "NN")]
QUOTES = [("“", "``"), ("”", "''"), ("(", "-LRB-"), (")", "-RRB-")]
TWO_TAGS = [("heavy pump", "JJ"), ("pump", "NN")]
CUT_TAG = [("shops", "NN"), ("small", "JJ")]
TAGS = [
    Case(
        f"{FARMER}I pay $ 5 for her old drill .",
        [*MONEY, TWO_TOKENS],
        [*MONEY, *EACH],
        [*MONEY, *EACH],
    ),
    Case("He says “ no ” ( again ) .", QUOTES, QUOTES, QUOTES),
    Case("A broken saw .", [("broken", "JJ"), ("saw", "NN")], [("saw", "NN")], [("saw", "NN")]),
    Case("He has a heavy pump .", TWO_TAGS, TWO_TAGS, [("heavy", "JJ")]),
    Case("The small workshops .", CUT_TAG, CUT_TAG, [("small", "JJ")]),
    Case("Nothing of that today .", [], [], []),
    Case("We clean songs .", None, None, None),
]


def places(text: str, marks: Marks) -> list[Place]:
    """Where the parts lie, a place for each of their labels, sorted."""
    found = [(text.index(part), part, label) for part, *labels in marks for label in labels]
    return sorted((start, start + len(part), label) for start, part, label in found)


def place(span: Span) -> Place:
    """Where a span lies."""
    return span.start_char, span.end_char, span.label_


def tags(doc: Doc) -> list[Place]:
    """The tokens that have a tag."""
    return [(token.idx, token.idx + len(token), token.tag_) for token in doc if token.tag]


def annotate(annotators: Annotators, cases: Sequence[Case], title: str) -> tuple[int, int]:
    """A project in which two people mark what the cases say: its number, and that of regions."""
    said = [(one.first, one.second) for one in cases]
    labels = {
        label for both in said for marks in both for _, *some in marks or () for label in some
    }
    texts, xml = [one.text for one in cases], write_label_config(sorted(labels))
    project, tasks = make_project(annotators["first"], texts, title, xml)
    clients = (annotators["first"], annotators["second"])
    for task, text, both in zip(tasks, texts, said, strict=True):
        for client, marks in zip(clients, both, strict=True):
            result = [mark(text, part, *some) for part, *some in marks or ()]
            client.annotations.create(id=task, result=result, was_cancelled=marks is None)
    return project, sum(len(marks or ()) for both in said for marks in both)


def test_overlapping_regions_become_spans(
    label_studio: Server, annotators: Annotators, tmp_path: Path
) -> None:
    project, regions = annotate(annotators, SPANS, "Overlapping regions")
    pulled = pull(studio(label_studio), project, tmp_path).pulled
    assert (pulled.tasks, pulled.annotated, pulled.skipped) == (7, 6, 1)
    report, docs = convert_pulled(tmp_path, "spancat")
    meant = {one.text: places(one.text, one.meant) for one in SPANS if one.meant is not None}
    assert {text: sorted(map(place, doc.spans[KEY])) for text, doc in docs.items()} == meant
    for one in SPANS[: len(docs)]:
        assert [*map(place, docs[one.text].spans[UNKNOWN])] == places(one.text, one.unknown)
    kept = sum(map(len, meant.values()))
    assert report["spans"] == {
        **{"regions": regions, "code_points": regions},
        **{"agreed": kept + 1, "spans": kept, "no_majority": 1, "token_boundaries": 1},
    }
    reasons = Counter((one["text"], one["reason"]) for one in report["regions"])
    assert reasons == {("old", "no_majority"): 1, ("aint heavy pump", "token_boundaries"): 2}


def test_regions_become_tags_of_their_tokens(
    label_studio: Server, annotators: Annotators, tmp_path: Path
) -> None:
    project, regions = annotate(annotators, TAGS, "Tags of tokens")
    pull(studio(label_studio), project, tmp_path)
    report, docs = convert_pulled(tmp_path, "tagger")
    meant = {one.text: places(one.text, one.meant) for one in TAGS if one.meant is not None}
    assert {text: tags(doc) for text, doc in docs.items()} == meant
    assert report["spans"]["regions"] == report["spans"]["code_points"] == regions
    assert report["spans"]["tags"] == sum(map(len, meant.values()))
    reasons = Counter((one["text"], one["reason"]) for one in report["regions"])
    assert reasons == {
        ("broken", "no_majority"): 1,
        ("heavy pump", "two_labels"): 2,
        ("pump", "two_labels"): 2,
        ("shops", "token_boundaries"): 2,
    }


def test_regions_become_parts_of_speech(
    label_studio: Server, annotators: Annotators, tmp_path: Path
) -> None:
    cases = [one._replace(**universal(one)) for one in TAGS[2:5]]
    project, _ = annotate(annotators, cases, "Parts of speech")
    pull(studio(label_studio), project, tmp_path)
    report, docs = convert_pulled(tmp_path, "pos")
    meant = {one.text: places(one.text, one.meant or []) for one in cases}
    assert {text: parts(doc) for text, doc in docs.items()} == meant
    assert report["spans"]["parts of speech"] == sum(map(len, meant.values()))


def universal(case: Case) -> dict[str, Marks | None]:
    """What is marked, as parts of speech."""
    names = {"JJ": "ADJ", "NN": "NOUN"}
    said = {name: getattr(case, name) for name in ("first", "second", "meant")}
    return {
        name: marks and [(part, *(names[label] for label in some)) for part, *some in marks]
        for name, marks in said.items()
    }


def parts(doc: Doc) -> list[Place]:
    """The tokens that have a part of speech."""
    return [(token.idx, token.idx + len(token), token.pos_) for token in doc if token.pos]


def push_to(
    server: Server, nlp: Language, labels: Sequence[str], folder: Path
) -> tuple[list[tuple[Doc, float, list[Any]]], dict[str, int]]:
    """Push to a project that has these labels.

    Returns for each text its Doc, and the score and the regions that stand in Label Studio; and
    the answers that were left out, by label.
    """
    client = server.client()
    made = enumerate(tasks_with_tools(8, 12))
    texts = [FARMER * (number % 3) + one.text for number, one in made]
    xml = write_label_config(labels)
    project, tasks = make_project(client, texts, "Regions to push", xml)
    done = push(studio(server), project, nlp, VERSION, output=folder)
    assert (done.created, done.refused) == (12, [])
    found = [
        (doc, *predicted(client, task)) for doc, task in zip(nlp.pipe(texts), tasks, strict=True)
    ]
    return found, done.unknown


def stand(doc: Doc, regions: list[Any]) -> list[Place]:
    """Where regions lie in Label Studio, sorted; each quotes its part of the text."""
    values = [region["value"] for region in regions]
    assert all(doc.text[one["start"] : one["end"]] == one["text"] for one in values)
    return sorted((one["start"], one["end"], label) for one in values for label in one["labels"])


def test_pushed_spans_overlap_and_have_their_scores(label_studio: Server, tmp_path: Path) -> None:
    nlp = make_spancat(("TASK", "TOOL", "AGE"), sizes=(1, 2, 3))
    found, left_out = push_to(label_studio, nlp, ["TASK", "TOOL"], tmp_path)
    there, overlapping = Counter[str](), 0
    for doc, score, regions in found:
        group = doc.spans[KEY]
        sure = dict(zip(map(place, group), map(float, group.attrs["scores"]), strict=True))
        there.update(label for *_, label in sure)
        meant = sorted(one for one in sure if one[2] != "AGE")
        assert stand(doc, regions) == meant
        scores = {stand(doc, [region])[0]: region["score"] for region in regions}
        assert scores == pytest.approx({one: sure[one] for one in meant}, abs=1e-3)
        assert score == pytest.approx(min(scores.values()), abs=1e-3)
        overlapping += sum(two[0] < one[1] for one, two in pairwise(meant))
    assert overlapping > 3
    assert left_out == {"AGE": there["AGE"]}


def test_pushed_tags_are_regions_of_single_tokens(label_studio: Server, tmp_path: Path) -> None:
    nlp = make_tagger()
    found, left_out = push_to(label_studio, nlp, ["PRP", "VB", "NN", "."], tmp_path)
    for doc, _, regions in found:
        assert stand(doc, regions) == [one for one in tags(doc) if one[2] not in ("JJ", "RB")]
        assert len(regions) >= 4
    assert left_out.keys() == {"JJ", "RB"}


def test_pushed_parts_of_speech_are_regions_of_single_tokens(
    label_studio: Server, tmp_path: Path
) -> None:
    nlp = make_pos_tagger()
    found, left_out = push_to(label_studio, nlp, ["PRON", "VERB", "NOUN", "PUNCT"], tmp_path)
    for doc, _, regions in found:
        assert stand(doc, regions) == [one for one in parts(doc) if one[2] not in ("ADJ", "ADV")]
        assert len(regions) >= 4
    assert left_out.keys() == {"ADJ", "ADV"}
