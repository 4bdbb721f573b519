"""The components that there are."""

from spacy.language import Language

from .kind import Kind
from .ner import NER
from .pos import POS
from .spancat import SPANCAT
from .tagger import TAGGER
from .textcat import TEXTCAT, TEXTCAT_MULTILABEL

KINDS = {kind.component: kind for kind in (NER, TEXTCAT, TEXTCAT_MULTILABEL, SPANCAT, TAGGER, POS)}


def find_kind(component: str) -> Kind:
    """The kind of a component, by the value of the var."""
    return KINDS[component]


def kinds_in(nlp: Language) -> list[Kind]:
    """The kinds of which a pipeline has a component that is on.

    `textcat` and `textcat_multilabel` write their scores into one place: of both, the second kind
    reads them all. What most pipelines have is among the answers where annotators have taught some,
    or where there is nothing else.
    """
    there = {nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}
    found = [kind for kind in KINDS.values() if there & set(kind.factories)]
    if len(found) > 1:
        found = [kind for kind in found if not kind.usual or there & {*kind.companions}]
    return list({kind.scores: kind for kind in found}.values())
