import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.evaluation.bootstrap import Interval
from scripts.evaluation.records import (
    Change,
    Confusion,
    ErrorExample,
    Evaluation,
    Examples,
    write_record,
)
from scripts.evaluation.scores import CharSpan
from scripts.release.thresholds import Thresholds
from scripts.report import main, render_report
from scripts.reporting.charts import Point, draw_changes, name_points
from scripts.reporting.conversion_tables import agreement_table
from scripts.reporting.error_tables import heat_map
from scripts.reporting.renderings import render_entities
from scripts.reporting.tables import signed
from scripts.training.choosing import write_choice
from scripts.training.records import Candidate, Choice, DevScores, Scored, SharedTrial
from tests.evaluations import evaluation, row

HOSTILE = '<script>alert("x")</script> & <img src=x onerror=alert(1)>'
PAIR = {"annotators": ["ada", "bob"], "texts": 14, "support": 93}
CONVERSION = {
    "labels": {"annotated": ["PLANT"], "counts": {"PLANT": 412}, "unmapped": []},
    "tasks": {"annotated": 300, "skipped": 4, "only_drafts": 0},
    "examples": {"gold": {"train": 210, "dev": 30, "test": 60}, "project": {"train": 0}},
    "warnings": ["No labelling configuration was given."],
    "agreement": [
        {**PAIR, "label": None, "exact": 0.6754321, "partial": 0.8},
        {**PAIR, "label": "PEST", "support": 0, "exact": None, "partial": None},
    ],
    "regions": [
        {"task": 7, "label": "PLANT", "start": 3, "text": "oak", "reason": "token_boundaries"}
    ],
    "left_out": [],
}
REHEARSAL = {
    "rehearsal": {"train": 1800, "dev": 180, "test": 400},
    "raw_text": {"read": 5000, "repeated": 12, "too long": 0, "in another language": 8},
    "refused": {"/home/x/broken.txt.gz": "/home/x/broken.txt.gz is damaged"},
    "spans": {"wanted": 200, "found": {"ORG": 1234, "PERSON": 150}, "read for more": 900},
}
INPUTS = {
    "vars": {"strategy": "double", "seed": 0, "label_map": None},
    "inputs": {"export": {"export": {"files": [{"path": "/home/x/a.json", "sha256": 64 * "a"}]}}},
}
CHOICE = Choice("double", "double", "vars.strategy says so.", [], [])


class Page(HTMLParser):
    """Tags and attributes of a page, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(str(html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data


def render(of: Evaluation | None = None, **changes: Any) -> str:
    parts: dict[str, Any] = {
        "evaluation": of or evaluation(),
        "examples": Examples([change()], [error()]),
        "conversion": CONVERSION,
        "rehearsal": REHEARSAL,
        "inputs": INPUTS,
        "choice": CHOICE,
        "thresholds": Thresholds(),
    }
    return render_report(**parts | changes)


def change(text: str = "Rust on basil.", label: str = "PLANT") -> Change:
    span = CharSpan(0, 4, label)
    return Change("gold test", "loss", text, [], [span], [span])


def error(text: str = "Rust on basil.", label: str = "PLANT") -> ErrorExample:
    span = CharSpan(0, 4, label)
    return ErrorExample("gold test", "update", "missed", text, span, "gold", None)


def text_of(html: str) -> str:
    """What the page says, with single blanks."""
    return " ".join(Page(html).text.split())


def test_the_page_says_the_verdict_first() -> None:
    page = Page(render())
    sentence = "This update learns PLANT and keeps ORG and PERSON. Release: pass."
    assert sentence in page.text
    assert page.text.index(sentence) < page.text.index("Gain and loss")


def test_a_refused_update_is_shown_as_refused() -> None:
    html = render(evaluation(retained=row(change=(-60, -50))))
    assert '<p class="verdict fail">' in html
    assert "Release: refused" in html
    top = text_of(html).partition("Gain and loss")[0]
    assert "even the upper bound is under -1" in top


def test_gain_and_loss_stand_above_the_figures_with_their_bounds() -> None:
    top = text_of(render()).partition("Gain and loss")[0]
    assert "Gained: new labels F 0.0 → 73.0 +73.0 points +70.0 to +76.0 naive update 74.0" in top
    assert "Shared labels F 85.0 → 86.0 +1.0 points −0.8 to +2.5" in top
    assert "Kept: retained labels F 80.0 → 79.5 −0.5 points −0.9 to +0.2" in top
    assert "retention 0.994 (0.988 to 1.001)" in top
    assert "False alarms 4.00" in top
    assert "Speed 0.51 of the base’s" in top


def test_the_page_says_what_became_of_raw_text() -> None:
    text = text_of(render())
    assert "read 5,000 kept to train on 1,800 kept to choose a checkpoint 180" in text
    assert "dropped: repeat another raw text 12" in text
    assert "dropped: in another language than raw_languages 8" in text
    assert "raw_max_chars" not in text  # none was too long
    assert "could not be read: broken.txt.gz." in text
    assert "200 of each were wanted (rehearsal_spans); 900 more texts were read" in text
    assert "ORG 1,234 PERSON 150" in text
    assert "There is no raw text" in text_of(render(rehearsal={"raw_text": {}}))


def test_what_would_tell_stands_above_the_figures_and_only_where_something_is_open() -> None:
    top = text_of(render()).partition("Gain and loss")[0]
    assert "What would tell" not in top
    wide = row(20, f=(0, 74, 50), change=(20, 80), bounds=(20, 80))
    top = text_of(render(evaluation(new=wide))).partition("Gain and loss")[0]
    assert re.search(r"What would tell new labels: about [\d,]+ more annotated tasks", top)


def test_the_width_that_tells_is_among_the_thresholds() -> None:
    assert "known to 12.5 points" in text_of(render(thresholds=Thresholds(max_new_width=12.5)))


def candidate(strategy: str, **changes: Any) -> Candidate:
    scores = DevScores(81.2, 70.5, 95.9, 0.25, Interval(99, 98.6, 99.4), None, None)
    return Candidate(strategy, scores, changes.get("keeps", "pass"), "agreement 99.0", 61.4)


def test_what_auto_tried_and_why_it_took_one_stands_in_the_page() -> None:
    tried = [candidate("double"), candidate("two-teacher", keeps="fail")]
    text = text_of(render(choice=Choice("auto", "double", "It is the best.", tried, [])))
    assert "The strategy double (vars.strategy is auto): It is the best." in text
    assert "double taken 81.2 70.5 95.9 0.25 pass agreement 99.0 61" in text
    assert "two-teacher 81.2 70.5 95.9 0.25 fail" in text


@pytest.mark.parametrize(
    ("base", "update", "texts"),
    [
        ((89, 30), (89, 80), ["base", "naive", "update"]),
        ((89, 30), (88, 33), ["base, update", "naive", ""]),
        ((89, 30), (0, 77), ["base", "naive, update", ""]),
        ((45, 10), (55, 12), ["base, update", "naive", ""]),
    ],
)
def test_names_that_would_overlap_in_the_plane_stand_together(
    base: tuple[float, float], update: tuple[float, float], texts: list[str]
) -> None:
    points = [Point("base", *base), Point("naive", 0, 77), Point("update", *update)]
    assert [text for _, text in name_points(points)] == texts


def test_what_rounds_to_nothing_is_no_loss() -> None:
    assert [signed(points) for points in (-0.04, 0.04, -0.06)] == ["+0.0", "+0.0", "−0.1"]


def test_what_has_no_span_to_test_with_has_no_score() -> None:
    untested = row(0, f=(0, 0, 0), change=(-100, 100), bounds=(0, 100))
    text = text_of(render(evaluation(new=untested)))
    assert "Gained: new labels – no gold span to test with" in text
    assert "PLANT 0 – – – – –" in text


def test_long_labels_that_begin_alike_differ_in_the_figures() -> None:
    labels = [f"PERENNIAL_PLANT_OF_THE_MEDITERRANEAN_{letter}" for letter in "AB"]
    svg = draw_changes({label: row() for label in labels}, x="points")
    assert "PEREN…RANEAN_A" in svg
    assert "PEREN…RANEAN_B" in svg


def test_a_file_that_several_vars_name_stands_once() -> None:
    twice = {**INPUTS, "inputs": {"one": INPUTS["inputs"], "two": INPUTS["inputs"]}}
    assert render(inputs=twice).count(64 * "a") == render().count(64 * "a")


def test_another_strategy_has_no_table_of_what_was_tried_but_interpolate_its_shares() -> None:
    assert "The strategy double: vars.strategy says so." in text_of(render())
    assert "a second one stands beside it" in text_of(render())
    assert "were tried" not in text_of(render())
    shares = [Scored(0.3, 80.1, 70.2, 93.4)]
    text = text_of(render(choice=Choice("interpolate", "interpolate", "So.", [], shares)))
    assert "0.3 80.1 70.2 93.4" in text


def test_what_dev_says_of_shared_labels_stands_in_the_page() -> None:
    assert "share: whose word counts" not in text_of(render())
    tried = [
        SharedTrial(["ORG"], wins=False, shared_f=71.2, retained_f=99.0, taken=False),
        SharedTrial([], wins=True, shared_f=74.4, retained_f=98.8, taken=True),
    ]
    text = text_of(render(choice=Choice("double", "double", "So.", [], [], tried)))
    assert "ORG base wins 71.2 99.0 none taken annotators win 74.4 98.8" in text


PLACES = {
    "text of a change": {"examples": Examples([change(text=HOSTILE)], [])},
    "label of a change": {"examples": Examples([change(label=HOSTILE)], [])},
    "text of an error": {"examples": Examples([], [error(text=HOSTILE)])},
    "label of an error": {"examples": Examples([], [error(label=HOSTILE)])},
    "label": {"of": evaluation(retained_labels={HOSTILE: row()})},
    "confused label": {
        "of": evaluation(confusion=[Confusion(HOSTILE, "PLANT", "gold", 1)]),
    },
    "annotator": {
        "conversion": {
            "agreement": [
                {**PAIR, "annotators": ["ada", HOSTILE], "label": None, "exact": 1, "partial": 1}
            ]
        }
    },
    "region": {"conversion": {"regions": [{"task": 7, "text": HOSTILE, "reason": "blank"}]}},
    "warning": {"conversion": {"warnings": [HOSTILE]}},
    "entities": {"conversion": {"labels": {"counts": {HOSTILE: 3}}}},
    "var": {"inputs": {"vars": {"name": HOSTILE}, "inputs": {}}},
}


@pytest.mark.parametrize("place", PLACES)
def test_no_text_becomes_markup(place: str) -> None:
    page = Page(render(**PLACES[place]))
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    # Around the marked part of a text stand others; the figures shorten a long label.
    shown = re.sub(r"\s+", " ", page.text)
    assert HOSTILE in shown or HOSTILE[:4] + " PLANT" + HOSTILE[4:] in shown


def test_displacy_escapes_text_and_we_escape_labels() -> None:
    text = "<b>Ada</b> & co"
    html = render_entities(text, [CharSpan(3, 6, "<i>PERSON")], annotated=[])
    assert Page(html).text.split() == ["<b>", "Ada", "<i>PERSON</b>", "&", "co"]
    assert "<i>" not in html


def test_the_page_needs_nothing_beside_itself() -> None:
    html = render()
    outside = {"link", "script", "img", "iframe", "object", "embed", "base", "form", "use", "image"}
    page = Page(html)
    assert not outside & {tag for tag, _ in page.tags}
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {"src", "href", "xlink:href", "action"} & names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"@import|url\(", html)


def test_the_figures_take_the_colour_of_the_page() -> None:
    svgs = re.findall(r"<svg.*?</svg>", render(), flags=re.DOTALL)
    assert len(svgs) == 3
    for svg in svgs:
        fills = re.findall(r'<text[^>]*fill="([^"]+)"', svg)
        assert fills
        assert set(fills) <= {"currentColor"}
        assert not re.search(r'(fill|stroke)="(#|black|white|rgb)', svg)


def test_machine_paths_stay_out_and_hashes_are_there() -> None:
    html = render()
    assert "/home/x" not in html
    assert "a.json" in html
    assert 64 * "a" in html


def test_gains_and_losses_stand_in_the_tables() -> None:
    text = " ".join(Page(render()).text.split())
    assert "GPE 120 85.0 70.0 86.0 +1.0 −0.8 to +2.5" in text
    assert "ORG 200 80.0 5.0 79.5 −0.5 −0.9 to +0.2" in text
    assert "rehearsal test 100 5,000 20.00 (100) 4.00 (20)" in text


def test_errors_are_sorted_and_what_cannot_be_told_is_no_zero() -> None:
    text = text_of(render())
    assert "Spurious there is nothing 1,234 1,234 1,234" in text
    assert "New taken for old a new one, found as the base’s – – –" in text
    assert "Partial the same; an overlap counts one half 80.0 80.0 80.0" in text
    assert "Missed, gold test: 1 of 21" in text


def test_the_heat_map_has_the_labels_that_are_confused_and_says_what_is_silver() -> None:
    heat = heat_map(evaluation().gold.analysis["update"].confusion, evaluation())
    assert heat is not None
    assert list(heat.columns) == ["It is ↓ found as →", "PLANT", "GPE", "ORG", "no entity"]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in heat.rows}
    assert rows == {
        "PLANT": ["93", "", "", "21"],
        "GPE": ["7", "", "", ""],
        "ORG": ["6", "", "", ""],
        "no entity": ["1,234", "", "", ""],
    }
    assert {row[0].text: row[0].detail for row in heat.rows}["ORG"] == "by the base"
    assert [(cell.kind, cell.share) for cell in heat.rows[0][1:]] == [
        ("right", 82),
        ("wrong", 0),
        ("wrong", 0),
        ("wrong", 18),
    ]


def test_without_confused_labels_there_is_a_sentence_instead_of_a_heat_map() -> None:
    retained = evaluation().retained_gold
    assert retained is not None
    assert heat_map(retained.analysis["update"].confusion, evaluation()) is None
    assert "The update takes no label for another." in text_of(render())


def test_classes_are_called_so_and_have_no_borders() -> None:
    of = replace(evaluation(negative_text=(3, 1)), component="textcat")
    text = text_of(render(of, conversion={**CONVERSION, "component": "textcat"}))
    report = text[text.index("Gain and loss") : text.index("Examples of the update")]
    assert "Label Classes Base Naive Update" in report
    assert "span" not in report.lower()
    assert "boundary" not in report
    assert "When is a span right?" not in text
    assert "Classes in gold PLANT 412" in text


def test_the_conversion_is_told_in_words() -> None:
    text = text_of(render())
    assert "Entities in gold PLANT 412" in text
    assert "Annotated texts train 210 dev 30 test 60" in text
    assert "only drafts" not in text  # none
    assert "ada and bob all labels 14 93 67.5 80.0" in text
    assert "ada and bob PEST 14 0 – –" in text
    assert "7 PLANT oak falls within a token" in text
    assert "Warning: No labelling configuration was given." in text


def test_without_a_second_annotator_the_page_says_so() -> None:
    text = text_of(render(conversion=CONVERSION | {"agreement": []}))
    assert "No text was annotated by two people" in text


def test_of_many_annotators_only_all_labels_are_shown() -> None:
    rows = [
        {**PAIR, "annotators": ["a", str(other)], "label": label, "exact": 1.0, "partial": 1.0}
        for other in range(30)
        for label in (None, "PLANT")
    ]
    table = agreement_table({"agreement": rows})
    assert table is not None
    assert [row[1].text for row in table.rows] == ["all labels"] * 30
    assert "conversion.json" in table.note


def test_changes_are_grouped_with_their_number() -> None:
    assert "Worse than the base: 1 of 9" in text_of(render())


def test_agreement_is_never_called_accuracy() -> None:
    text = Page(render(evaluation(retained=None))).text
    assert "Agreement with the base" in text
    assert "accura" not in text.lower()


def test_without_gold_texts_labels_and_changes_there_is_still_a_page() -> None:
    bare = evaluation(retained=None, new=None)
    text = text_of(render(bare, examples=Examples([], []), conversion={}, inputs={}))
    assert "no gold to tell" in text
    assert "Base and update find the same" in text
    assert "The conversion has no counters" in text


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    write_record(tmp_path / "evaluation.json", evaluation())
    write_record(tmp_path / "examples.json", Examples([change("Röst <3 on basil\nor so")], []))
    srsly.write_json(tmp_path / "conversion.json", CONVERSION)
    srsly.write_json(tmp_path / "rehearsal.json", REHEARSAL)
    srsly.write_json(tmp_path / "inputs.json", INPUTS)
    write_choice(tmp_path / "strategy.json", CHOICE)
    main(
        tmp_path / "evaluation.json",
        tmp_path / "examples.json",
        tmp_path / "conversion.json",
        tmp_path / "rehearsal.json",
        tmp_path / "inputs.json",
        tmp_path / "strategy.json",
        tmp_path / "report.html",
    )
    assert "Röst" in (tmp_path / "report.html").read_text(encoding="utf8")
