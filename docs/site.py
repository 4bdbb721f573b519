"""What MkDocs does here beside building: sections of README.md become pages, links find them.

So nothing stands in two places. README.md is read where it is; a link to one of its sections, or to
a file of the repository outside this folder, goes to the page that holds it or becomes plain text.
"""

import posixpath
import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# A page of the site and the section of README.md that it is.
SECTIONS = {
    "real-run.md": "A real run",
    "reference/inputs.md": "What goes in",
    "reference/vars.md": "All vars",
    "reference/files.md": "What comes out",
    "reference/commands.md": "Commands",
    "reference/settings.md": "The ML backend",
    "how-it-remembers.md": "How it remembers",
    "promises.md": "What it promises, and what not",
    "public-example.md": "An example with public data",
    "troubleshooting.md": "When something goes wrong",
    "reproducibility.md": "Reproducibility",
}
WHOLE = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
QUOTED = re.compile(r"^<!-- section: (\S+), ([^>]+) -->$", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|mailto:|#)([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    """A section with the ones below it, its own heading at the first level.

    Raises ValueError when there is none of this title.
    """
    bare = FENCE.sub(lambda block: "~" * len(block[0]), text)  # a comment of a shell is no heading
    headings = [(found.start(), len(found[1]), found[2]) for found in HEADING.finditer(bare)]
    for number, (start, level, name) in enumerate(headings):
        if name == title:
            ends = [at for at, other, _ in headings[number + 1 :] if other <= level]
            found = text[start : ends[0] if ends else len(text)]
            return re.sub(rf"^#{{{level - 1}}}(?=#)", "", found, flags=re.MULTILINE)
    raise ValueError(f"There is no section {title!r}; docs/site.py names it")


def anchor(title: str) -> str:
    """The name by which GitHub links to a section."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def target(link: str, source: str) -> str | None:
    """Where a link leads in the site, from the site's root; None where that is no page of it.

    link: as it stands in the page. source: the file that the page is made of, from the
    repository's root.
    """
    path, _, fragment = link.partition("#")
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if whole == "README.md":
        pages = {anchor(title): page for page, title in SECTIONS.items()}
        return pages.get(fragment, "index.md")
    made = {of: page for page, of in WHOLE.items()}
    if whole in made:
        return made[whole]
    inside = whole.removeprefix("docs/") if whole.startswith("docs/") else None
    return f"{inside}#{fragment}" if inside and fragment else inside


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that README.md and its neighbours are."""
    root = posixpath.dirname(str(config.config_file_path))
    with open(posixpath.join(root, "README.md"), encoding="utf8") as file:
        readme = file.read()
    for page, title in SECTIONS.items():
        files.append(File.generated(config, page, content=section(readme, title)))
    for page, name in WHOLE.items():
        with open(posixpath.join(root, name), encoding="utf8") as file:
            files.append(File.generated(config, page, content=file.read()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Quote sections of other pages, and let the links of a page lead to pages of the site."""
    uri = page.file.src_uri

    def quote(found: re.Match[str]) -> str:
        with open(posixpath.join(config.docs_dir, found[1]), encoding="utf8") as file:
            return section(file.read(), found[2]).partition("\n")[2].strip()

    markdown = QUOTED.sub(quote, markdown)
    source = "README.md" if uri in SECTIONS else WHOLE.get(uri, f"docs/{uri}")

    def rewrite(found: re.Match[str]) -> str:
        text, link = found[1], found[2]
        where = target(link, source)
        if where is None:  # a file of the repository that is no page
            return text if "`" in text else f"`{text}`"
        return f"[{text}]({posixpath.relpath(where, posixpath.dirname(uri) or '.')})"

    return LINK.sub(rewrite, markdown)
