"""Small rehearsals: teachers that know a few words, for tests of selecting and labelling."""

from pathlib import Path

import spacy
from spacy.tokens import Doc, Span

from scripts.corpora.corpus import Provenance, set_provenance, write_corpus
from scripts.corpora.raw_text import RawFile
from scripts.corpora.selection import Selection
from scripts.project.engines import Engine
from scripts.project.files import hash_file, hash_text, write_json
from scripts.training.labelling import Means
from scripts.training.merging import Scheme
from scripts.training.pipelines import BaseRecord
from scripts.training.rehearsal import Dose, Labelled, select_raw, write_labelled

BLANK = spacy.blank("en")


def gold_doc(text: str, source: str = "gold") -> Doc:
    """A text whose word "oak" is a PLANT."""
    doc = BLANK.make_doc(text)
    doc.ents = [Span(doc, token.i, token.i + 1, "PLANT") for token in doc if token.text == "oak"]
    set_provenance(doc, Provenance(source, (1,), hash_text(text)))  # type: ignore[arg-type]
    return doc


def write_gold(corpus: Path, dev: int) -> None:
    """Ten texts with a span each in train, so many in dev, one project text in dev; no test."""
    for split, count in (("train", 10), ("dev", dev), ("test", 0)):
        texts = [f"{split} {number} has an oak near Rome" for number in range(count)]
        write_corpus(map(gold_doc, texts), corpus / "gold" / split)
        project = [gold_doc("Paris", "project")] if split == "dev" else []
        write_corpus(project, corpus / "project" / split)


def make_means(folder: Path) -> Means:
    """Teachers in folders: a base that knows Rome, Paris and Ada, a specialist that knows oaks."""
    folder.mkdir(exist_ok=True)
    names = {"GPE": ["Rome", "Paris"], "PERSON": ["Ada"]}
    for name, words in {"base": names, "specialist": {"PLANT": ["oak"]}}.items():
        nlp = spacy.blank("en")
        patterns = [{"label": label, "pattern": w} for label, some in words.items() for w in some]
        nlp.add_pipe("entity_ruler").add_patterns(patterns)
        nlp.to_disk(folder / name)
    ruler = ["entity_ruler"]
    record = BaseRecord("b", "1", "en", "", "b", ["GPE", "PERSON"], ruler, [], ruler, "")
    write_json(folder / "base.json", record._asdict())
    work = folder / "corpus/.rehearse"
    teachers = folder / "base", folder / "specialist"
    return Means(*teachers, -1, Scheme(frozenset({"PLANT"}), frozenset(names)), "base", work)


def rehearse(
    means: Means, texts: list[str], dose: Dose, engine: Engine
) -> tuple[Selection, Labelled]:
    """Select and label, as the command does."""
    corpus = means.work.parent
    raw = corpus.parent / "raw.txt"
    raw.write_text("\n".join(texts), encoding="utf8")
    selection = select_raw([RawFile(str(raw))], corpus, dose, means.work / "texts", engine)
    return selection, write_labelled(means, selection, corpus, dose.spans, engine)


def files(folder: Path) -> dict[str, str]:
    """The corpora and their hashes."""
    return {
        str(path.relative_to(folder)): hash_file(path)
        for name in ("merged", "rehearsal")
        for path in sorted((folder / name).rglob("*.spacy"))
    }


def sentence(number: int) -> str:
    """One in forty has a person, all have a town; none is near another."""
    words = hash_text(str(number))[:8]
    who = "Ada" if number % 40 == 0 else "She"
    return f"{who} {' '.join(words)} saw an oak in Rome"
