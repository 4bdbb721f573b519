"""Which split a text belongs to, and which texts are too near to it to be trained on."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .near_duplicates import index_signatures, signatures

Split = Literal["train", "dev", "test"]

TRAIN, DEV = 0.7, 0.1  # shares; the rest is test
_BATCH = 1024

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+")
# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces: a character counts as a word.
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)


def normalise(text: str) -> str:
    """The words of a text in lower case, without punctuation, each run of digits as one 0."""
    return _NUMBER.sub("0", " ".join(_WORD.findall(text.lower())))


def assign_split(text: str, group: str | None = None) -> Split:
    """The split of a text, or of the group it belongs to; both are the same for ever.

    Texts that differ in case, punctuation or numbers only fall in one split. A group is a
    document, a source, a patient: texts of one group stay together.
    """
    key = f"group\0{group}" if group is not None else normalise(text)
    digest = hashlib.sha256(key.encode("utf8", "surrogatepass")).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    if fraction < TRAIN:
        return "train"
    return "dev" if fraction < TRAIN + DEV else "test"


class HeldOut:
    """Texts of dev and test sets, asked whether another text is nearly one of them.

    See `near_duplicates` for what "nearly" means.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._index = index_signatures(text_signatures(texts))

    def near(self, text: str) -> bool:
        """Whether the text is nearly one of these."""
        return self.near_many([text])[0]

    def near_many(self, texts: Sequence[str]) -> list[bool]:
        """`near` for each text; much faster than one at a time."""
        return [
            found >= 0
            for first in range(0, len(texts), _BATCH)
            for found in self._index.find(text_signatures(texts[first : first + _BATCH]))
        ]


def text_signatures(texts: Iterable[str]) -> NDArray[Any]:
    """MinHash signatures of the normalised texts, uint32 of shape (texts, hashes).

    Of scripts that put no spaces between words, characters are taken for words.
    """
    batch: list[str] = []
    parts = []
    for text in texts:
        words = normalise(text)
        batch.append(words if words.isascii() else _WITHOUT_SPACES.sub(r" \g<0> ", words))
        if len(batch) == _BATCH:
            parts.append(signatures(batch))
            batch = []
    return np.concatenate([*parts, signatures(batch)])
