"""Elements of JSON arrays and JSON lines, found block by block."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.conversion import json_stream
from scripts.conversion.json_stream import DamagedJSONError, decode_element, json_elements

TRICKY: list[Any] = [
    {"a": 'quote " and \\ backslash \\" [ { ] }', "b": [1, [2, {"c": "}"}]]},
    {"text": "\\\\", "n": None},
    [],
    {},
    [{"x": "é👩‍🚀\u0000\r\n"}],
]


def read(content: bytes) -> list[Any]:
    pieces = json_elements(io.BytesIO(content))
    return [decode_element(piece, number) for number, piece in enumerate(pieces, 1)]


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
def test_array_in_blocks_of_any_size(
    block: int, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "BLOCK", block)
    assert read(json.dumps(TRICKY, indent=indent).encode()) == TRICKY
    assert read(json.dumps(TRICKY, indent=indent, ensure_ascii=False).encode()) == TRICKY


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_values_one_after_another(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "BLOCK", block)
    values = [value for value in TRICKY if isinstance(value, dict)]
    assert read("\n".join(map(json.dumps, values)).encode()) == values
    assert read("\r\n\n".join(json.dumps(v, indent=1) for v in values).encode()) == values


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=3)), st.integers(1, 40))
def test_same_as_json_load(values: list[Any], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "BLOCK", block)
        assert read(json.dumps(values).encode()) == values


def test_what_python_writes_beyond_the_standard() -> None:
    (value,) = read(b'[{"a": NaN, "b": "\\ud83d", "c": 1e999}]')
    assert value["a"] != value["a"]
    assert value["b"] == "\ud83d"


@pytest.mark.parametrize("content", [b"[]", b"[ ]\n", b"", b"  "])
def test_nothing_there(content: bytes) -> None:
    assert read(content) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'[{"a": 1}, {"b', "cut off"),
        (b'[{"a": 1}', "cut off"),
        (b'[{"a": 1}]]', "more brackets"),
        (b'[{"a": 1}] []', "several arrays|no element"),
        (b'[{"a": 1}] x', "no JSON array"),
        (b"[1, 2]", "no element"),
        (b'[{"a": 1}, 2]', "no element"),
        (b'[{"a" 1}]', "element 1"),
        (b'[{"a": 1}, {"a": "\xff"}]', "element 2"),
        (b'{"a": 1}\n{"a": 1', "cut off"),
        (b'{"a": 1} oops', "no JSON array"),
        (b"[" * 100_000 + b"]" * 100_000, "element 1"),
    ],
)
def test_damage(content: bytes, reason: str) -> None:
    with pytest.raises(DamagedJSONError, match=reason):
        read(content)
