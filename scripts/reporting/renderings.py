"""Texts with their entities marked, as HTML."""

from collections.abc import Collection, Sequence
from html import escape

from markupsafe import Markup
from spacy import displacy

from ..evaluation.scores import CharSpan

# A label has a direction of its own: Latin letters stay in their order in an Arabic text.
ENTITY = '<mark class="{kind}">{text} <b dir="auto">{label}</b></mark>'
# displaCy would write "direction: ltr". What no browser knows as a direction leaves it to the page
# around, which has dir="auto": each text runs as its own letters do.
UNSET = "auto"


def render_entities(text: str, spans: Sequence[CharSpan], annotated: Collection[str]) -> Markup:
    """The text with its spans marked, labels of the label scheme unlike the others.

    displaCy escapes the text, but not the labels (spacy/displacy/render.py, render_ents).
    """
    marked, others = split_overlaps(spans)
    entities = [
        {
            "start": span.start,
            "end": span.end,
            "label": escape(span.label),
            "params": {"kind": "annotated" if span.label in annotated else "retained"},
        }
        for span in marked
    ]
    html = displacy.render(
        {"text": text, "ents": entities, "title": None, "settings": {"direction": UNSET}},
        style="ent",
        manual=True,
        minify=False,
        jupyter=False,
        options={"template": ENTITY},
    )
    more = "".join(
        ENTITY.format(
            kind="annotated" if span.label in annotated else "retained",
            text=escape(text[span.start : span.end]),
            label=escape(span.label),
        )
        for span in others
    )
    return Markup(html + more)  # noqa: S704 (all of the text in it is escaped)


def split_overlaps(spans: Sequence[CharSpan]) -> tuple[list[CharSpan], list[CharSpan]]:
    """The spans that can be marked in the text, in order, and those that overlap one of them."""
    marked: list[CharSpan] = []
    others: list[CharSpan] = []
    for span in sorted(spans):
        free = not marked or marked[-1].end <= span.start
        (marked if free else others).append(span)
    return marked, others
