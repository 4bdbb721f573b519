"""Corpora: Docs in `DocBin` shards, each Doc with its provenance."""

from collections.abc import Callable, Iterable, Iterator, Sized
from operator import attrgetter
from pathlib import Path
from typing import Literal, NamedTuple

from spacy.attrs import ORTH, SPACY
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..project.errors import UserError
from .shards import Shard

SPLITS = ("train", "dev", "test")
# A DocBin over 2 GB cannot be serialised (explosion/spaCy 13205): stay far under it.
SHARD_DOCS = 1000
SHARD_TOKENS = 1_000_000
# With fewer gold spans in dev a checkpoint is chosen by chance: then the training texts help.
MIN_DEV_SPANS = 30

Source = Literal["gold", "project", "raw", "replay"]


class Provenance(NamedTuple):
    """Where an example comes from.

    source: "gold" (a person annotated it), "project" (a text of the export without a usable
        annotation), "raw" (general text) or "replay" (gold for labels of the base).
    tasks: the ids of the Label Studio tasks with this text, none for text from elsewhere.
    hash: SHA-256 of the text.
    group: SHA-256 of the name of the document, source or patient that the text is of (`meta.group`
        of its first task), None where nobody says.
    """

    source: Source
    tasks: tuple[int | str, ...]
    hash: str
    group: str | None = None


def bare_copy(doc: Doc, vocab: Vocab) -> Doc:
    """A Doc of the same tokens without any annotation, for a pipeline with this vocabulary.

    A word that the vocabulary knows is named by its hash: that takes a third of the time.
    """
    tokens = doc.to_array([ORTH, SPACY])
    words, spaces = tokens[:, 0].tolist(), tokens[:, 1].astype(bool).tolist()
    if vocab is not doc.vocab:
        known, strings = vocab.strings, doc.vocab.strings
        words = [word if word in known else strings[word] for word in words]
    return Doc(vocab, words=words, spaces=spaces)


def set_provenance(doc: Doc, provenance: Provenance) -> None:
    """Write the provenance into `doc.user_data`, which a DocBin keeps."""
    doc.user_data["source"] = provenance.source
    doc.user_data["tasks"] = list(provenance.tasks)
    doc.user_data["hash"] = provenance.hash
    if provenance.group is not None:
        doc.user_data["group"] = provenance.group


def get_provenance(doc: Doc) -> Provenance:
    """The provenance that `set_provenance` wrote. Raises KeyError for a Doc without one."""
    data = doc.user_data
    return Provenance(data["source"], tuple(data["tasks"]), data["hash"], data.get("group"))


class CorpusWriter:
    """Docs, with their user data, written to `00000.spacy`, `00001.spacy`, ... in a directory.

    An empty corpus is one shard without Docs, so that its readers find the folder.
    prefix: goes before the numbers, where several processes write shards of one corpus.
    shards: the names of the files that were written.
    """

    def __init__(self, directory: Path, prefix: str = "") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory, self._prefix = directory, prefix
        self._shard = Shard()
        self.shards: list[str] = []
        self.docs = 0

    def add(self, doc: Doc) -> None:
        """Add a Doc; a full shard is written."""
        self._shard.add(doc)
        self.docs += 1
        if len(self._shard) >= SHARD_DOCS or self._shard.tokens >= SHARD_TOKENS:
            self._write_shard()

    def close(self) -> None:
        """Write the last shard."""
        if len(self._shard) or not self.shards:
            self._write_shard()

    def _write_shard(self) -> None:
        name = f"{self._prefix}{len(self.shards):05}.spacy"
        self._shard.write(self._directory / name)
        self.shards.append(name)
        self._shard = Shard()


def write_corpus(docs: Iterable[Doc], directory: Path) -> int:
    """Write Docs with a `CorpusWriter`. Returns the number of Docs."""
    writer = CorpusWriter(directory)
    for doc in docs:
        writer.add(doc)
    writer.close()
    return writer.docs


def read_corpus(path: Path, vocab: Vocab) -> Iterator[Doc]:
    """Docs of a `.spacy` file, or of all the shards in a folder in the order of their names.

    Raises UserError when there is no such file or when it is damaged.
    """
    for shard in read_shards(path):
        yield from shard.get_docs(vocab)


def text_hashes(paths: Iterable[Path]) -> frozenset[str]:
    """The hashes of all texts of some corpora (`Provenance.hash`).

    Raises UserError as `read_corpus`.
    """
    vocab = Vocab()
    return frozenset(get_provenance(doc).hash for path in paths for doc in read_corpus(path, vocab))


def count_tokens(path: Path) -> int:
    """Tokens of a corpus, counted without making Docs. Raises UserError as `read_corpus`."""
    return sum(len(tokens) for shard in read_shards(path) for tokens in shard.tokens)


def count_docs(path: Path) -> int:
    """Docs of a corpus. Raises UserError as `read_corpus`."""
    return sum(len(shard) for shard in read_shards(path))


def has_spans(path: Path, least: int, read: Callable[[Doc], Sized] = attrgetter("ents")) -> bool:
    """Whether a corpus has at least so many entities, or of what `read` finds in its Docs.

    Raises UserError as `read_corpus`.
    """
    found = 0
    for doc in read_corpus(path, Vocab()):
        found += len(read(doc))
        if found >= least:
            return True
    return False


def read_shards(path: Path) -> Iterator[DocBin]:
    """The shards of a corpus. Raises UserError as `read_corpus`."""
    for shard in shard_paths(path):
        try:
            docs = DocBin(store_user_data=True).from_disk(shard)
        except Exception as error:  # zlib, msgpack and DocBin each raise their own
            raise UserError(
                f"{shard} is not a whole DocBin ({error}).", "Delete it, then run again."
            ) from error
        yield docs


def shard_paths(path: Path) -> list[Path]:
    """The `.spacy` file, or all of a folder, by name. Raises UserError when there is none."""
    shards = sorted(path.glob("*.spacy")) if path.is_dir() else [path]
    if not path.exists() or not shards:
        raise UserError(
            f"No corpus in {path}.", "Run the command that writes it: spacy project run all."
        )
    return shards
