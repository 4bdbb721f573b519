"""Labelling as units of work: a shard of texts in, a DocBin shard with both teachers' words out."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.corpus import Provenance, bare_copy, read_corpus, set_provenance
from ..corpora.sampling import RawText, read_run
from ..corpora.shards import Shard
from ..kinds.ner import NER
from ..kinds.teaching import teach
from ..project.files import write_bytes
from ..project.units import Made, code_key, find_made, make_key, write_made
from .merging import (
    Scheme,
    SharedOnRaw,
    complete_gold,
    merge_on_project_text,
    merge_on_raw_text,
    read_labelling,
)
from .pipelines import BaseRecord, fingerprint
from .teachers import Teachers, load_teachers

Kind = Literal["gold", "project", "raw"]


class Means(NamedTuple):
    """What the labelling of any shard needs. work: the folder that units are made in."""

    base: Path
    specialist: Path
    gpu_id: int
    scheme: Scheme
    shared_on_raw: SharedOnRaw
    work: Path


class Unit(NamedTuple):
    """A shard to label.

    name: of the shard, "CORPUS/SPLIT/NUMBER". key: of the source, of `only` and of the teachers.
    source: a DocBin of gold or project texts, or raw texts (`read_run`). sha256: of it.
    only: of raw texts, those are kept in which the base finds one of the labels; none for all.
    """

    name: str
    key: str
    kind: Kind
    source: Path
    sha256: str
    only: tuple[str, ...] = ()


def teachers_key(means: Means) -> str:
    """A key of all that labels depend on beside the text: models, label scheme and code.

    A new version of the code labels everything again, since it may do it otherwise.
    """
    scheme = [sorted(means.scheme.annotated), sorted(means.scheme.base)]
    models = [fingerprint(means.base), fingerprint(means.specialist)]
    return make_key(code_key(), spacy.__version__, scheme, models, means.shared_on_raw)


def load_once(means: Means) -> Teachers:
    """The teachers, loaded by the first unit of a process and kept for the others.

    A process that is forked later has them, too. Raises UserError when one cannot be loaded.
    """
    return _load(means.base, means.specialist, means.gpu_id)


def load_with_words(means: Means, texts: Path | None) -> Teachers:
    """The teachers, as `load_once`, who have met the words of raw texts (a file of them) for good.

    What they learn within a memory zone is forgotten at its end, so that each shard would have to
    teach them the common words again: a tenth of the time of labelling.
    """
    teachers = load_once(means)
    for raw in read_run(texts) if texts else ():
        bare_copy(teachers.base.make_doc(raw.text), teachers.specialist.vocab)
    return teachers


@lru_cache(maxsize=1)
def _load(base: Path, specialist: Path, gpu_id: int) -> Teachers:
    record = BaseRecord.read(base.with_suffix(".json"))
    return load_teachers(base, specialist, record, gpu_id=gpu_id)


def label_unit(means: Means, unit: Unit) -> Made:
    """Label a shard, unless that is done already.

    counts: "texts" that were read and "docs" that were written; the spans of a label that the base
    found in the latter stand under "spans LABEL".
    Raises UserError for a source that is damaged.
    """
    if made := find_made(means.work, unit.name, unit.key):
        return made
    start = time.monotonic()
    teachers = load_once(means)
    shard, counts = Shard(), Counter[str]()
    # What the vocabulary learns from a shard is forgotten after it: memory stays as it is.
    with teachers.base.memory_zone(), teachers.specialist.memory_zone():
        for doc, found in _labelled(teachers, means, unit):
            counts["texts"] += 1
            if not unit.only or set(unit.only) & set(found):
                counts["docs"] += 1
                counts.update(f"spans {label}" for label in found)
                shard.add(doc)
        content = shard.to_bytes()
    file = f"{unit.name}.spacy"
    write_bytes(means.work / file, content)
    hashes = {file: sha256(content).hexdigest()}
    seconds = time.monotonic() - start
    made = Made(unit.name, unit.key, hashes, counts, seconds, source=unit.sha256)
    write_made(means.work, made)
    return made


def _labelled(teachers: Teachers, means: Means, unit: Unit) -> Iterator[tuple[Doc, list[str]]]:
    """The Docs of a shard, and the labels that the base finds in each."""
    if teachers.kind is NER:
        for doc in _with_entities(teachers, means, unit):
            yield doc, [span.label_ for span in doc.spans["base"]]
        return
    docs: Iterator[Doc] = read_corpus(unit.source, teachers.base.vocab)
    if unit.kind == "raw":
        docs = (make_raw_doc(teachers.base, raw) for raw in read_run(unit.source))
    for doc, base, specialist in teachers.see(docs):
        said = teach(teachers.kind, doc, unit.kind, base, specialist, means.scheme)
        yield doc, [span.label for span in said]


def _with_entities(teachers: Teachers, means: Means, unit: Unit) -> Iterator[Doc]:
    if unit.kind == "raw":
        texts = read_run(unit.source)
        yield from raw_docs(teachers, means.scheme, texts, means.shared_on_raw)
        return
    docs = read_corpus(unit.source, teachers.base.vocab)
    for doc, predicted in teachers.label(docs):
        predicted.keep_in(doc)
        if unit.kind == "gold":
            complete_gold(read_labelling(doc), predicted.base, means.scheme).write(doc)
        else:
            said = predicted.base, predicted.specialist
            merge_on_project_text(*said, means.scheme.silver).write(doc)
        yield doc


def raw_docs(
    teachers: Teachers, scheme: Scheme, texts: Iterable[RawText], shared: SharedOnRaw
) -> Iterator[Doc]:
    """Raw texts as Docs, with `doc.ents` merged and each teacher's spans kept."""
    docs = (make_raw_doc(teachers.base, raw) for raw in texts)
    for doc, predicted in teachers.label(docs):
        predicted.keep_in(doc)
        merge_on_raw_text(predicted.base, predicted.specialist, scheme.silver, shared).write(doc)
        yield doc


def make_raw_doc(nlp: Language, raw: RawText) -> Doc:
    """A tokenized raw text with its provenance."""
    doc = nlp.make_doc(raw.text)
    set_provenance(doc, Provenance("raw", (), raw.hash))
    return doc
