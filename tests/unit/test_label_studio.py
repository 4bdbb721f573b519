"""Every shape of an export becomes the same tasks."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.conversion.exports import Source, find_sources
from scripts.conversion.fields import shown_text
from scripts.conversion.label_studio import Region, Task, read_tasks
from scripts.project.errors import UserError
from tests.small_exports import annotation, region, spanned, task

TEXT = 'Anna "met" Bob,\r\nin Paris; 👩‍🚀 Zoë\ttoo.'
TASKS = [
    task(1, TEXT, annotation(spanned(TEXT, "Anna", "PER"), spanned(TEXT, "Zoë", "PER", "X y"))),
    task(2, "Nothing here", annotation(by=2)),
    task(3, "Nobody looked"),
]


def read(path: Path) -> list[Task]:
    return [task for source in find_sources([path]) for task in read_tasks(source)]


def regions(task: Task) -> list[tuple[int | None, int | None, str | None, tuple[str, ...]]]:
    return [(r.start, r.end, r.quote, r.labels) for a in task.annotations for r in a.regions or ()]


def rows(table: bool) -> list[dict[str, Any]]:
    """TASKS as JSON_MIN, or as the rows of CSV, in which cells are texts."""
    result = []
    for item in TASKS:
        for given in item["annotations"] or [None]:
            row = {"text": item["data"]["text"], "id": item["id"]}
            values = [r["value"] for r in given["result"]] if given else []
            if values:
                row["label"] = json.dumps(values) if table else values
            row["annotator"] = given["completed_by"] if given else None
            row["annotation_id"] = given["id"] if given else None
            result.append(row)
    return result


def table(delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    names = ["text", "id", "label", "annotator", "annotation_id"]
    writer = csv.DictWriter(out, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows(table=True))
    return out.getvalue().encode()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def encoded(value: Any, **options: Any) -> bytes:
    return json.dumps(value, **options).encode()


def old(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shape before version 1.0."""
    return [{"id": t["id"], "data": t["data"], "completions": t["annotations"]} for t in tasks]


SHAPES = {
    "list": encoded(TASKS),
    "pretty": encoded(TASKS, indent=2, ensure_ascii=False),
    "byte order mark": b"\xef\xbb\xbf" + encoded(TASKS),
    "lines": "\n".join(map(json.dumps, TASKS)).encode(),
    "gzip": gzip.compress(encoded(TASKS)),
    "zip": zipped(export=encoded(TASKS), picture=b"\x89PNG\r\n", notes=b'{"categories": []}'),
    "gzip in zip": zipped(export=gzip.compress(encoded(TASKS))),
    "zip of parts": zipped(a=encoded(TASKS[:1]), b=encoded(TASKS[1:])),
    "completions": encoded(old(TASKS)),
    "id to task": encoded({str(t["id"]): t for t in old(TASKS)}),
    "projects": encoded(
        {
            "n_projects": 3,
            "projects": [
                {"project": {"id": 1, "title": "t"}, "tasks": TASKS[:2]},
                {"project": {"id": 2}, "tasks": []},
                {"project": {"id": 3}, "tasks": TASKS[2:]},
            ],
        }
    ),
    "page": encoded({"total": 3, "tasks": TASKS}),
    "JSON_MIN": encoded(rows(table=False)),
    "JSON_MIN lines": "\n".join(map(json.dumps, rows(table=False))).encode(),
    "CSV": table(","),
    "TSV": table("\t"),
    "CSV gzip": gzip.compress(table(",")),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "no-suffix"
    path.write_bytes(SHAPES[shape])
    tasks = read(path)
    assert [t.id for t in tasks] == [1, 2, 3]
    assert [t.texts["text"] for t in tasks] == [TEXT, "Nothing here", "Nobody looked"]
    assert [len(t.annotations) for t in tasks] == [1, 1, 0]
    assert regions(tasks[0]) == [(0, 4, "Anna", ("PER",)), (31, 34, "Zoë", ("PER", "X y"))]
    assert regions(tasks[1]) == []
    assert [a.annotator for t in tasks for a in t.annotations] == ["1", "2"]
    assert [t.fault for t in tasks] == [None] * 3


def test_task_file_for_each_task(tmp_path: Path) -> None:
    for item in old(TASKS):
        (tmp_path / f"{item['id']}.json").write_bytes(encoded(item, indent=2))
    tasks = [t for path in sorted(tmp_path.iterdir()) for t in read(path)]
    assert [t.id for t in tasks] == [1, 2, 3]


def test_import_file_without_annotations(tmp_path: Path) -> None:
    path = tmp_path / "import.json"
    path.write_bytes(encoded([{"text": "One"}, {"text": "Two", "source": "web"}]))
    tasks = read(path)
    assert [t.texts["text"] for t in tasks] == ["One", "Two"]
    assert [t.annotations for t in tasks] == [(), ()]
    assert len({t.id for t in tasks}) == 2


def test_who_and_how(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    given = [
        annotation(by={"id": 5, "email": "a@b.c"}, ground_truth=True),
        annotation(by={"id": 5}, was_cancelled=True),
        annotation(by=None, honeypot=True, skipped=True),
    ]
    more = {"drafts": [1, 2], "predictions": [{"result": []}], "meta": {"group": "g"}}
    path.write_bytes(encoded([task("x", "t", *given, **more), task(2, "t", meta={})]))
    one, two = read(path)
    assert [a.annotator for a in one.annotations] == ["a@b.c", "5", "unknown"]
    assert [a.ground_truth for a in one.annotations] == [True, False, True]
    assert [a.cancelled for a in one.annotations] == [False, True, True]
    assert (one.id, one.drafts, one.predictions, one.group) == ("x", 2, 1, "g")
    assert two.group is None


def test_other_results_are_named(tmp_path: Path) -> None:
    results = [
        {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["of"]},
        {"type": "choices", "value": {"start": 0, "end": 1, "text": "t", "choices": ["a"]}},
        {"type": "rectanglelabels", "value": {"x": 1, "rectanglelabels": ["Car"]}},
        {"type": "labels", "value": {"start": 0.5, "end": 2.1, "channel": 0, "labels": ["S"]}},
    ]
    path = tmp_path / "e.json"
    path.write_bytes(encoded([task(1, "text", annotation(*results, region(0, 1, "t", "A")))]))
    (given,) = read(path)[0].annotations
    assert given.others == ("relation", "choices", "rectanglelabels", "labels on sound")
    assert len(given.regions or ()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        None,
        5,
        {},
        {"type": "labels"},
        {"type": "labels", "value": [1]},
        {"type": "labels", "value": {"start": "x", "end": None, "labels": "PER"}},
        {"type": "labels", "value": {"start": True, "end": 2.5, "labels": [1]}},
        {"type": "labels", "value": {"start": {}, "end": [], "labels": [""]}},
        {"value": {"labels": None}},
    ],
)
def test_damaged_regions_stay_regions(damage: Any, tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(encoded([task(1, "text", annotation(damage))]))
    ((found,),) = [a.regions for a in read(path)[0].annotations]
    assert (found.start, found.end, found.labels) == (None, None, ())


@pytest.mark.parametrize("result", [None, {}, "x", 3])
def test_damaged_annotations(result: Any, tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(encoded([task(1, "text", {"id": 1, "result": result}, 7)]))
    assert [a.regions for a in read(path)[0].annotations] == [None, None]


def test_offsets_in_other_clothes(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(encoded([task(1, "text", annotation(region("1", 2.0, "e", "A")))]))
    assert regions(read(path)[0]) == [(1, 2, "e", ("A",))]


def test_annotations_that_are_no_list(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(encoded([{"id": 1, "data": {"text": "t"}, "annotations": {"a": 1}}, 5, {}]))
    with pytest.raises(UserError):
        read(path)
    path.write_bytes(encoded([{"id": 1, "data": {"text": "t"}, "annotations": {"a": 1}}, {}]))
    assert [bool(t.fault) for t in read(path)] == [True, True]


def test_hypertext(tmp_path: Path) -> None:
    html = "<p>Anna &amp; <b>Bob</b><br/>left</p>"
    value = {
        "start": "/p[1]/text()[1]",
        "end": "/p[1]/b[1]/text()[1]",
        "startOffset": 7,
        "endOffset": 3,
        "globalOffsets": {"start": 7, "end": 10},
        "text": "Bob",
        "hypertextlabels": ["PER"],
    }
    path = tmp_path / "e.json"
    result = {"id": "r", "type": "hypertextlabels", "value": value}
    path.write_bytes(
        encoded([{"id": 1, "data": {"html": html}, "annotations": [annotation(result)]}])
    )
    (found,) = read(path)[0].annotations[0].regions or ()
    assert isinstance(found, Region)
    assert (found.start, found.end, found.html) == (7, 10, True)
    assert shown_text(html) == "Anna & Bob\nleft"


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<html>login</html>", "neither JSON"),
        (b"-DOCSTART- -X- O\nAnna -X- _ B-PER\n", "CONLL2003"),
        (b"Anna -X- _ B-PER\nleft -X- _ O\n", "CONLL2003"),
        ("[]".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04oops", "damaged"),
        (zipped(), "no files"),
        (zipped(picture=b"\x89PNG"), "neither JSON"),
        (zipped(conll=b"-DOCSTART- -X- O\n"), "CONLL2003"),
        (encoded(TASKS)[:-30], "cut off"),
        (gzip.compress(encoded(TASKS), mtime=0)[:-30], "damaged|cut off"),
        (gzip.compress(encoded(TASKS), mtime=0)[:4], "damaged"),
        (b"id,text,label,annotator\n1,t\n", "columns"),
        (b'id,text,label,annotator\n1,"t', "damaged"),
        (b"id,text,label,annotator\n1,\xff,,\n", "cannot be read"),
    ],
)
def test_no_export(content: bytes, fact: str, tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_bytes(content)
    with pytest.raises(UserError, match=fact) as caught:
        read(path)
    assert caught.value.remedy


def test_missing() -> None:
    with pytest.raises(UserError, match="no export"):
        find_sources([Path("nowhere.json")])
    with pytest.raises(UserError, match="no export"):
        find_sources([])


def test_source_names_the_member() -> None:
    assert str(Source(Path("a.zip"), "b.json")) == "a.zip!b.json"
