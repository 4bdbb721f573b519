"""Predictions of the ML backend: what runs, whose turn it is, what becomes of tasks."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from scripts.label_studio.regions import Found
from scripts.serving.frames import Predicted
from scripts.serving.labelling import (
    Choice,
    Configurations,
    Drawn,
    make_valid,
    read_drawn,
    request_texts,
    write_results,
)
from scripts.serving.loading import found_labels, load_for_prediction, needed_components
from scripts.serving.pool import Chunk, FairQueue, Pool, PredictionError, split_texts
from scripts.serving.predicting import find, find_and_judge, predict
from scripts.serving.protocol import PredictRequest
from scripts.serving.versions import describe
from tests.small_pipelines import make_recognizer, write_ruler

CONFIG = """<View><Labels name="label" toName="text">
<Label value="PER"/><Label value="LOC" predicted_values="GPE,FAC"/><Label value="PERSON"/>
</Labels><Text name="text" value="$text"/></View>"""


@Language.component("counts_words_for_a_test")
def count_words(doc: Doc) -> Doc:
    return doc


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    folder = write_ruler(tmp_path_factory.mktemp("pool") / "model", "1.0.0")
    pool = Pool(describe(folder, update=None), 2)
    yield pool
    pool.close()


def test_only_what_the_entities_need_is_on(tmp_path: Path) -> None:
    make_recognizer().to_disk(tmp_path / "model")
    nlp = load_for_prediction(tmp_path / "model")
    assert nlp.pipe_names == ["tok2vec", "ner"]
    assert found_labels(nlp) == {"labels": ["GPE"]}
    assert len(nlp.pipe_names) < len(nlp.component_names)


def test_a_component_that_is_not_known_keeps_all_before_it_on() -> None:
    nlp = make_recognizer()
    nlp.add_pipe("counts_words_for_a_test")
    assert needed_components(nlp) == nlp.pipe_names


def test_a_text_of_more_than_a_million_characters_is_predicted(tmp_path: Path) -> None:
    nlp = load_for_prediction(write_ruler(tmp_path / "model", "1.0.0"))
    text = "word " * 210_000 + "Paris"
    assert find(nlp, [text]) == [Predicted([Found(1_050_000, 1_050_005, "GPE")])]


def test_a_text_that_a_component_fails_on_takes_no_other_with_it() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Paris"}])
    nlp.max_length = 20
    found = predict(partial(find, nlp), ["Paris", "x" * 30, ""])
    assert found == [Predicted([Found(0, 5, "GPE")]), None, Predicted([])]


def test_scores_are_of_the_entities_that_are_given_without_them() -> None:
    nlp = make_recognizer()
    texts = ["Ada was in Paris.", "", "Delft"]
    judged = find_and_judge(nlp, {"labels": ["GPE"]}, texts)
    plain = find(nlp, texts)
    assert [[span[:3] for span in one.found] for one in judged] == [
        [span[:3] for span in one.found] for one in plain
    ]
    assert all(0 <= (span.score or 0.0) <= 1 for one in judged for span in one.found)
    assert judged[1].certainty == 1.0
    assert {one.certainty for one in plain} == {0.0}


def test_a_request_of_one_text_overtakes_one_of_many() -> None:
    queue = FairQueue()
    many = [Chunk(["x" * 20_000]) for _ in range(5)]
    queue.put(many)
    assert queue.take() == [many[0]]
    one = Chunk(["short"])
    queue.put([one])
    order = [chunk for _ in range(4) for chunk in queue.take()]
    assert order.index(one) < 2
    assert [chunk for chunk in order if chunk is not one] == many[1:5][: len(order) - 1]


def test_small_requests_are_predicted_together_and_a_large_one_in_parts() -> None:
    queue = FairQueue()
    small = [Chunk([f"text {number}"]) for number in range(40)]
    for chunk in small:
        queue.put([chunk])
    assert queue.take() == small[:32]
    assert queue.take() == small[32:]
    parts = split_texts(["short"] * 70 + ["x" * 30_000] + ["short"])
    assert [len(part) for part in parts] == [32, 32, 6, 1, 1]
    assert split_texts([]) == []


def test_a_closed_queue_gives_out_what_it_has_and_takes_no_more() -> None:
    queue = FairQueue()
    queue.put([Chunk(["a"])])
    queue.close()
    assert [chunk.texts for chunk in queue.take()] == [["a"]]
    assert queue.take() == []
    with pytest.raises(PredictionError):
        queue.put([Chunk(["b"])])


def test_answers_come_in_the_order_of_the_texts(pool: Pool) -> None:
    texts = [f"{'x ' * (number % 5)}Paris" if number % 2 else "nothing" for number in range(100)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: pool.predict(texts), range(8)))
    for found in answers:
        for number, spans in enumerate(found):
            start = 2 * (number % 5)
            assert spans.found == ([Found(start, start + 5, "GPE")] if number % 2 else [])


def test_a_killed_process_is_replaced_and_nothing_is_lost(pool: Pool) -> None:
    before, restarts = pool.processes, pool.restarts
    os.kill(before[0], signal.SIGKILL)
    for _ in range(4):
        assert pool.predict(["In Paris."] * 64) == [Predicted([Found(3, 8, "GPE")])] * 64
    assert pool.restarts == restarts + 1
    assert pool.processes[0] != before[0]


def test_the_processes_end_when_the_server_does(tmp_path: Path) -> None:
    pool = Pool(describe(write_ruler(tmp_path / "model", "1.0.0"), update=None), 1)
    (process,) = pool.processes
    pool._started[0]._requests.close()  # as the kernel does when the server is killed
    end = time.monotonic() + 10
    while pool._started[0].process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    assert pool._started[0].process.poll() == 0, process


def test_a_pipeline_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    folder = write_ruler(tmp_path / "model", "1.0.0")
    version = describe(folder, update=None)
    (folder / "config.cfg").write_text("[nlp]\n")
    with pytest.raises(PredictionError, match="cannot be loaded"):
        Pool(version, 1)


def test_closing_answers_what_waits_first(tmp_path: Path) -> None:
    pool = Pool(describe(write_ruler(tmp_path / "model", "1.0.0"), update=None), 1)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(pool.predict(["In Paris."] * 640)))
    asking.start()
    while not pool.waiting and asking.is_alive():
        time.sleep(0.001)
    pool.close()
    asking.join()
    assert len(answers[0]) == 640


def test_model_labels_become_those_of_the_configuration() -> None:
    labels = {"labels": ["GPE", "PERSON", "DATE"]}
    (labelling,) = Configurations(Choice()).labellings(CONFIG, labels)
    assert labelling.labels == {"GPE": "LOC", "PERSON": "PERSON"}
    text = "\N{HERB} Ada in Paris, 1840"
    found = [Found(2, 5, "PERSON"), Found(9, 14, "GPE"), Found(16, 20, "DATE")]
    (result,) = write_results(
        [text], [Predicted(found, 0.7)], [labelling], drawn=Drawn(), model_version="v"
    )
    values = [region["value"] for region in result["result"]]
    assert [value["text"] for value in values] == ["Ada", "Paris"]
    assert [value["labels"] for value in values] == [["PERSON"], ["LOC"]]
    assert [(value["start"], value["end"]) for value in values] == [(2, 5), (9, 14)]
    assert (result["model_version"], result["score"]) == ("v", 0.7)


def request_of(*data: Any, **more: Any) -> PredictRequest:
    return PredictRequest.model_validate({"tasks": [{"data": one} for one in data], **more})


def test_what_is_no_text_of_the_task_is_empty_and_nothing_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Paris")
    request = request_of(
        {"text": "in Paris"}, {"other": "Paris"}, {}, None, {"text": 5}, {"text": str(secret)}, []
    )
    assert request_texts(request, "text") == ["in Paris", "", "", "", "", str(secret), ""]


def test_lone_surrogates_keep_the_offsets() -> None:
    assert make_valid("a\ud83d Paris") == "a\ufffd Paris"


def test_what_a_person_has_drawn_is_not_proposed_again() -> None:
    labellings = Configurations(Choice()).labellings(CONFIG, {"labels": ["PERSON"]})
    drawn = {"result": [{"to_name": "text", "value": {"start": 0, "end": 3, "labels": ["PER"]}}]}
    request = request_of({"text": "Ada, Ada"}, params={"context": drawn})
    there = read_drawn(request, labellings)
    found = [Found(0, 3, "PERSON"), Found(5, 8, "PERSON")]
    (result,) = write_results(
        ["Ada, Ada"], [Predicted(found)], labellings, drawn=there, model_version="v"
    )
    assert [region["value"]["start"] for region in result["result"]] == [5]


def test_a_span_may_lie_on_what_a_person_has_drawn_with_another_label() -> None:
    labels = ["GPE", "PERSON"]
    labellings = Configurations(Choice()).labellings(CONFIG, {"labels": labels})
    place = {"start": 3, "end": 8}
    values = [place | {"labels": ["LOC"]}, place | {"labels": 5}]
    drawn = {"result": [{"to_name": "text", "value": value} for value in values]}
    request = request_of({"text": "In Paris"}, params={"context": drawn})
    found = [Found(*one, layered=True) for one in ((0, 8, "GPE"), (0, 8, "PERSON"))]
    (result,) = write_results(
        ["In Paris"],
        [Predicted(found)],
        labellings,
        drawn=read_drawn(request, labellings),
        model_version="v",
    )
    assert [region["value"]["labels"] for region in result["result"]] == [["PERSON"]]


def test_configurations_are_parsed_once_each() -> None:
    configurations = Configurations(Choice())
    configurations.labellings(CONFIG, {"labels": ["GPE"]})
    start = time.perf_counter()
    for _ in range(100):
        configurations.labellings(CONFIG, {"labels": ["GPE"]})
    assert time.perf_counter() - start < 0.1
