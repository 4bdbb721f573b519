"""The editor of a real server in a real browser: what is pushed is seen, what is drawn is gold."""

import os
import secrets
from pathlib import Path

import pytest
import spacy

from scripts.pull import pull
from scripts.push import push
from tests.browser.chromium import find_chromium
from tests.browser.devtools import Page, open_page

from .conversions import convert_pulled
from .projects import make_project, studio
from .server import Server, sign_up

pytestmark = [
    pytest.mark.live,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on PATH (apt install chromium)"),
]
TEXT = "👩‍🌾🌱 Ada waters basil 𝒳 and 🏳️‍🌈 thyme in Delft."
MARKED = "[...document.querySelectorAll('.htx-highlight')]"
REGIONS = f"{MARKED}.map(one => one.textContent).join('|')"
# Where a part of the shown text begins and ends in the window.
PLACE = """(() => {{
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {{
    const start = node.data.indexOf({word!r});
    if (start < 0 || !node.parentElement.closest({inside!r})) continue;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + {word!r}.length);
    const box = range.getBoundingClientRect();
    const y = box.top + box.height / 2;
    return [{{x: box.left + 1, y}}, {{x: box.right - 1, y}}];
  }}
  return null;
}})()"""
SUBMIT = "button[aria-label='Submit current annotation']"


def place(page: Page, word: str, inside: str) -> list[dict[str, float]]:
    """The two ends of a word that is shown inside some element."""
    found: list[dict[str, float]] = page.wait_for(PLACE.format(word=word, inside=inside))
    return found


def test_a_pushed_region_is_seen_and_a_drawn_one_becomes_gold(
    label_studio: Server, tmp_path: Path
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(  # type: ignore[attr-defined]
        [{"label": "PLANT", "pattern": "basil"}, {"label": "PLACE", "pattern": "Delft"}]
    )
    project, (task,) = make_project(label_studio.client(), [TEXT], "To draw in")
    connected = studio(label_studio)
    assert push(connected, project, nlp, "rules-1.0.0", output=tmp_path).created == 1
    cookies = sign_up(label_studio, f"editor-{secrets.token_hex(4)}@example.com")

    url = f"{label_studio.url}/projects/{project}/data?task={task}"
    with open_page(tmp_path / "chromium", cookies, url) as page:
        page.wait_for(f"{REGIONS} == 'basil|Delft' && !!document.querySelector(\"{SUBMIT}\")")
        page.click(place(page, "PLANT", ".lsf-labels")[0])
        page.drag(*place(page, "thyme", "[class*=richtext]"))
        page.wait_for(f"{REGIONS} == 'basil|thyme|Delft'")
        picture = Path(os.environ.get("PICTURES", tmp_path)) / "editor.png"  # docs/images has it
        page.picture(picture)
        assert picture.read_bytes().startswith(b"\x89PNG")
        page.click(
            page.wait_for(
                f"(box => ({{x: box.x + box.width / 2, y: box.y + box.height / 2}}))"
                f'(document.querySelector("{SUBMIT}").getBoundingClientRect())'
            )
        )
        page.wait_for(f'!document.querySelector("{SUBMIT}")')

    assert pull(connected, project, tmp_path).pulled.annotated == 1
    report, docs = convert_pulled(tmp_path)
    assert report["spans"]["code_points"] == report["spans"]["entities"] == 3
    assert [(ent.text, ent.start_char, ent.label_) for ent in docs[TEXT].ents] == [
        ("basil", TEXT.index("basil"), "PLANT"),
        ("thyme", TEXT.index("thyme"), "PLANT"),
        ("Delft", TEXT.index("Delft"), "Town"),
    ]
