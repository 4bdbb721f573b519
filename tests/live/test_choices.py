"""Choices of a real server: from people to classes, and from a pipeline to predicted choices."""

from pathlib import Path
from random import Random

import pytest
from label_studio_sdk import LabelStudio
from spacy.language import Language
from spacy.training import Example

from scripts.label_studio.configuration import write_label_config
from scripts.label_studio.projects import connect_backend
from scripts.pull import pull
from scripts.push import push
from tests.serving import running_backend
from tests.small_components import OLD, TOPICS, sentence, sentences, train_classifier

from .conversions import convert_pulled
from .make_demo_export import Annotators
from .projects import choose, make_project, mark, predicted, retrieve_predictions, studio
from .server import Server

pytestmark = pytest.mark.live
NOTES = ("We saw basil", "Nothing of that", "Soup in the stadium", "A rose for the broker", "Next")
FIRST = (["SPORT"], [], ["SPORT", "FOOD"], ["GARDEN"])
SECOND = (["SPORT"], [], ["FOOD", "SPORT"], ["MONEY"])
VERSION = "topics-1.0.0"


@pytest.fixture(scope="module")
def classifier() -> Language:
    return train_classifier("textcat")


def test_what_people_chose_becomes_classes(
    label_studio: Server, annotators: Annotators, tmp_path: Path
) -> None:
    xml = write_label_config(["PLANT"], choices=sorted(TOPICS), many=True)
    project, tasks = make_project(annotators["first"], NOTES, "Choices of people", xml)
    plant = mark(NOTES[0], "basil", "PLANT")
    for number, (one, other) in enumerate(zip(FIRST, SECOND, strict=True)):
        result = [*choose(*one), *([plant] if number == 0 else [])]
        annotators["first"].annotations.create(id=tasks[number], result=result)
        annotators["second"].annotations.create(id=tasks[number], result=choose(*other))
    annotators["first"].annotations.create(id=tasks[4], result=[], was_cancelled=True)
    pull(studio(label_studio), project, tmp_path)

    no = dict.fromkeys(TOPICS, 0.0)
    assert converted(tmp_path, "textcat_multilabel") == {
        NOTES[0]: no | {"SPORT": 1},
        NOTES[1]: no,
        NOTES[2]: no | {"SPORT": 1, "FOOD": 1},
        NOTES[3]: {"SPORT": 0, "FOOD": 0, "MUSIC": 0},  # one says GARDEN, one MONEY
    }
    assert converted(tmp_path, "textcat") == {
        NOTES[0]: no | {"SPORT": 1},
        **{text: {} for text in NOTES[1:4]},  # none, several, and nobody knows
    }


def converted(pulled: Path, component: str) -> dict[str, dict[str, float]]:
    """The classes of all gold of what was pulled."""
    _, docs = convert_pulled(pulled, component)
    return {text: doc.cats for text, doc in docs.items()}


def check_choice(client: LabelStudio, classifier: Language, task: int, text: str) -> None:
    cats = classifier(text).cats
    score, (one,) = predicted(client, task)
    assert one["type"] == "choices"
    assert one["value"]["choices"] == [max(cats, key=lambda label: cats[label])]
    assert score == pytest.approx(max(cats.values()), abs=1e-3)
    assert one["score"] == pytest.approx(max(cats.values()), abs=1e-3)


def test_pushed_classes_are_choices_with_their_scores(
    label_studio: Server, classifier: Language, tmp_path: Path
) -> None:
    client = label_studio.client()
    texts = [text for text, _ in sentences(8, 12, OLD)]
    xml = write_label_config([], choices=OLD)
    project, tasks = make_project(client, texts, "Choices to push", xml)
    done = push(studio(label_studio), project, classifier, VERSION, output=tmp_path)
    assert (done.created, done.refused, done.unknown) == (12, [], {})
    for task, text in zip(tasks, texts, strict=True):
        check_choice(client, classifier, task, text)


def test_several_classes_of_a_text_are_pushed_as_one_result(
    label_studio: Server, tmp_path: Path
) -> None:
    client, nlp, random = label_studio.client(), train_classifier("textcat_multilabel"), Random(8)
    learn_both(nlp, random)
    texts = [sentence(random, topics) for topics in (OLD[:1], OLD[1:], OLD) for _ in range(3)]
    xml = write_label_config([], choices=OLD, many=True)
    project, tasks = make_project(client, texts, "Any number of choices to push", xml)
    done = push(studio(label_studio), project, nlp, VERSION, output=tmp_path)
    assert (done.created, done.refused, done.unknown) == (9, [], {})
    counts = set()
    for task, doc in zip(tasks, nlp.pipe(texts), strict=True):
        sure = {label: score for label, score in doc.cats.items() if score >= 0.5}
        score, results = predicted(client, task)
        chosen = [choice for one in results for choice in one["value"]["choices"]]
        assert len(results) == bool(sure)
        assert {*chosen} == {*sure}
        least = min(max(one, 1 - one) for one in doc.cats.values())
        assert score == pytest.approx(least, abs=1e-3)
        counts.add(len(chosen))
    assert {1, 2} <= counts


def learn_both(nlp: Language, random: Random) -> None:
    """Let a classifier that knows texts of one topic know those of both."""
    alone = [(text, [topic]) for text, topic in sentences(5, 60, OLD)]
    known = [*alone, *((sentence(random, OLD), [*OLD]) for _ in range(60))]
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {one: float(one in has) for one in OLD}})
        for text, has in known
    ]
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)


def test_the_backend_answers_with_choices(
    label_studio: Server, classifier: Language, tmp_path: Path
) -> None:
    client = label_studio.client()
    texts = [text for text, _ in sentences(7, 3, OLD)]
    xml = write_label_config(["PLANT"], choices=OLD)
    project, tasks = make_project(client, texts, "Choices of the backend", xml)
    classifier.to_disk(tmp_path / "topics")
    with running_backend(
        Path.cwd(), tmp_path / "models", spacy_model=tmp_path / "topics"
    ) as backend:
        connect_backend(studio(label_studio), project, backend.url, None)
        retrieve_predictions(label_studio, project, tasks)
        for task, text in zip(tasks, texts, strict=True):
            check_choice(client, classifier, task, text)
        counted = backend.client.get("/metrics").text
        assert 'serve_predicted_classes_total{label="' in counted
