"""The page of insight: what it says, and that it needs and runs nothing."""

import re
from dataclasses import replace

from scripts.insights.records import Proposal
from scripts.reporting.insight_page import expected_f, render_insight
from tests.small_insights import insight

HOSTILE = "<script>alert(1)</script> & <img src=x>"


def test_it_opens_with_whether_more_is_worth_it() -> None:
    page = render_insight(insight())
    verdict = re.search(r'<p class="verdict (\w+)">(.*?)</p>', page)
    assert verdict
    assert verdict[1] == "pass"
    assert verdict[2].startswith("Half as many annotated texts again (94 more)")
    assert page.count("<svg") == 1


def test_all_texts_are_escaped() -> None:
    page = render_insight(insight(HOSTILE))
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") > 5
    assert "http:" not in re.sub(r'xmlns(:\w+)?="[^"]+"', "", page)


def test_errors_labels_and_texts_to_annotate_are_there() -> None:
    page = render_insight(insight("oak tree"))
    for part in ("borders, 0.90; task 7", "certainty 0.31; tasks 8, x", "50.0"):
        assert part in page
    assert "Tasks of the project that nobody has annotated" in page


def test_without_errors_and_texts_it_says_so() -> None:
    bare = replace(
        insight(), disagreements=[], probable=0, proposal=Proposal("v", "none", 0, []), warnings=[]
    )
    page = render_insight(bare)
    assert "no place where the model is surer" in page
    assert "no text that was neither annotated nor trained on" in page


def test_the_line_is_the_law() -> None:
    curve = insight().curve
    assert expected_f(curve, 1.0) == 100 * (1 - 0.1 - 0.32)
    assert expected_f(curve, 1.5) > expected_f(curve, 1.0)
