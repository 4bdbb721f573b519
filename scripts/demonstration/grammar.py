"""Texts with annotated spans, written at random from patterns with slots."""

import functools
import hashlib
import itertools
import random
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import srsly

# What a pattern is made of: a slot, the brackets and bars of a choice, plain text.
TOKEN = re.compile(r"\{(?P<slot>\w+)\}|(?P<mark>[\[\]|])|(?P<text>[^{}\[\]|]+)")
ARTICLE = re.compile(r"(^|\W)([Aa]) $")
VOWELS = tuple("aeioAEIO")


def seeded(*key: object) -> random.Random:
    """A generator that gives the same numbers for the same key, on every machine."""
    return random.Random(" ".join(map(str, key)))  # noqa: S311 (no secret is made of them)


class AnnotatedSpan(NamedTuple):
    """Offsets in code points of the text, `end` exclusive."""

    start: int
    end: int
    label: str


class AnnotatedText(NamedTuple):
    """A text, its entities in their order, and the group of patterns that it comes from."""

    text: str
    spans: tuple[AnnotatedSpan, ...]
    group: str


class Grammar(NamedTuple):
    """names, words: list -> what stands in it; the names are divided among the splits.

    rules: slot -> ways to fill it. entities: slot -> label.
    """

    names: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, tuple[str, ...]]
    entities: Mapping[str, str]


class Slot(NamedTuple):
    """A place in a pattern that a rule or a list fills."""

    name: str


class Choice(NamedTuple):
    """A place in a pattern with several ways to go on."""

    ways: tuple["Pattern", ...]


Pattern = tuple[str | Slot | Choice, ...]


class Piece(NamedTuple):
    """A stretch of written text, with a label if it is an entity."""

    text: str
    label: str | None = None


def read_patterns(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a YAML mapping of names to blocks with a pattern a line."""
    return {name: tuple(block.splitlines()) for name, block in srsly.read_yaml(path).items()}


def read_lists(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a YAML mapping of names to blocks with commas."""
    return {
        name: tuple(" ".join(item.split()) for item in block.split(","))
        for name, block in srsly.read_yaml(path).items()
    }


def read_grammar(folder: Path) -> Grammar:
    """Read a grammar's rules, names and words."""
    rules = srsly.read_yaml(folder / "rules.yml")
    return Grammar(
        names=read_lists(folder / "names.yml") | read_lists(folder / "plants.yml"),
        words=read_lists(folder / "words.yml"),
        rules={name: tuple(block.splitlines()) for name, block in rules["rules"].items()},
        entities=rules["entities"],
    )


def part_of(name: str, shares: Mapping[str, float]) -> str:
    """The part that a name's hash gives it; the shares of the parts are 1 in all."""
    place = int(hashlib.sha256(name.encode("utf8")).hexdigest()[:8], 16) / 2**32
    limits = itertools.accumulate(shares.values())
    return next(part for part, limit in zip(shares, limits, strict=True) if place < limit)


def keep_names(grammar: Grammar, parts: set[str], shares: Mapping[str, float]) -> Grammar:
    """The grammar with the names of some parts only."""
    return grammar._replace(
        names={
            key: tuple(name for name in names if part_of(name, shares) in parts)
            for key, names in grammar.names.items()
        }
    )


@functools.cache
def parse(pattern: str) -> Pattern:
    """Parse a pattern. Raises ValueError when its brackets are not in order."""
    tokens = list(TOKEN.finditer(pattern))
    if "".join(token[0] for token in tokens) != pattern:
        raise ValueError(f"A brace without a slot: {pattern}")
    ways, rest = _parse_ways(tokens)
    if rest or len(ways) != 1:
        raise ValueError(f"A bracket or a bar that belongs to no choice: {pattern}")
    return ways[0]


def _parse_ways(tokens: list[re.Match[str]]) -> tuple[list[Pattern], list[re.Match[str]]]:
    """Ways up to the bracket that closes them, and the tokens from that bracket on."""
    ways: list[list[str | Slot | Choice]] = [[]]
    while tokens and tokens[0][0] != "]":
        token, *tokens = tokens
        if token["slot"]:
            ways[-1].append(Slot(token["slot"]))
        elif token["text"]:
            ways[-1].append(token["text"])
        elif token["mark"] == "|":
            ways.append([])
        else:
            inner, tokens = _parse_ways(tokens)
            if not tokens:
                raise ValueError("A choice that is not closed.")
            ways[-1].append(Choice(tuple(inner)))
            tokens = tokens[1:]
    return [tuple(way) for way in ways], tokens


def expand(grammar: Grammar, pattern: Pattern, rng: random.Random) -> list[Piece]:
    """Fill the slots of a pattern. What stands inside an entity is no entity of its own."""
    pieces: list[Piece] = []
    for part in pattern:
        if isinstance(part, str):
            pieces.append(Piece(part))
        elif isinstance(part, Choice):
            pieces.extend(expand(grammar, rng.choice(part.ways), rng))
        elif names := grammar.names.get(part.name) or grammar.words.get(part.name):
            pieces.append(Piece(rng.choice(names)))
        else:
            way = rng.choice(grammar.rules[part.name])
            inner = expand(grammar, parse(way), rng)
            label = grammar.entities.get(part.name)
            whole = [Piece("".join(piece.text for piece in inner), label)]
            pieces.extend(whole if label else inner)
    return pieces


def write_sentence(grammar: Grammar, pattern: str, rng: random.Random) -> list[Piece]:
    """A sentence from a pattern: "a" becomes "an" before a vowel, the first letter a capital.

    A pattern that begins with a small letter keeps it.
    """
    pieces = expand(grammar, parse(pattern), rng)
    for i, (piece, following) in enumerate(itertools.pairwise(pieces)):
        if ARTICLE.search(piece.text) and following.text.lstrip("'").startswith(VOWELS):
            pieces[i] = Piece(f"{piece.text.rstrip()}n ", piece.label)
    first = pieces[0]
    if not pattern[0].islower():
        pieces[0] = Piece(first.text[:1].upper() + first.text[1:], first.label)
    return pieces


def join(pieces: Iterable[Piece], group: str) -> AnnotatedText:
    """Put pieces together to a text with spans."""
    text, spans = "", []
    for piece in pieces:
        if piece.label:
            spans.append(AnnotatedSpan(len(text), len(text) + len(piece.text), piece.label))
        text += piece.text
    return AnnotatedText(text, tuple(spans), group)
