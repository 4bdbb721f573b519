"""The documents: as a site, and which commands in them are run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT, Block, commands, read_blocks

NOTES = ("", "run with Label Studio", "run until it answers", "run as a build server does")
SHELL = re.compile(r"^(?:[A-Z_]+=\S+ )*(?:python|pip|make|spacy|docker|export|git|curl) ", re.M)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCKS = [block for page in PAGES for block in read_blocks(page)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_block_of_commands_is_marked_as_such(block: Block) -> None:
    """So that it is run, or says why not."""
    if block.kind == "":
        assert not SHELL.search(block.text), "fence it as bash"
    if block.kind == "bash":
        assert block.note in NOTES or re.fullmatch(r"not run: \S.{10,}", block.note)


def test_most_blocks_are_run() -> None:
    run = [block for note in NOTES for block in commands(note)]
    assert len(run) >= 15
    assert len(run) >= sum(block.kind == "bash" for block in BLOCKS) / 2


def anchors(page: Path) -> set[str]:
    """By which GitHub, and MkDocs, link to the headings of a page."""
    bare = (re.sub(r"[^\w -]", "", found.lower()) for found in HEADING.findall(page.read_text()))
    return {found.replace(" ", "-") for found in bare}


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=lambda page: page.name
)
def test_a_page_links_to_what_is_there(page: Path) -> None:
    """Where it is read as a file, too, without the pages that the site makes of README.md."""
    for link, fragment in LINK.findall(page.read_text(encoding="utf8")):
        to = page.parent / link if link else page
        assert to.exists(), link
        assert not fragment or fragment in anchors(to), f"{link}#{fragment}"


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="needs requirements-docs.txt")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = (tmp_path / "reference" / "functions" / "index.html").read_text(encoding="utf8")
    assert "create_aware_reader" in shown
    shown = (tmp_path / "reference" / "vars" / "index.html").read_text(encoding="utf8")
    assert "rehearsal_ratio" in shown


@pytest.mark.parametrize("picture", sorted(Path("docs").rglob("*.png")), ids=str)
def test_a_picture_is_small_and_shown(picture: Path) -> None:
    assert picture.stat().st_size < 200_000
    assert any(picture.name in page.read_text(encoding="utf8") for page in PAGES)
