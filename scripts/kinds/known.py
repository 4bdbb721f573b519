"""The components that there are."""

from .kind import Kind
from .ner import NER
from .spancat import SPANCAT
from .tagger import TAGGER
from .textcat import TEXTCAT, TEXTCAT_MULTILABEL

KINDS = {kind.component: kind for kind in (NER, TEXTCAT, TEXTCAT_MULTILABEL, SPANCAT, TAGGER)}


def find_kind(component: str) -> Kind:
    """The kind of a component, by the value of the var."""
    return KINDS[component]
