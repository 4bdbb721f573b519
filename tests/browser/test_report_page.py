"""The report in a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest

from scripts.evaluation.records import Change, Confusion, ErrorExample, Evaluation, Examples
from scripts.evaluation.scores import CharSpan
from scripts.release.thresholds import Thresholds
from scripts.report import render_report
from scripts.training.records import Choice
from tests.browser.chromium import find_chromium, load_page
from tests.evaluations import evaluation, row

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on PATH (apt install chromium)"),
]
PHONE, DESK = 390, 1280
RUN = 'document.title="run"'
HOSTILE = f"<script>{RUN}</script><img src='http://elsewhere.test/x.png' onerror='{RUN}'>"
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 8
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def page_with(text: str, of: Evaluation) -> str:
    """A report in which all texts, labels and names beside the evaluation are this text."""
    span = CharSpan(0, len(text), text)
    pair = {"annotators": [text, "bob"], "texts": 1, "support": 2, "exact": 1.0, "partial": 1.0}
    region = {"task": 7, "label": text, "text": text, "reason": "blank", "done": "left out"}
    conversion: dict[str, Any] = {
        "labels": {"counts": {text: 3}},
        "agreement": [{**pair, "label": None}, {**pair, "label": text}],
        "regions": [region],
        "warnings": [text],
    }
    file = {"path": f"/home/x/{text.replace('/', '')}", "sha256": 64 * "a"}
    return render_report(
        evaluation=of,
        examples=Examples(
            [Change("gold test", "loss", text, [span], [], [span])],
            [ErrorExample("gold test", "update", "missed", text, span, "gold", None)],
        ),
        conversion=conversion,
        rehearsal={
            "raw_text": {"read": 2, text: 1},
            "rehearsal": {"train": 1},
            "refused": {text: text},
            "spans": {"wanted": 1, "found": {text: 0}},
        },
        inputs={"vars": {"name": text}, "inputs": {"export": file}},
        choice=Choice("auto", "double", text, [], []),
        thresholds=Thresholds(),
    )


def without_policy(page: str) -> str:
    """The page without what forbids scripts and addresses: its escaping alone has to do."""
    bare, count = POLICY.subn("", page)
    assert count == 1
    return bare


@pytest.mark.parametrize("protect", [str, without_policy])
def test_what_looks_like_a_script_is_shown_and_not_run(tmp_path: Path, protect: Any) -> None:
    hostile = evaluation(
        retained_labels={HOSTILE: row()}, confusion=[Confusion(HOSTILE, "PLANT", "gold", 1)]
    )
    loaded = load_page(protect(page_with(HOSTILE, hostile)), tmp_path, width=DESK)
    assert loaded.title == "Update of en_base: pass"
    assert loaded.scripts == 0
    assert loaded.text.count(HOSTILE) > 10
    assert loaded.fetched == []


def test_such_a_script_would_be_seen_to_run(tmp_path: Path) -> None:
    loaded = load_page(f"<title>pass</title><p>{HOSTILE}", tmp_path, width=DESK)
    assert loaded.title == "run"
    assert loaded.scripts == 1
    assert loaded.fetched == ["http://elsewhere.test/x.png"]


def test_the_policy_alone_stops_scripts(tmp_path: Path) -> None:
    found = POLICY.search(page_with("basil", evaluation()))
    assert found
    loaded = load_page(f"{found[0]}<title>pass</title><p>{HOSTILE}", tmp_path, width=DESK)
    assert (loaded.title, loaded.scripts) == ("pass", 1)


DIRECTIONS = """<script>
const texts = [...document.querySelectorAll(".entities")];
const seen = texts.map(one => getComputedStyle(one).direction);
const labels = [...document.querySelectorAll(".entities mark b")];
const apart = labels.every(one => getComputedStyle(one).unicodeBidi === "isolate");
document.title = `${[...new Set(seen)]} ${apart} ${getComputedStyle(document.body).direction}`;
</script>"""


@pytest.mark.parametrize(
    ("text", "direction"), [("سقى أحمد النعناع في 2019.", "rtl"), ("Anna gießt Rosmarin.", "ltr")]
)
def test_each_text_runs_as_its_letters_do(tmp_path: Path, text: str, direction: str) -> None:
    page = without_policy(page_with(text, evaluation())) + DIRECTIONS
    assert load_page(page, tmp_path, width=DESK).title == f"{direction} true ltr"


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_is_not_wider_than_the_window(tmp_path: Path, width: int) -> None:
    labels = [LONG, *(f"LABEL_{number}" for number in range(18))]
    many = evaluation(
        retained_labels={label: row() for label in labels},
        confusion=[
            Confusion(label, other, "gold", 12_345) for label in labels for other in (*labels, None)
        ],
    )
    loaded = load_page(page_with(LONG, many), tmp_path, width=width)
    assert loaded.width == width
    assert loaded.needed == width
    assert loaded.text.count(LONG) > 10
    assert loaded.text.split("\n\n")[1].startswith("This update learns PLANT and keeps")
