"""Parts of speech: whatever makes them in a base, a second tagger stands behind it."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from scripts.beside import POS_TAGGER, HoldPos, MergePos, PosTagger
from scripts.evaluation.scores import CharSpan
from scripts.kinds.kind import Claims
from scripts.kinds.known import kinds_in
from scripts.kinds.ner import NER
from scripts.kinds.pos import POS, UNIVERSAL
from scripts.kinds.resuming import resume
from scripts.project.errors import UserError
from scripts.project.settings import parse_value
from scripts.training.beside import describe_other
from tests.small_tokens import make_morphologizer, make_tagger

TEXT = "We visit New  York."


def make(*parts: str) -> Doc:
    doc = spacy.blank("en").make_doc(TEXT)
    for token, pos in zip(doc, parts, strict=False):
        token.pos_ = pos
    return doc


def parts(doc: Doc) -> list[str]:
    return [token.pos_ for token in doc]


def pos_tagger(nlp: Language, *names: str) -> PosTagger:
    """A tagger that is added to a pipeline, initialized for these parts of speech."""
    model = Language.get_factory_meta("tagger").default_config["model"]
    tagger = nlp.add_pipe(POS_TAGGER, config={"model": model})
    assert isinstance(tagger, PosTagger)
    for name in names:
        tagger.add_label(name)
    nlp.initialize(lambda: [Example(nlp.make_doc(TEXT), make(*names))])
    return tagger


def test_tokens_have_the_parts_of_speech_that_somebody_vouches_for() -> None:
    doc = make()
    found = [CharSpan(0, 2, "PRON"), CharSpan(3, 8, "VERB"), CharSpan(9, 18, "PROPN")]
    POS.write(doc, Claims([*found, CharSpan(3, 8, "NOUN")]), ["NOUN", "PRON", "PROPN", "VERB"])
    assert parts(doc) == ["PRON", "", "PROPN", "PROPN", "PROPN", ""]
    assert POS.unknown(doc) == [(3, 8), (18, 19)]
    assert [span.label for span in POS.read(doc)] == ["PRON", "PROPN", "PROPN"]  # no whitespace
    assert POS.teaches(doc)
    assert not POS.teaches(make())


def test_a_label_that_is_no_part_of_speech_is_refused() -> None:
    with pytest.raises(UserError, match="NN is no universal part of speech") as refused:
        POS.write(make(), Claims(), ["NN", "NOUN"])
    assert "component tagger" in refused.value.remedy
    assert len(UNIVERSAL) == 17
    with pytest.raises(UserError) as refused:
        parse_value("component", "morphologizer")
    assert "component pos" in refused.value.remedy


@pytest.mark.parametrize(
    ("base", "labels", "start"),
    [
        (make_tagger, ["ADJ", "ADV", "NOUN", "PRON", "PUNCT", "VERB"], "tagger"),
        (make_morphologizer, ["ADJ", "ADV", "NOUN", "PRON", "PUNCT", "VERB"], "morphologizer"),
        (lambda: spacy.blank("en"), [], None),
    ],
)
def test_a_base_has_those_that_its_components_make(
    base: object, labels: list[str], start: str | None, tmp_path: Path
) -> None:
    assert callable(base)
    nlp = base()
    nlp.to_disk(tmp_path)
    found = describe_other(nlp, tmp_path, "base", "pos")
    assert found.labels == labels
    assert found.recognizers == ([start] if start else [])
    assert found.entity_components == nlp.pipe_names


def test_it_goes_on_from_all_layers_but_the_last_of_what_made_tags(tmp_path: Path) -> None:
    base = make_tagger()
    base.to_disk(tmp_path)
    nlp = spacy.blank("en")
    block = dict(base.get_pipe_config("tagger"))
    POS.fit(block, [], [], [])
    nlp.add_pipe(block["factory"], name="pos", config={"model": block["model"]})
    nlp.get_pipe("pos").add_label("NOUN")
    nlp.initialize(lambda: [Example(nlp.make_doc(TEXT), make("NOUN"))])
    resume("pos", tmp_path, "tagger")(nlp)
    ours, theirs = (pipeline.get_pipe(n).model for pipeline, n in ((nlp, "pos"), (base, "tagger")))
    below = ours.get_ref("tok2vec").to_bytes()
    assert below == theirs.get_ref("tok2vec").to_bytes()


def test_a_token_without_one_teaches_nothing() -> None:
    nlp = spacy.blank("en")
    tagger = pos_tagger(nlp, "PRON", "VERB")
    examples = [Example(nlp.make_doc(TEXT), make("PRON", "", "VERB"))]
    scores = tagger.model.predict([examples[0].predicted])
    _, gradients = tagger.get_loss(examples, scores)
    assert gradients[0].any(axis=1).tolist() == [True, False, True, False, False, False]


def test_it_writes_no_tags_and_leaves_whitespace_alone() -> None:
    nlp = spacy.blank("en")
    pos_tagger(nlp, "PRON")
    doc = make("VERB", "VERB", "VERB", "SPACE", "VERB", "VERB")
    doc[0].tag_ = "PRP"
    assert parts(nlp(doc)) == ["PRON", "PRON", "PRON", "SPACE", "PRON", "PRON"]
    assert [token.tag_ for token in doc] == ["PRP", *[""] * 5]
    assert nlp.evaluate([Example(nlp.make_doc(TEXT), make("PRON", "PRON", "X"))])["pos_acc"] < 1


def test_each_has_the_say_in_its_parts_of_speech() -> None:
    doc = HoldPos("held")(make("PRON", "VERB", "NOUN", "SPACE", "PROPN", "PUNCT"))
    for token, pos in zip(doc, ["X", "NOUN", "ADJ", "SPACE", "ADJ", "X"], strict=True):
        token.pos_ = pos
    doc = MergePos("held", frozenset({"NOUN"}))(doc)
    # visit: NOUN by the second; New: the first says NOUN, which the second denies.
    assert parts(doc) == ["PRON", "NOUN", "ADJ", "SPACE", "PROPN", "PUNCT"]
    assert not doc.user_data


def test_they_are_answers_of_a_pipeline_that_was_taught_some() -> None:
    nlp = make_tagger()
    nlp.add_pipe("ner")
    assert kinds_in(nlp) == [NER]
    pos_tagger(nlp, "NOUN")
    assert kinds_in(nlp) == [NER, POS]
