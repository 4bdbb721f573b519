"""A teacher that stands in for a base: a component that runs another pipeline inside.

The labels of the teacher are its own to say: what it finds counts, and what the base finds with
these labels does not. So a base with such a component speaks for all labels that a student learns.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from spacy import blank
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, load_model, minibatch

from ..components import filter_earlier
from ..corpora.corpus import bare_copy
from ..project.encoder import encoder_files
from .token_classification import FACTORY as TOKEN_CLASSIFICATION

FACTORY = "teacher_v1"
GROUPED = ("spancat", "spancat_singlelabel", "span_ruler")  # factories that write a span group
BATCH = 64  # texts that the teacher sees at a time
MODEL, NAMES = "model", "names.json"  # in the component's folder

# A teacher's label, and the student's name for it; None for one that is not learnt.
Names = Mapping[str, str | None]


class Teacher:
    """Runs a teacher on copies of Docs that have the same tokens, and takes over what it finds."""

    def __init__(self) -> None:
        self._folder = Path()
        self._names: Names = {}
        self._nlp = Language()

    def take(self, folder: Path, names: Names) -> None:
        """Take a teacher from a folder: a pipeline's, or a token-classification model's.

        Raises whatever its loading raises.
        """
        self._folder, self._names, self._nlp = folder, dict(names), load_teacher(folder)

    @property
    def nlp(self) -> Language:
        """The teacher itself."""
        return self._nlp

    @property
    def labels(self) -> tuple[str, ...]:
        """The student's labels that the teacher speaks for, sorted."""
        own = {*own_labels(self._nlp), *self._names}
        return tuple(sorted({name for label in own if (name := self._rename(label))}))

    def _rename(self, label: str) -> str | None:
        return self._names.get(label, label)

    def __call__(self, doc: Doc) -> Doc:
        """Set the entities of a Doc."""
        return next(iter(self.pipe([doc])))

    def pipe(self, docs: Iterable[Doc], batch_size: int = BATCH) -> Iterator[Doc]:
        """Set the entities of Docs, many at a time."""
        known = frozenset(self.labels)
        for batch in minibatch(docs, min(batch_size, BATCH)):
            texts = list(batch)
            # What its vocabulary learns from a batch is forgotten after it: memory stays as it is.
            with self._nlp.memory_zone():
                copies = [bare_copy(doc, self._nlp.vocab) for doc in texts]
                for doc, seen in zip(texts, self._nlp.pipe(copies), strict=True):
                    self._speak(doc, seen, known)
            yield from texts

    def _speak(self, doc: Doc, seen: Doc, known: frozenset[str]) -> None:
        spans = ((span, self._rename(span.label_)) for span in find_answers(seen, self._nlp))
        said = [Span(doc, span.start, span.end, name) for span, name in spans if name in known]
        own = [ent for ent in doc.ents if ent.label_ not in known]
        doc.ents = filter_earlier([*said, *own])

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Copy the teacher's files."""
        path.mkdir(parents=True, exist_ok=True)
        (path / NAMES).write_text(json.dumps(dict(self._names)), "utf8")
        if is_pipeline(self._folder):
            shutil.copytree(self._folder, path / MODEL, dirs_exist_ok=True)
            return
        (path / MODEL).mkdir(exist_ok=True)
        for file in encoder_files(self._folder):
            shutil.copy(file, path / MODEL)

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "Teacher":
        """Load what `to_disk` wrote."""
        self.take(path / MODEL, json.loads((path / NAMES).read_text("utf8")))
        return self


@Language.factory(FACTORY, assigns=["doc.ents"])
def create_teacher(nlp: Language, name: str) -> Teacher:
    """A teacher that is yet to be taken from a folder."""
    return Teacher()


def is_pipeline(folder: Path) -> bool:
    """Whether a folder holds a spaCy pipeline, and no model of Hugging Face's."""
    return (folder / "config.cfg").is_file()


def load_teacher(folder: Path) -> Language:
    """The teacher in a folder as a pipeline."""
    if is_pipeline(folder):
        return load_model(folder)
    import torch  # noqa: PLC0415  (optional, and slow to import)

    # Processes are forked while they hold a model: torch's threads would wait for one another.
    torch.set_num_threads(1)
    nlp = blank("xx")
    nlp.add_pipe(TOKEN_CLASSIFICATION, config={"model": str(folder.absolute())})
    return nlp


def own_labels(nlp: Language) -> list[str]:
    """The labels that a pipeline's components can give to entities, or to spans of a group."""
    found: set[str] = set()
    for name in nlp.pipe_names:
        meta = nlp.get_pipe_meta(name)
        if "doc.ents" in meta.assigns or meta.factory in GROUPED:
            found.update(getattr(nlp.get_pipe(name), "labels", ()))
    return sorted(found)


def find_answers(doc: Doc, nlp: Language) -> list[Span]:
    """The entities that a pipeline has found in a Doc, and the spans of its groups.

    Of those that overlap the longest counts, the first of equal ones.
    """
    grouped = (name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory in GROUPED)
    keys = {nlp.get_pipe(name).key for name in grouped}
    spans = (span for key in sorted(keys) for span in doc.spans.get(key, ()))
    return list(filter_spans([*doc.ents, *spans]))
