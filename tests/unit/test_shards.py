"""Shards hold what `DocBin.add` would have put into them."""

from pathlib import Path

import numpy as np
import spacy
import srsly
from spacy.attrs import ENT_IOB, ENT_TYPE, NORM, ORTH, SENT_START, TAG
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab

from scripts.corpora.shards import Shard


def make_docs() -> list[Doc]:
    nlp = spacy.blank("en")
    docs = [nlp.make_doc(text) for text in ("Anna can't see Bob 👩‍🚀.", "", "One\r\n two", "x")]
    docs[0].set_ents(
        [Span(docs[0], 0, 1, label="PER")], missing=[Span(docs[0], 4, 5)], default="outside"
    )
    docs[0].spans["sc"] = [Span(docs[0], 0, 3, label="A b"), Span(docs[0], 0, 1, label="PER")]
    docs[0].spans["base"] = [Span(docs[0], 0, 1, label="Q", kb_id="Q1", span_id="s")]
    docs[0].user_data["tasks"] = [1, "two"]
    docs[2][0].tag_ = "CD"
    docs[2].cats = {"c": 1.0}
    docs[3].spans["empty"] = []
    return docs


def test_same_content_as_docbin(tmp_path: Path) -> None:
    docs = make_docs()
    docs.append(spacy.blank("nl").make_doc("Een andere vocabulaire"))
    shard, plain = Shard(), DocBin(store_user_data=True)
    for doc in docs:
        shard.add(doc)
        plain.add(doc)
    shard.write(tmp_path / "shard.spacy")
    ours = DocBin().from_disk(tmp_path / "shard.spacy")
    theirs = DocBin().from_bytes(plain.to_bytes())
    assert len(shard) == len(ours) == 5
    assert shard.tokens == sum(map(len, docs))
    assert ours.strings == theirs.strings
    used = [theirs.attrs.index(attribute) for attribute in ours.attrs]
    assert ours.attrs[0] == ORTH
    assert set(ours.attrs) == {ORTH, NORM, TAG, ENT_IOB, ENT_TYPE, SENT_START}
    assert [t.tolist() for t in ours.tokens] == [t[:, used].tolist() for t in theirs.tokens]
    assert not np.delete(np.vstack(theirs.tokens), used, axis=1).any()
    assert [t.tolist() for t in ours.spaces] == [t.tolist() for t in theirs.spaces]
    assert ours.span_groups == theirs.span_groups
    assert ours.flags == theirs.flags
    assert ours.cats == theirs.cats
    assert list(map(srsly.msgpack_loads, ours.user_data)) == list(
        map(srsly.msgpack_loads, theirs.user_data)
    )


def test_docs_come_back(tmp_path: Path) -> None:
    doc = make_docs()[0]
    shard = Shard()
    shard.add(doc)
    shard.write(tmp_path / "shard.spacy")
    (back,) = DocBin().from_disk(tmp_path / "shard.spacy").get_docs(Vocab())
    assert back.text == doc.text
    assert [t.ent_iob_ for t in back] == [t.ent_iob_ for t in doc]
    assert [(s.text, s.label_) for s in back.spans["sc"]] == [
        ("Anna can't", "A b"),
        ("Anna", "PER"),
    ]
    assert (back.spans["base"][0].kb_id_, back.spans["base"][0].id_) == ("Q1", "s")
    assert back.user_data["tasks"] == (1, "two")
