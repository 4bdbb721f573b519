"""What insight gives to Label Studio, in a real one: the model's version beside the person's."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import srsly
from spacy.tokens import Doc

from scripts.conversion.fields import ANYTHING
from scripts.insights.disagreements import find_disagreements
from scripts.insights.exchange import find_tags, write_files
from scripts.insights.records import Marked, Wanted
from scripts.insights.trainings import Outcome
from scripts.label_studio.prepared import read_prepared
from scripts.pull import CONFIG as CONFIG_FILE
from scripts.pull import pull
from scripts.push import Pushed, main, push_prepared
from tests.small_insights import insight, said

from .annotated_project import import_for_review
from .conversions import convert_pulled
from .projects import CONFIG, make_project, mark, next_task, predictions, studio
from .server import Server

pytestmark = pytest.mark.live
OVERLOOKED, WRONG, RIGHT, NEXT = TEXTS = (
    "👩‍🌾🌱 Ada sows basil in Delft",
    "🏳️‍🌈 thyme of Kew",
    "Sage in Rome",
    "𝒳 mint in Oslo",
)
PERSON = {
    OVERLOOKED: [("basil", "PLANT")],
    WRONG: [("thyme", "Town"), ("Kew", "Town")],
    RIGHT: [("Sage", "PLANT"), ("Rome", "Town")],
}
MODEL = {
    OVERLOOKED: [("basil", "PLANT"), ("Delft", "Town")],
    WRONG: [("thyme", "PLANT"), ("Kew", "Town")],
    RIGHT: PERSON[RIGHT],
    NEXT: [("mint", "PLANT"), ("Oslo", "Town")],
}
SURE = {OVERLOOKED: 0.6, WRONG: 0.9, RIGHT: 0.9, NEXT: 0.9}
SPECIALISTS, UPDATE = "insight-abc", "up-1.0.0-abc"  # the model's versions in `insight`


class Reviewed(NamedTuple):
    """A project in which a person has annotated three tasks of four, and insight's files for it."""

    project: int
    tasks: Mapping[str, int]
    gold: Mapping[str, Doc]
    files: Path


@pytest.fixture
def reviewed(label_studio: Server, tmp_path: Path) -> Reviewed:
    client = label_studio.client()
    project, numbers = make_project(client, TEXTS, "To review")
    tasks = dict(zip(TEXTS, numbers, strict=True))
    for text, marks in PERSON.items():
        client.annotations.create(id=tasks[text], result=[mark(text, *one) for one in marks])
    pull(studio(label_studio), project, tmp_path)
    _, gold = convert_pulled(tmp_path)
    write_insight(gold, tasks[NEXT], tmp_path)
    return Reviewed(project, tasks, gold, tmp_path)


def found_in(text: str) -> list[tuple[int, int, str, float]]:
    """What the model finds in a text, and how sure it is."""
    starts = [(text.index(part), part, label) for part, label in MODEL[text]]
    return [(start, start + len(part), label, SURE[text]) for start, part, label in starts]


def write_insight(gold: Mapping[str, Doc], waiting: int, folder: Path) -> None:
    """The files of an insight in which specialists have said this. waiting: the task of NEXT."""
    answers = [(doc, said(doc, *found_in(text))) for text, doc in gold.items()]
    ranked = find_disagreements(answers)
    marked = [Marked(*one) for one in found_in(NEXT)]
    found = insight()
    proposal = replace(found.proposal, chosen=[Wanted([waiting], "h", NEXT, 0.31, marked)])
    found = replace(found, disagreements=ranked, probable=len(ranked), proposal=proposal)
    config = {"label_config": {"paths": [str(folder / CONFIG_FILE)]}}
    outcomes = [Outcome("k", 0, 1.0, 3, 5, 12, 1.0, [answer for _, answer in answers])]
    docs = {answer.hash: doc for doc, answer in answers}
    write_files(found, docs, outcomes, find_tags(config, ["PLANT", "Town"], ANYTHING), folder)


def push(server: Server, reviewed: Reviewed, name: str) -> Pushed:
    """Push one of the files."""
    prepared = read_prepared(reviewed.files / name)
    return push_prepared(studio(server), reviewed.project, prepared, reviewed.files, 0)


def marks(text: str, results: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The parts of a text on which regions lie, which they quote, with their labels."""
    values = [one["value"] for one in results]
    parts = [text[one["start"] : one["end"]] for one in values]
    assert parts == [one["text"] for one in values]
    return [(part, *one["labels"]) for part, one in zip(parts, values, strict=True)]


def check_both(server: Server, task: int, text: str) -> None:
    """A task has the person's annotation, and one prediction with what the model says."""
    client = server.client()
    (annotation,) = client.annotations.list(id=task)
    (prediction,) = client.predictions.list(task=task)
    assert marks(text, annotation.result or []) == PERSON[text]
    assert prediction.model_version == SPECIALISTS
    assert marks(text, prediction.result or []) == MODEL[text]
    scores = [one["score"] for one in prediction.result or []]
    assert scores == pytest.approx(2 * [SURE[text]])
    assert 0.5 < (prediction.score or 0) <= 1


def test_errors_are_pushed_to_the_tasks_that_a_person_has_annotated(
    label_studio: Server, reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    out, file = reviewed.files, str(reviewed.files / "errors_push.json")
    main(project=str(reviewed.project), output=out, pipeline="null", name="", version="", file=file)
    assert srsly.read_json(out / "push.json")["created"] == 2
    there = predictions(label_studio, reviewed.project)
    assert {number for number, made in there.items() if made} == {
        reviewed.tasks[OVERLOOKED],
        reviewed.tasks[WRONG],
    }
    for text in (OVERLOOKED, WRONG):
        check_both(label_studio, reviewed.tasks[text], text)
    again = push(label_studio, reviewed, "errors_push.json")
    assert (again.created, again.done_before, again.refused) == (0, 2, [])


def test_a_task_that_is_gone_is_named(label_studio: Server, reviewed: Reviewed) -> None:
    label_studio.client().tasks.delete(id=str(reviewed.tasks[WRONG]))
    pushed = push(label_studio, reviewed, "errors_push.json")
    assert (pushed.created, pushed.done_before) == (1, 0)
    assert [one.task for one in pushed.refused] == [reviewed.tasks[WRONG]]
    check_both(label_studio, reviewed.tasks[OVERLOOKED], OVERLOOKED)


def test_the_project_shows_what_was_pushed_last(label_studio: Server, reviewed: Reviewed) -> None:
    client = label_studio.client()
    before = [
        {"task": reviewed.tasks[text], "model_version": "before", "score": score, "result": []}
        for text, score in ((OVERLOOKED, 1.0), (WRONG, 0.0))
    ]
    client.projects.import_predictions(id=reviewed.project, request=before)
    client.projects.update(id=reviewed.project, model_version="before")
    push(label_studio, reviewed, "errors_push.json")
    by_score = {"ordering": ["-tasks:predictions_score"], "type": "list", "title": "By score"}
    view = client.views.create(project=reviewed.project, data=by_score)
    listed = client.tasks.list(project=reviewed.project, view=view.id)
    assert [task.data["text"] for task in listed][:2] == [WRONG, OVERLOOKED]


def test_the_next_text_comes_with_what_the_update_finds(
    label_studio: Server, reviewed: Reviewed
) -> None:
    assert push(label_studio, reviewed, "next_push.json").created == 1
    offered = next_task(label_studio, reviewed.project)
    assert offered["id"] == reviewed.tasks[NEXT]
    (prediction,) = offered["predictions"]
    assert (prediction["model_version"], prediction["score"]) == (UPDATE, 0.31)
    assert marks(NEXT, prediction["result"]) == MODEL[NEXT]


def test_errors_are_imported_into_a_project_of_their_own(
    label_studio: Server, reviewed: Reviewed, tmp_path: Path
) -> None:
    client = label_studio.client()
    tasks = srsly.read_json(reviewed.files / "errors_import.json")
    project = import_for_review(client, tasks, CONFIG)
    there = {task.data["text"]: task.id for task in client.tasks.list(project=project)}
    assert there.keys() == {OVERLOOKED, WRONG}
    for text, number in there.items():
        check_both(label_studio, number, text)
    pull(studio(label_studio), project, tmp_path / "again")
    _, gold = convert_pulled(tmp_path / "again")
    assert {text: doc.to_json()["ents"] for text, doc in gold.items()} == {
        text: reviewed.gold[text].to_json()["ents"] for text in (OVERLOOKED, WRONG)
    }
