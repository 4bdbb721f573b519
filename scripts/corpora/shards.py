"""DocBin shards, written faster than `DocBin.add` does and with the same Docs in them.

`DocBin.add` looks at nine strings of every token and makes a MessagePack buffer for each Doc
(spacy/tokens/_serialize.py); here the strings of a shard are looked up once each. Attributes that
no token of a shard has are left out: a Doc without them reads the same. A shard is read as often
as it is written, so it is compressed in a quarter of zlib's usual time, to a sixth more bytes.
"""

import struct
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from spacy.attrs import ENT_IOB, ENT_TYPE, HEAD, NORM, ORTH, POS, SENT_START, SPACY
from spacy.tokens import Doc, DocBin, SpanGroup
from spacy.vocab import Vocab

from ..project.files import put_bytes

_ALWAYS = {ORTH, NORM, ENT_IOB, ENT_TYPE}  # attributes of every shard
_NO_STRINGS = {ENT_IOB, HEAD, POS, SENT_START, SPACY}  # attributes that are numbers
_COMPRESSION = 1  # zlib's level


class Shard:
    """A DocBin with user data under construction."""

    def __init__(self) -> None:
        self._bin = DocBin(store_user_data=True)
        self._vocab: Vocab | None = None
        self._looked_up = 0  # Docs whose strings are in the DocBin
        self._used = np.array([a in _ALWAYS for a in self._bin.attrs])
        self.tokens = 0

    def __len__(self) -> int:
        """The number of Docs."""
        return len(self._bin)

    def add(self, doc: Doc) -> None:
        """`DocBin.add`, but for the tokens' strings."""
        if doc.vocab is not self._vocab:
            self._look_up_strings()
            self._vocab = doc.vocab
        shard = self._bin
        shard.tokens.append(doc.to_array(shard.attrs).reshape(len(doc), len(shard.attrs)))
        shard.spaces.append(doc.to_array(SPACY).astype(bool).reshape(-1, 1))
        shard.flags.append({"has_unknown_spaces": doc.has_unknown_spaces})
        shard.cats.append(doc.cats)
        shard.user_data.append(msgspec.msgpack.encode(doc.user_data))
        shard.span_groups.append(self._span_groups(doc))
        self.tokens += len(doc)

    def write(self, path: Path) -> None:
        """Write the shard as a `.spacy` file, by rename: an older one may have a second place."""
        put_bytes(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of a `.spacy` file; nothing can be added afterwards."""
        self._look_up_strings()
        self._bin.tokens = [tokens[:, self._used] for tokens in self._bin.tokens]
        self._bin.attrs = [a for a, used in zip(self._bin.attrs, self._used, strict=True) if used]
        return zlib.compress(msgspec.msgpack.encode(self._message()), _COMPRESSION)

    def _message(self) -> dict[str, Any]:
        """What `DocBin.to_bytes` compresses."""
        shard = self._bin
        return {
            "version": shard.version,
            "attrs": shard.attrs,
            "tokens": b"".join(tokens.tobytes() for tokens in shard.tokens),
            "spaces": b"".join(spaces.tobytes() for spaces in shard.spaces),
            "lengths": np.array(list(map(len, shard.tokens)), dtype=np.int32).tobytes(),
            "strings": sorted(shard.strings),
            "cats": shard.cats,
            "flags": shard.flags,
            "span_groups": shard.span_groups,
            "user_data": shard.user_data,
        }

    def _span_groups(self, doc: Doc) -> bytes:
        """As `SpanGroups.to_bytes`: a group's bytes to the keys that it stands under."""
        if not doc.spans:
            return bytes(doc.spans.to_bytes())
        keys: dict[bytes, list[str]] = {}
        for key, group in doc.spans.items():
            keys.setdefault(self._span_group(group), []).append(key)
        return msgspec.msgpack.encode(keys)

    def _span_group(self, group: SpanGroup) -> bytes:
        """As `SpanGroup.to_bytes` (spacy/tokens/span_group.pyx)."""
        packed = []
        strings, lookup = self._bin.strings, group.doc.vocab.strings
        for s in group:
            strings.update(lookup[h] for h in (s.label, s.kb_id, s.id) if h)
            place = (s.start, s.end, s.start_char, s.end_char)
            packed.append(struct.pack(">QQQllll", s.id, s.kb_id, s.label, *place))
        return msgspec.msgpack.encode({"name": group.name, "attrs": group.attrs, "spans": packed})

    def _look_up_strings(self) -> None:
        new = self._bin.tokens[self._looked_up :]
        if new and self._vocab is not None:
            tokens = np.vstack(new)
            self._used |= tokens.any(axis=0)
            for used, attribute, column in zip(self._used, self._bin.attrs, tokens.T, strict=True):
                if used and attribute not in _NO_STRINGS:
                    hashes = np.unique(column).tolist()
                    self._bin.strings.update(map(self._vocab.strings.__getitem__, hashes))
        self._looked_up = len(self._bin.tokens)
