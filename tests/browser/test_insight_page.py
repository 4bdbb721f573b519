"""The page of insight in a real browser."""

from pathlib import Path

import pytest

from scripts.reporting.insight_page import render_insight
from tests.browser.chromium import find_chromium, load_page
from tests.small_insights import insight

from .test_report_page import DESK, HOSTILE, LONG, PHONE, without_policy

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on PATH (apt install chromium)"),
]


def test_what_looks_like_a_script_is_shown_and_not_run(tmp_path: Path) -> None:
    loaded = load_page(without_policy(render_insight(insight(HOSTILE))), tmp_path, width=DESK)
    assert loaded.title == "What the annotations are worth"
    assert loaded.scripts == 0
    assert loaded.text.count(HOSTILE) > 5
    assert loaded.fetched == []


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_is_not_wider_than_the_window(tmp_path: Path, width: int) -> None:
    loaded = load_page(render_insight(insight(LONG)), tmp_path, width=width)
    assert loaded.needed == loaded.width == width
    assert loaded.text.count(LONG) > 5
