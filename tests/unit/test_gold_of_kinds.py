"""Gold of one text for other components than ner: classes, spans that may overlap, tags."""

import pytest

from scripts.conversion.gold import Placed, Scheme, by_token
from scripts.conversion.label_map import LabelMap, Target
from scripts.conversion.label_studio import Control, Region
from scripts.conversion.offsets import Found
from scripts.conversion.record import Conversion
from scripts.conversion.spans import CharSpan
from scripts.kinds.kind import UNKNOWN, Kind
from scripts.kinds.ner import NER
from scripts.kinds.spancat import SPANCAT
from scripts.kinds.tagger import TAGGER
from scripts.kinds.textcat import TEXTCAT, TEXTCAT_MULTILABEL
from tests.small_gold import NLP, by, counted, make_gold, noted, on

CLASSES = ("FOOD", "NEWS", "SPORT")
MAP = LabelMap({**{name: Target(name) for name in CLASSES}, "Spam": Target(None)})
GOAL = "  A goal was scored. \n"
TEXT = "We repair old steam engines."


def chosen(*labels: str) -> Region:
    """A choice, which has no place in the text."""
    return Region("r", Control("topic", "text"), None, None, None, labels)


def choices(name: str) -> tuple[str, str, str]:
    return name, "no_majority", "tokens missing"


ODD = ("Odd", "unmapped_label", "tokens missing")


@pytest.mark.parametrize(
    ("kind", "said", "cats", "others", "lines"),
    [
        (TEXTCAT, ["SPORT"], {"FOOD": 0, "NEWS": 0, "SPORT": 1}, {"agreed": 1, "classes": 1}, []),
        (TEXTCAT, ["SPORT", "NEWS"], {}, {"no_majority": 2}, [choices("SPORT"), choices("NEWS")]),
        (
            TEXTCAT_MULTILABEL,
            ["SPORT", "SPORT", "FOOD"],
            {"NEWS": 0, "SPORT": 1},  # of FOOD nobody knows
            {"agreed": 1, "classes": 1, "no_majority": 1},
            [choices("FOOD")],
        ),
        (
            TEXTCAT_MULTILABEL,
            ["Spam"],
            {"FOOD": 0, "NEWS": 0, "SPORT": 0},
            {"ignored_label": 1},
            [],
        ),
        # What else a choice outside the map, or one that cannot be read, may have said.
        (TEXTCAT_MULTILABEL, ["Odd"], {}, {"unmapped_label": 1}, [ODD]),
        (
            TEXTCAT_MULTILABEL,
            [""],
            {},
            {"rejected": 1, "no_label": 1},
            [(None, "no_label", "rejected")],
        ),
        (
            TEXTCAT_MULTILABEL,
            ["SPORT", "SPORT", "Odd"],
            {"SPORT": 1},  # most said so, whatever else the third may have said
            {"agreed": 1, "classes": 1, "unmapped_label": 1},
            [ODD],
        ),
        (
            TEXTCAT_MULTILABEL,
            ["SPORT", "FOOD", "Odd"],
            {},
            {"no_majority": 2, "unmapped_label": 1},
            [ODD, choices("SPORT"), choices("FOOD")],
        ),
        (TEXTCAT, ["Odd"], {}, {"unmapped_label": 1}, [ODD]),
        (
            TEXTCAT,
            ["SPORT", "SPORT", "Odd"],
            {"FOOD": 0, "NEWS": 0, "SPORT": 1},
            {"agreed": 1, "classes": 1, "unmapped_label": 1},
            [ODD],
        ),
    ],
)
def test_classes(
    kind: Kind,
    said: list[str],
    cats: dict[str, float],
    others: dict[str, int],
    lines: list[tuple[str | None, str, str]],
) -> None:
    people = [by(f"annotator {i}", chosen(*filter(None, [name]))) for i, name in enumerate(said)]
    doc, record = make_gold(GOAL, *people, label_map=MAP, scheme=Scheme(kind, CLASSES))
    assert doc.cats == cats
    assert noted(record) == lines
    placed = len(said) - others.get("rejected", 0)
    assert counted(record) == {
        name: count
        for name, count in {"regions": len(said), "no_text": placed, **others}.items()
        if count
    }
    assert record.disputes == []  # a review shows labelled parts of a text


def test_a_choice_stands_for_the_text_without_the_whitespace_around_it() -> None:
    _, record = make_gold(GOAL, by("eva", chosen("SPORT")), by("bob", chosen("SPORT")))
    assert record.spans["offsets_missing"] == 2  # for ner there is no such thing
    scheme = Scheme(TEXTCAT, CLASSES)
    _, record = make_gold(GOAL, by("eva", chosen("SPORT", "Odd")), label_map=MAP, scheme=scheme)
    (line,) = map(str, record.regions)
    assert '"start":2,"end":20' in line


@pytest.mark.parametrize(
    ("said", "found", "unknown", "others"),
    [
        (
            [[("repair old", "TASK"), ("old steam", "TOOL"), ("old steam", "AGE")]],
            [(3, 13, "TASK"), (10, 19, "AGE"), (10, 19, "TOOL")],
            [],
            {"agreed": 3, "spans": 3},
        ),
        (
            [[("old", "AGE")], [("steam", "TOOL")]],
            [],
            [("old", "AGE"), ("steam", "TOOL")],
            {"no_majority": 2},
        ),
        (
            [[("old", "AGE"), ("team", "TOOL")]],
            [(10, 13, "AGE")],
            [("steam", "TOOL")],
            {"agreed": 2, "spans": 1, "token_boundaries": 1},
        ),
        ([[("old", "Odd")]], [], [("old", "")], {"unmapped_label": 1}),
        (
            [[("old", "AGE"), ("new", "AGE")]],
            [(10, 13, "AGE")],
            [(TEXT, "")],
            {"agreed": 1, "spans": 1, "rejected": 1, "text_not_found": 1},
        ),
    ],
)
def test_spans(
    said: list[list[tuple[str, str]]],
    found: list[tuple[int, int, str]],
    unknown: list[tuple[str, str]],
    others: dict[str, int],
) -> None:
    labels = ("AGE", "TASK", "TOOL")
    label_map = LabelMap({name: Target(name) for name in labels})
    people = [
        by(
            f"annotator {i}",
            *(on(TEXT, part, name, start=max(TEXT.find(part), 0)) for part, name in parts),
        )
        for i, parts in enumerate(said)
    ]
    doc, record = make_gold(TEXT, *people, label_map=label_map, scheme=Scheme(SPANCAT, labels))
    assert SPANCAT.read(doc) == found
    assert [(span.text, span.label_) for span in doc.spans[UNKNOWN]] == unknown
    assert doc.ents == ()
    regions = sum(map(len, said))
    assert counted(record) == {
        "regions": regions,
        "code_points": regions - others.get("rejected", 0),
        **others,
    }
    assert len(record.disputes) == ("no_majority" in others)


def test_tags() -> None:
    scheme = Scheme(TAGGER, ())
    ranked = LabelMap({"NN": Target("NN", 1), "VB": Target("VB", 0), "JJ": Target("JJ")})
    people = [
        by(
            "eva",
            on(TEXT, "old steam engines", "NN"),
            on(TEXT, "We", "JJ"),
            on(TEXT, "repair", "NN", "VB"),
        ),
        by(
            "bob",
            on(TEXT, "steam engines", "NN"),
            on(TEXT, "We", "NN"),
            on(TEXT, "repair", "VB", "NN"),
        ),
    ]
    doc, record = make_gold(TEXT, *people, label_map=ranked, scheme=scheme)
    assert [token.tag_ for token in doc] == ["", "VB", "", "NN", "NN", ""]
    assert counted(record) == {
        "regions": 6,
        "code_points": 6,
        "agreed": 4,
        "tags": 3,
        "no_majority": 3,
        "two_labels": 1,
    }
    # A line for a region, however many of its tokens lose their tags.
    assert noted(record) == [
        ("NN", "no_majority", "tokens missing"),
        ("JJ", "no_majority", "tokens missing"),
        ("NN, VB", "two_labels", "tokens missing"),
        ("NN", "no_majority", "tokens missing"),
        ("VB, NN", "two_labels", "tokens missing"),
    ]


@pytest.mark.parametrize(
    ("part", "parts"),
    [
        ("New  York", ["New", "York"]),  # not the whitespace between
        ("New", ["New"]),
        ("ew  York", ["ew  York"]),  # it cuts a token
        ("  ", ["  "]),
    ],
)
def test_a_region_speaks_for_each_of_its_tokens(part: str, parts: list[str]) -> None:
    text = "In New  York ."
    start = text.index(part)
    spans = tuple(CharSpan(start, start + len(part), name) for name in ("NN", "X"))
    found = Found(start, start + len(part), "code_points", False)
    placed = Placed(1, on(text, part, "NN", "X"), found, spans, False)
    told = by_token(NLP.make_doc(text), placed)
    assert [(text[s.start : s.end], s.label) for s in told.spans] == [
        (one, name) for name in ("NN", "X") for one in parts
    ]
    assert told._replace(spans=spans) == placed


@pytest.mark.parametrize("kind", [NER, SPANCAT, TAGGER, TEXTCAT_MULTILABEL])
def test_counters_add_up_over_texts(kind: Kind) -> None:
    """An agreed region, a disputed one, one outside the map, an ignored and an unlabelled one."""
    scheme, record = Scheme(kind, CLASSES), Conversion()
    parts = zip(("We", " repair", "old", "steam"), ("NEWS", "SPORT", "Odd", "Spam"), strict=True)
    agreed, *more = (on(TEXT, part, name) for part, name in parts)
    for total in (1, 2, 3):
        people = [by("eva", agreed, *more, on(TEXT, "old")), by("bob", agreed)]
        make_gold(TEXT, *people, label_map=MAP, scheme=scheme, record=record)
        assert {name: record.spans[name] for name in ("agreed", kind.words.answers)} == {
            "agreed": total,
            kind.words.answers: total,
        }
        others = ("no_majority", "unmapped_label", "ignored_label", "no_label")
        assert {record.spans[name] for name in (*others, "rejected")} == {total}
        trimmed = total if kind.results == "labels" else 0  # a choice stands for the whole text
        assert record.spans["edge_whitespace"] == trimmed
        assert record.spans["regions"] == 6 * total
        assert record.unmapped == {"Odd": total}
