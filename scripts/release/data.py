"""What the weights of an update come from, as hashes: the same data have the same hashes."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

# Evaluation data are inputs, too, but no part of this.
PARTS = ("export", "raw_text", "replay_gold", "encoder", "teacher")


def trace_data(records: Mapping[str, Any], base: str) -> dict[str, str | None]:
    """A hash of each part; None for a part that there is not.

    records: what `inputs` wrote, by concern. base: the fingerprint of the base.
    """
    return {"base": base, **{name: hash_record(records[name]) for name in PARTS}}


def hash_record(record: Any) -> str | None:
    """SHA-256 over the hashes of all files in a record of `inputs`, in any order; None without any.

    Names and places do not count.
    """
    found = sorted(_hashes(record))
    return hashlib.sha256("".join(found).encode()).hexdigest() if found else None


def _hashes(part: Any) -> Iterable[str]:
    if isinstance(part, dict):
        if isinstance(part.get("sha256"), str):
            yield part["sha256"]
        for value in part.values():
            yield from _hashes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _hashes(value)
