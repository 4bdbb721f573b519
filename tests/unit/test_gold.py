"""The rules of the conversion on one text: entities, missing tokens, counters and lines."""

from typing import NamedTuple

import pytest

from scripts.conversion.gold import usable_annotations
from scripts.conversion.label_map import LabelMap, Target
from scripts.conversion.label_studio import Annotation, Control, Region
from scripts.conversion.spill import TextTask
from tests.small_conversions import entities, missing
from tests.small_gold import by, counted, listed, make_gold, noted, on

TEXT = "Anna met  Bob Ng in New York"
WORDS = ["Anna", "met", " ", "Bob", "Ng", "in", "New", "York"]
MAP = LabelMap(
    {
        "Person": Target("PER", 1),
        "Human": Target("PER"),
        "Place": Target("LOC", 2),
        "Team": Target("ORG"),
        "Group": Target("GRP"),
        "Verb": Target(None),
    }
)
LOST = ("rejected", "text_not_found")


def said(part: str, *labels: str, start: int | None = None) -> Region:
    return on(TEXT, part, *labels, start=start)


def damaged(start: int | None, end: int | None, quote: str | None, *labels: str) -> Region:
    return Region("r", Control("", ""), start, end, quote, labels)


ANNA, BOB, CITY = said("Anna", "Person"), said("Bob Ng", "Person"), said("New York", "Place")
PER, LOC = ("Anna", "PER"), ("New York", "LOC")


class Case(NamedTuple):
    """Annotations by several people, and what they come to.

    counted: of the spans that are agreed, that become entities, and whatever else was counted
    beside the regions and how they were found.
    """

    said: list[list[Region]]
    entities: list[tuple[str, str]]
    missing: list[str]
    agreed: int
    others: dict[str, int]
    lines: list[tuple[str | None, str, str]]


CASES = {
    "an empty annotation is gold without entities": Case([[]], [], [], 0, {}, []),
    "one annotation": Case([[ANNA, CITY]], [PER, LOC], [], 2, {}, []),
    "a majority has each span, by whatever name of its label": Case(
        [[ANNA, CITY], [said("Anna", "Human"), CITY], [CITY]], [PER, LOC], [], 2, {}, []
    ),
    "half is no majority": Case(
        [[ANNA, CITY], [CITY]],
        [LOC],
        ["Anna"],
        1,
        {"no_majority": 1},
        [("Person", "no_majority", "tokens missing")],
    ),
    "tokens that one more span of the majority covers are known": Case(
        [[CITY, said("New", "Team")], [CITY]],
        [LOC],
        [],
        1,
        {"no_majority": 1},
        [("Team", "no_majority", "tokens missing")],
    ),
    "each annotation that has a span without a majority has a line": Case(
        [[ANNA], [ANNA], [], []],
        [],
        ["Anna"],
        0,
        {"no_majority": 1},
        [("Person", "no_majority", "tokens missing")] * 2,
    ),
    "the same region twice is one vote and one entity": Case([[ANNA, ANNA]], [PER], [], 1, {}, []),
    "a label outside the map": Case(
        [[ANNA, said("Bob Ng", "Dog")]],
        [PER],
        ["Bob", "Ng"],
        1,
        {"unmapped_label": 1},
        [("Dog", "unmapped_label", "tokens missing")],
    ),
    "a label outside the map beside one of it": Case(
        [[said("Anna", "Person", "Dog"), CITY]],
        [LOC],
        ["Anna"],
        1,
        {"unmapped_label": 1},
        [("Person, Dog", "unmapped_label", "tokens missing")],
    ),
    "a label outside the map under an entity": Case(
        [[CITY, said("York", "Dog")]],
        [LOC],
        [],
        1,
        {"unmapped_label": 1},
        [("Dog", "unmapped_label", "tokens missing")],
    ),
    "a label outside the map that cuts a token": Case(
        [[said("ork", "Dog")]],
        [],
        ["York"],
        0,
        {"unmapped_label": 1},
        [("Dog", "unmapped_label", "tokens missing")],
    ),
    "an ignored label says nothing": Case(
        [[said("met", "Verb"), said("Anna", "Verb", "Person")]],
        [PER],
        [],
        1,
        {"ignored_label": 2},
        [],
    ),
    "a region that names a label twice": Case(
        [[said("Anna", "Person", "Person"), said("met", "Verb", "Verb"), said("in", "Dog", "Dog")]],
        [PER],
        ["in"],
        1,
        {"ignored_label": 1, "unmapped_label": 1},
        [("Dog, Dog", "unmapped_label", "tokens missing")],
    ),
    "the better ranked of two labels": Case(
        [[said("Anna", "Place", "Person")]],
        [PER],
        [],
        2,
        {"two_labels": 1},
        [("Place, Person", "two_labels", "tokens missing")],
    ),
    "two labels without a rank, and what overlaps them": Case(
        [[said("New York", "Team", "Group"), said("in New", "Place")]],
        [],
        ["in", "New", "York"],
        3,
        {"two_labels": 2, "overlap": 1},
        [
            *[("Team, Group", "two_labels", "tokens missing")] * 2,  # once for each label
            ("Place", "overlap", "tokens missing"),
        ],
    ),
    "a span that cuts a token": Case(
        [[ANNA, said("ob Ng", "Person")]],
        [PER],
        ["Bob", "Ng"],
        2,
        {"token_boundaries": 1},
        [("Person", "token_boundaries", "tokens missing")],
    ),
    "the longest of overlapping spans": Case(
        [[CITY, said("in New", "Team"), said("in New York", "Place")]],
        [("in New York", "LOC")],
        [],
        3,
        {"overlap": 2},
        [("Place", "overlap", "tokens missing"), ("Team", "overlap", "tokens missing")],
    ),
    "of equally long ones the earliest, and the rest of the other is missing": Case(
        [[CITY, said("in New", "Team")]],
        [("in New", "ORG")],
        ["York"],
        2,
        {"overlap": 1},
        [("Place", "overlap", "tokens missing")],
    ),
    "a region that is not found: its entity may be anywhere": Case(
        [[ANNA, said("Eve", "Person", start=0)]],
        [PER],
        WORDS[1:],
        1,
        dict.fromkeys(LOST, 1),
        [("Person", "text_not_found", "rejected")],
    ),
    "a region that only one of three has and that is not found": Case(
        [[ANNA], [ANNA, said("Eve", "Person", start=0)], [CITY]],
        [PER],
        WORDS[1:],
        1,
        {**dict.fromkeys(LOST, 1), "no_majority": 1},
        [
            ("Person", "text_not_found", "rejected"),
            ("Place", "no_majority", "tokens missing"),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_rules(case: Case) -> None:
    people = [by(f"annotator {i}", *regions) for i, regions in enumerate(case.said)]
    doc, record = make_gold(TEXT, *people, label_map=MAP)
    assert entities(doc) == case.entities
    assert missing(doc) == case.missing
    assert noted(record) == case.lines
    assert all(line["task"] == 7 for line in listed(record))
    regions = sum(map(len, case.said))
    assert counted(record) == {
        name: count
        for name, count in {
            "regions": regions,
            "code_points": regions - case.others.get("rejected", 0),
            "agreed": case.agreed,
            "entities": len(case.entities),
            **case.others,
        }.items()
        if count
    }


def test_all_agreed_spans_on_token_borders_stay_beside_the_entities() -> None:
    regions = [CITY, said("in New", "Team"), said("ob", "Person"), said("met", "Verb")]
    doc, _ = make_gold(TEXT, by("eva", *regions), label_map=MAP)
    assert {(span.text, span.label_) for span in doc.spans["sc"]} == {LOC, ("in New", "ORG")}


@pytest.mark.parametrize(
    ("region", "found", "reason", "done"),
    [
        (said("Anna", "X"), (0, 4), "code_points", None),
        (damaged(0, 4, None, "X"), (0, 4), "no_text", None),
        (said("Bob Ng", "X", start=3), (10, 16), "occurrence", "repaired"),
        (damaged(None, None, "Bob", "X"), (10, 13), "occurrence", "repaired"),
        (damaged(8, 13, "  Bob", "X"), (10, 13), "edge_whitespace", "repaired"),
        (damaged(0, 4, "Anna"), None, "no_label", "rejected"),
        (damaged(None, 4, None, "X"), None, "offsets_missing", "rejected"),
        (damaged(0, 29, None, "X"), None, "out_of_bounds", "rejected"),
        (damaged(0, 3, "Eve", "X"), None, "text_not_found", "rejected"),
        (damaged(None, None, "n", "X"), None, "ambiguous", "rejected"),
        (damaged(8, 10, None, "X"), None, "blank", "rejected"),
    ],
)
def test_where_a_region_is(
    region: Region, found: tuple[int, int] | None, reason: str, done: str | None
) -> None:
    doc, record = make_gold(TEXT, by("eva", region))
    assert [(e.start_char, e.end_char) for e in doc.ents] == ([found] if found else [])
    assert missing(doc) == ([] if found else WORDS)
    assert record.spans["regions"] == record.spans[reason] == 1
    assert record.spans["rejected"] == (done == "rejected")
    line = {
        "task": 7,
        "region": "r",
        "label": ", ".join(region.labels) or None,
        "start": region.start,
        "end": region.end,
        "text": region.quote,
        "reason": reason,
        "done": done,
    }
    if done == "repaired":
        line["to"] = list(found or ())
    assert listed(record) == ([line] if done else [])


def test_utf16_offsets_are_mapped_to_code_points() -> None:
    text = "👩 saw Bob"
    doc, record = make_gold(text, by("eva", on(text, "Bob", "X", start=7)))
    assert entities(doc) == [("Bob", "X")]
    assert counted(record) == {"regions": 1, "utf16": 1, "agreed": 1, "entities": 1}
    (line,) = listed(record)
    assert (line["reason"], line["done"], line["to"]) == ("utf16", "repaired", [6, 9])


def test_labels_outside_the_map_are_counted_by_name() -> None:
    regions = [said("Anna", "Dog", "Cat", "Person"), said("met", "Dog", "Dog"), BOB]
    _, record = make_gold(TEXT, by("eva", *regions), label_map=MAP)
    assert record.unmapped == {"Dog": 2, "Cat": 1}


@pytest.mark.parametrize(
    ("truths", "entity", "overruled"),
    [
        ([False, True, False], [LOC], 3),
        ([True, False, False], [PER, ("Bob Ng", "PER")], 2),
        ([True, False, True], [PER], 1),  # several: a majority of them
        ([True, True, True], [PER], 0),
        ([False, False, False], [PER], 0),
    ],
)
def test_ground_truth_overrules_the_majority(
    truths: list[bool], entity: list[tuple[str, str]], overruled: int
) -> None:
    regions = [[ANNA, BOB], [CITY], [ANNA]]
    people = [by(n, *r, truth=t) for n, r, t in zip("abc", regions, truths, strict=True)]
    doc, record = make_gold(TEXT, *people, label_map=MAP)
    assert entities(doc) == entity
    assert record.spans["overruled"] == overruled
    assert record.spans["regions"] == 4
    assert bool(missing(doc)) == (sum(truths) != 1)
    make_gold(TEXT, *people, label_map=MAP, record=record)
    assert record.spans["overruled"] == 2 * overruled


def test_what_is_overruled_makes_nothing_missing() -> None:
    worse = by("bob", said("met", "Dog"), said("Eve", "Person", start=0))
    doc, _ = make_gold(TEXT, worse, by("eva", ANNA, truth=True), label_map=MAP)
    assert (entities(doc), missing(doc)) == ([PER], [])


def test_agreement_is_between_all_annotators_by_the_labels_of_the_model() -> None:
    people = [
        by("eva", ANNA, CITY),
        by("bob", said("Anna", "Human"), BOB),
        by("gil", CITY, truth=True),
    ]
    _, record = make_gold(TEXT, *people, label_map=MAP)
    rows = {(*row["annotators"], row["label"]): row["exact"] for row in record.agreement.rows()}
    assert rows == {
        ("bob", "eva", None): 0.5,
        ("bob", "eva", "PER"): 0.6667,
        ("bob", "eva", "LOC"): 0.0,
        ("bob", "gil", None): 0.0,
        ("bob", "gil", "PER"): 0.0,
        ("bob", "gil", "LOC"): 0.0,
        ("eva", "gil", None): 0.6667,
        ("eva", "gil", "PER"): 0.0,
        ("eva", "gil", "LOC"): 1.0,
    }
    alone = make_gold(TEXT, by("eva", ANNA))[1]
    assert alone.agreement.rows() == []


def test_a_disputed_text_can_be_reviewed_with_each_annotators_version() -> None:
    people = [
        by("eva", ANNA, said("Eve", "Person", start=0), truth=True),
        by("bob", CITY, truth=True),
        (8, by("gil", BOB)[1]),
    ]
    _, record = make_gold(TEXT, *people, label_map=MAP)
    (review,) = record.disputes
    assert review["data"] == {"body": TEXT}  # the field that it came from
    assert review["meta"] == {"tasks": [7]}
    versions = [(p["model_version"], p["result"]) for p in review["predictions"]]
    assert [name for name, _ in versions] == ["eva", "bob"]
    values = [[result["value"] for result in results] for _, results in versions]
    assert values == [
        [{"start": 0, "end": 4, "text": "Anna", "labels": ["Person"]}],
        [{"start": 20, "end": 28, "text": "New York", "labels": ["Place"]}],
    ]
    tags = {(r["from_name"], r["to_name"]) for _, results in versions for r in results}
    assert tags == {("ner", "body")}
    assert make_gold(TEXT, by("eva", ANNA), by("bob", ANNA))[1].disputes == []


def test_a_review_where_no_tag_is_known_goes_by_the_usual_names() -> None:
    lone = damaged(0, 4, "Anna", "Person")
    _, record = make_gold(TEXT, by("eva", lone), (8, by("bob")[1]), by("gil"))
    (review,) = record.disputes
    assert review["meta"] == {"tasks": [7, 8]}
    (result,) = review["predictions"][0]["result"]
    assert (result["from_name"], result["to_name"]) == ("label", "text")


def test_skipped_and_damaged_annotations_are_not_used() -> None:
    whole = Annotation("1", "eva", False, False, (), ())
    others = (whole._replace(cancelled=True), whole._replace(regions=None))
    tasks = [
        TextTask(7, TEXT, (whole, *others), "", "train", "text"),
        TextTask(8, TEXT, (*others, whole), "", "train", "text"),
    ]
    assert usable_annotations(tasks) == [(7, whole), (8, whole)]
    assert usable_annotations([tasks[0]._replace(annotations=others)]) == []
