import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.evaluation.records import Change, Evaluation, write_record
from scripts.evaluation.scores import CharSpan
from scripts.release.thresholds import Thresholds
from scripts.report import main, render_report
from scripts.reporting.renderings import render_entities
from tests.evaluations import evaluation, row

HOSTILE = '<script>alert("x")</script> & <img src=x onerror=alert(1)>'
CONVERSION = {
    "labels": {"annotated": ["PLANT"], "counts": {"PLANT": 412}},
    "tasks": {"annotated": 300, "cancelled": 4},
    "splits": {"train": 210, "dev": 30, "test": 60},
    "agreement": [{"annotators": ["1", "2"], "label": "PLANT", "exact": 0.6754321}],
    "regions": [{"task": 7, "text": HOSTILE, "reason": "not on token boundaries"}],
}
INPUTS = {
    "vars": {"strategy": "double", "seed": 0, "label_map": None},
    "inputs": {"export": {"export": {"files": [{"path": "/home/x/a.json", "sha256": 64 * "a"}]}}},
}


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
        "changes": [change()],
        "conversion": CONVERSION,
        "inputs": INPUTS,
        "thresholds": Thresholds(),
    }
    return render_report(**parts | changes)


def change(text: str = "Rust on basil.", label: str = "PLANT") -> Change:
    span = CharSpan(0, 4, label)
    return Change("gold test", "loss", text, [], [span], [span])


def test_the_page_says_the_verdict_first() -> None:
    page = Page(render())
    sentence = "This update learns PLANT and keeps ORG and PERSON. Release: pass."
    assert sentence in page.text
    assert page.text.index(sentence) < page.text.index("Gain and loss")


def test_a_refused_update_is_shown_as_refused() -> None:
    html = render(evaluation(retained=row(change=(-60, -50))))
    assert '<p class="verdict fail">' in html
    assert "Release: refused" in html


@pytest.mark.parametrize("place", ["text", "label", "conversion", "vars", "evaluation label"])
def test_no_text_becomes_markup(place: str) -> None:
    html = render(
        evaluation(retained_labels={HOSTILE: row()} if place == "evaluation label" else None),
        changes=[
            change(text=HOSTILE if place == "text" else "basil"),
            change(label=HOSTILE if place == "label" else "PLANT"),
        ],
        conversion=CONVERSION if place == "conversion" else {},
        inputs={"vars": {"name": HOSTILE}, "inputs": {}} if place == "vars" else INPUTS,
    )
    page = Page(html)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    # The figures shorten a long label, the page around them does not.
    assert HOSTILE in re.sub(r"\s+", " ", page.text.replace("alert(1)> PLANT", "alert(1)>"))


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
    assert len(svgs) == 2
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
    assert "counts: PLANT 412" in text
    assert "1, 2 PLANT 0.675" in text


def test_agreement_is_never_called_accuracy() -> None:
    text = Page(render(evaluation(retained=None))).text
    assert "Agreement with the base" in text
    assert "accura" not in text.lower()


def test_without_gold_texts_labels_and_changes_there_is_still_a_page() -> None:
    bare = evaluation(retained=None, new=None)
    text = Page(render(bare, changes=[], conversion={}, inputs={})).text
    assert "no gold to tell" in text
    assert "Base and update find the same" in text
    assert "The conversion has no counters" in text


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    write_record(tmp_path / "evaluation.json", evaluation())
    write_record(tmp_path / "changes.json", [change("Röst <3 on basil\nor so")])
    srsly.write_json(tmp_path / "conversion.json", CONVERSION)
    srsly.write_json(tmp_path / "inputs.json", INPUTS)
    main(
        tmp_path / "evaluation.json",
        tmp_path / "changes.json",
        tmp_path / "conversion.json",
        tmp_path / "inputs.json",
        tmp_path / "report.html",
    )
    assert "Röst" in (tmp_path / "report.html").read_text(encoding="utf8")
