"""Markdown: tables, names and sentences in which nothing has another meaning."""

from collections.abc import Iterable


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(name: str) -> str:
    """A name in Markdown's code style, in which nothing else has a meaning."""
    return f"`{name.replace('`', chr(39))}`"


def plain(text: str) -> str:
    """A sentence with labels in it, which may look like HTML."""
    return text.replace("<", "&lt;")
