"""Texts with their entities marked, as HTML."""

from collections.abc import Collection, Sequence
from html import escape

from markupsafe import Markup
from spacy import displacy

from ..evaluation.scores import CharSpan

ENTITY = '<mark class="{kind}">{text} <b>{label}</b></mark>'


def render_entities(text: str, spans: Sequence[CharSpan], annotated: Collection[str]) -> Markup:
    """The text with its spans marked, labels of the label scheme unlike the others.

    displaCy escapes the text, but not the labels (spacy/displacy/render.py, render_ents).
    """
    entities = [
        {
            "start": span.start,
            "end": span.end,
            "label": escape(span.label),
            "params": {"kind": "annotated" if span.label in annotated else "retained"},
        }
        for span in sorted(spans)
    ]
    html = displacy.render(
        {"text": text, "ents": entities, "title": None},
        style="ent",
        manual=True,
        minify=False,
        jupyter=False,
        options={"template": ENTITY},
    )
    return Markup(html)  # noqa: S704 (all of the text in it is escaped)
