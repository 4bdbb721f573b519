"""Pushing to a real server: offsets, order, and nothing twice."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from scripts.label_studio.confidence import judge
from scripts.label_studio.projects import SAMPLING
from scripts.label_studio.sending import Prediction, Recipient, send
from scripts.project.errors import UserError
from scripts.push import Choice, push

from .cutting import cutting
from .projects import CONFIG, make_project, mark, next_task, predictions, studio
from .server import Server

pytestmark = pytest.mark.live
PLANTS, PLACES = ("basil", "mint", "sage", "thyme"), ("Delft", "Kew", "Rome", "Oslo")
MARKS = ("👩‍🌾🌱", "𝒳", "e\u0301", "\r\n", "🏳️‍🌈 ")
TEXTS = [
    f"{MARKS[number % 5]}Note {number} {'🌱' * (number % 7)}: {PLANTS[number % 4]} of "
    f"{PLACES[number % 3]}, on day {number}"
    for number in range(300)
]
VERSION = "tiny-1.0.0"


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A ner that has seen a few such sentences; DAY is a label that the project lacks."""
    fix_random_seed(0)
    made = spacy.blank("en")
    ner = made.add_pipe("ner")
    examples = []
    for text in TEXTS[:40]:
        words = {"PLANT": PLANTS, "PLACE": PLACES[:3], "DAY": (text.rpartition(" ")[2],)}
        entities = [
            (text.rindex(word), text.rindex(word) + len(word), label)
            for label, known in words.items()
            for word in known
            if word in text
        ]
        examples.append(Example.from_dict(made.make_doc(text), {"entities": entities}))
    for label in ("PLANT", "PLACE", "DAY"):
        ner.add_label(label)
    made.initialize(lambda: examples)
    for _ in range(20):
        made.update(examples)
    return made


def test_predictions_stand_where_the_pipeline_found_them(
    label_studio: Server, nlp: Language, tmp_path: Path
) -> None:
    client = label_studio.client()
    project, tasks = make_project(client, TEXTS, "To push to")
    client.projects.update(id=project, sampling=SAMPLING)
    client.annotations.create(id=tasks[0], result=[mark(TEXTS[0], "basil", "PLANT")])
    client.annotations.create(id=tasks[1], result=[])
    client.annotations.create(id=tasks[2], result=[], was_cancelled=True)

    pushed = push(studio(label_studio), project, nlp, VERSION, output=tmp_path)

    assert (pushed.created, pushed.refused, pushed.left) == (297, [], 0)
    assert pushed.unknown["DAY"] > 200
    there = predictions(label_studio, project)
    assert [number for number in tasks if not there[number]] == tasks[:3]
    meant = {"PLANT": "PLANT", "PLACE": "Town"}
    for number, text, doc in zip(tasks[3:], TEXTS[3:], nlp.pipe(TEXTS[3:]), strict=True):
        (one,) = there[number]
        assert one["model_version"] == VERSION
        assert [
            (*text[r["value"]["start"] : r["value"]["end"]].split(), *r["value"]["labels"])
            for r in one["result"]
        ] == [(*e.text.split(), meant[e.label_]) for e in doc.ents if e.label_ in meant]
        assert all(r["value"]["text"] in text for r in one["result"])
        assert all(one["score"] <= r["score"] <= 1 for r in one["result"])
    assert sum(len(one[0]["result"]) for one in there.values() if one) > 500
    scores = {number: one[0]["score"] for number, one in there.items() if one}
    assert scores[next_task(label_studio, project)["id"]] == min(scores.values())

    again = push(studio(label_studio), project, nlp, VERSION, output=tmp_path)
    assert (again.created, again.done_before) == (0, 297)


def test_the_least_certain_come_first_and_a_broken_push_is_gone_on_with(
    label_studio: Server, nlp: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = TEXTS[:60]
    project, tasks = make_project(label_studio.client(), texts, "To push to in parts")
    monkeypatch.setattr("scripts.label_studio.sending.BATCH", 10)
    certain = [one.certainty for one in judge(nlp, texts, ["PLANT", "PLACE"])]
    order = [tasks[i] for i in sorted(range(60), key=lambda i: certain[i])]

    first = push(
        studio(label_studio), project, nlp, VERSION, output=tmp_path, choice=Choice(limit=20)
    )
    assert (first.created, first.left) == (20, 40)
    there = predictions(label_studio, project)
    assert {number for number in tasks if there[number]} == set(order[:20])

    with cutting(label_studio.url, cuts=0, limit=0) as proxy:
        connected = studio(label_studio, url=proxy.url)
        real = connected.client.projects.import_predictions
        calls = []

        def import_predictions(**request: Any) -> Any:
            """The second request breaks when the server has done it already."""
            calls.append(len(request["request"]))
            if len(calls) == 2:
                proxy.cuts = 1
            return real(**request)

        monkeypatch.setattr(connected.client.projects, "import_predictions", import_predictions)
        with pytest.raises(UserError, match="There is no Label Studio"):
            push(connected, project, nlp, VERSION, output=tmp_path)
    there = predictions(label_studio, project)
    assert calls == [10, 10]
    assert {number for number in tasks if there[number]} >= set(order[:30])
    assert sum(bool(there[number]) for number in tasks) == 40

    last = push(studio(label_studio), project, nlp, VERSION, output=tmp_path)
    there = predictions(label_studio, project)
    assert (last.created, last.done_before) == (20, 40)
    assert [len(there[number]) for number in tasks] == 60 * [1]


def test_what_the_server_refuses_is_named_with_the_reason(label_studio: Server) -> None:
    client = label_studio.client()
    text = "Basil in Kew"
    project, tasks = make_project(client, 4 * [text], "To refuse")
    client.tasks.delete(id=str(tasks[3]))
    to = Recipient(studio(label_studio), project, CONFIG, VERSION)
    wrong = mark(text, "Basil", "SHRUB")
    sent = [
        Prediction(task, 0.5, [region])
        for task, region in zip(
            tasks, [mark(text, "Kew", "Town"), wrong, mark(text, "Kew", "Town"), wrong], strict=True
        )
    ]
    (unknown_label,) = send(to, sent[:3])
    assert unknown_label.created == 2
    ((task, reason),) = unknown_label.refused
    assert task == tasks[1]
    assert "SHRUB" in reason
    (no_task,) = send(to, sent[2:])
    assert no_task.created == 1
    ((task, reason),) = no_task.refused
    assert task == tasks[3]
    assert "invalid" in reason


def test_a_project_without_the_labels_is_refused(
    label_studio: Server, nlp: Language, tmp_path: Path
) -> None:
    config = CONFIG.replace("PLANT", "SHRUB").replace("PLACE", "LAKE")
    project = label_studio.client().projects.create(title="Other labels", label_config=config)
    with pytest.raises(UserError, match="none of the pipeline's labels"):
        push(studio(label_studio), int(project.id), nlp, VERSION, output=tmp_path)
    assert not list(tmp_path.iterdir())


def test_tasks_without_a_text_are_listed(
    label_studio: Server, nlp: Language, tmp_path: Path
) -> None:
    client = label_studio.client()
    project, tasks = make_project(client, ["Basil of Kew, on day 1"], "Empty ones")
    data = [{"data": {"text": ""}}, {"data": {"text": ["a", "list"]}}]
    more = client.projects.import_tasks(id=project, request=data, return_task_ids=True)
    pushed = push(studio(label_studio), project, nlp, VERSION, output=tmp_path)
    assert json.loads(json.dumps(pushed.without_text)) == (more.task_ids or [])[1:]
    assert pushed.created == 2
    assert len(predictions(label_studio, project)[tasks[0]]) == 1
