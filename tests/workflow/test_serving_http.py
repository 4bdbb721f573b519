"""The ML backend over HTTP: a real server with processes of its own, no update."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from scripts.serving.versions import Versions
from tests.serving import CONFIG, Backend, basic, running_backend, wait_for
from tests.small_pipelines import write_ruler

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT.parent / "shared" / "protocol"
SECRET = "a-key-that-nobody-may-see"


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    folder = tmp_path_factory.mktemp("serving")
    pipeline = write_ruler(folder / "model", "1.0.0")
    with running_backend(
        ROOT,
        folder / "models",
        spacy_model=pipeline,
        workers=2,
        max_body_mb=4,
        basic_auth_user="ada",
        basic_auth_pass="lovelace",
        label_studio_api_key=SECRET,
        start_training_each_n_updates=1_000_000,
        debounce_seconds=86_400,
        max_wait_seconds=86_400,
    ) as running:
        yield running


def send(backend: Backend, recorded: dict[str, Any]) -> httpx.Response:
    return backend.client.request(recorded["method"], recorded["path"], json=recorded["body"])


def recordings() -> list[Any]:
    if not RECORDED.is_dir():
        skip = pytest.mark.skip(reason="needs ../shared/protocol beside the checkout")
        return [pytest.param(Path("none"), marks=[skip, pytest.mark.data])]
    return [
        pytest.param(path, id=path.stem, marks=pytest.mark.data)
        for path in sorted(RECORDED.glob("*.json"))
    ]


@pytest.mark.parametrize("path", recordings())
def test_it_answers_what_label_studio_was_recorded_to_send(backend: Backend, path: Path) -> None:
    recorded = json.loads(path.read_text())
    answer = send(backend, recorded)
    assert answer.status_code == 200, answer.text
    body, route = answer.json(), recorded["path"]
    if route == "/predict":
        assert len(body["results"]) == len(recorded["body"]["tasks"])
        assert {"model_version", "score", "result"} == set(body["results"][0])
        for task, result in zip(recorded["body"]["tasks"], body["results"], strict=True):
            for region in result["result"]:
                value = region["value"]
                assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
    elif route == "/health":
        assert body["status"] == "UP"
    elif route == "/setup":
        assert body["model_version"].startswith("en_rules-1.0.0-")
    elif route == "/versions":
        assert body["versions"] == [body["current"]]


@pytest.mark.slow
def test_a_webhook_is_answered_within_50_ms(backend: Backend) -> None:
    seconds = []
    for _ in range(21):
        start = time.perf_counter()
        backend.webhook("ANNOTATION_CREATED")
        seconds.append(time.perf_counter() - start)
    assert sorted(seconds)[5] < 0.05  # not the median: the machine may have other work


def test_webhooks_do_not_wait_for_predictions(backend: Backend) -> None:
    with ThreadPoolExecutor(16) as threads:
        texts = ["In Paris. " * 200] * 32
        asked = [threads.submit(backend.predict, *texts) for _ in range(16)]
        start = time.perf_counter()
        backend.webhook("ANNOTATION_CREATED")
        waited = time.perf_counter() - start
        assert not all(one.done() for one in asked)
        for one in asked:
            assert len(one.result()) == 32
    assert waited < 1  # Label Studio's own limit


def test_offsets_are_code_points(backend: Backend) -> None:
    (result,) = backend.predict("\N{HERB}\N{HERB} Ada in Paris")
    values = [region["value"] for region in result["result"]]
    assert [(value["start"], value["end"], value["text"]) for value in values] == [
        (3, 6, "Ada"),
        (10, 15, "Paris"),
    ]


@pytest.mark.parametrize(
    "tasks",
    [
        [],
        [{}],
        [{"data": None}, {"data": "text"}, {"data": {"text": None}}, {"data": {"body": "Paris"}}],
        [{"data": {"text": "/etc/passwd"}}, {"data": {"text": "http://127.0.0.1:1/x"}}],
        [{"data": {"text": "Paris \ud83d"}}, {"data": {"text": "\x00 Paris"}}],
        [{"data": {"text": "word " * 200_000 + "Paris"}}, {"data": {"text": "Paris"}}],
    ],
    ids=["none", "empty", "without text", "paths", "surrogates", "1 MB"],
)
def test_there_are_as_many_results_as_tasks(backend: Backend, tasks: list[Any]) -> None:
    content = json.dumps({"tasks": tasks, "label_config": CONFIG})
    headers = {"content-type": "application/json"}
    answer = backend.client.post("/predict", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["results"]) == len(tasks)


def test_a_configuration_without_text_labels_is_an_error_that_says_so(backend: Backend) -> None:
    image = '<View><Image name="i" value="$i"/><Choices name="c" toName="i"><Choice value="x"/>'
    for config in (f"{image}</Choices></View>", "no xml", None):
        answer = backend.client.post(
            "/predict", json={"tasks": [{"data": {"text": "Paris"}}], "label_config": config}
        )
        assert answer.status_code == 400
        assert "abelling configuration" in answer.json()["detail"]


def test_all_routes_but_health_want_credentials(backend: Backend) -> None:
    base = str(backend.client.base_url)
    for path in ("/", "/versions", "/metrics", "/docs", "/openapi.json", "/nothing", "/health/"):
        assert httpx.get(base + path).status_code == 401, path
    assert httpx.post(f"{base}/predict", json={"tasks": []}).status_code == 401
    assert httpx.get(f"{base}/health").status_code == 200
    for wrong in (basic("ada", "x"), basic("x", "lovelace"), {"Authorization": "Basic ????"}):
        assert httpx.get(base + "/versions", headers=wrong).status_code == 401
    right = {"Authorization": basic("ada", "lovelace")["Authorization"].replace("Basic", "bearer")}
    assert httpx.get(base + "/versions", headers=right).status_code == 401


def test_a_body_over_the_limit_is_refused_with_and_without_its_length(backend: Backend) -> None:
    large = json.dumps({"tasks": [{"data": {"text": "x" * 5_000_000}}]}).encode()
    headers = {"content-type": "application/json"}

    def parts() -> Iterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    for content in (large, parts()):
        try:
            answer = backend.client.post("/predict", content=content, headers=headers)
            assert answer.status_code == 413
        except httpx.TransportError:  # it hangs up on who goes on sending
            continue
    assert backend.version().startswith("en_rules-1.0.0-")


def test_a_swap_is_seen_by_all_processes_and_no_answer_is_lost(
    backend: Backend, tmp_path: Path
) -> None:
    store = Versions(backend.models)
    before = store.current_id()
    pipeline = write_ruler(tmp_path / "new", "2.0.0", {"PLANT": ["Paris"]})
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(backend.predict, *(["In Paris."] * 100)) for _ in range(4)]
        after = store.release(pipeline, update=1, evidence={}).id
        asked += [threads.submit(backend.predict, *(["In Paris."] * 100)) for _ in range(8)]
        wait_for(lambda: backend.version() == after, 60)
        asked += [threads.submit(backend.predict, *(["In Paris."] * 100)) for _ in range(8)]
    labels = {before: ["GPE"], after: ["PLANT"]}
    for number, one in enumerate(asked):
        versions = {result["model_version"] for result in one.result()}
        assert len(versions) == 1, "one call, one version"
        assert number < 12 or versions == {after}
        for result in one.result():
            found = result["result"][0]["value"]["labels"]
            assert found == labels[result["model_version"]]
    wait_for(lambda: len(backend.children("scripts.serving.predicting")) == 2, 60)
    store.rollback()
    wait_for(lambda: backend.version() == before, 60)


def test_a_version_that_cannot_be_loaded_is_named_and_the_old_one_stays(
    backend: Backend, tmp_path: Path
) -> None:
    store = Versions(backend.models)
    before = store.current_id()
    pipeline = write_ruler(tmp_path / "broken", "3.0.0")
    (pipeline / "config.cfg").write_text("[nlp]\n")
    broken = store.release(pipeline, update=2, evidence={}).id

    def failed() -> dict[str, str]:
        return dict(backend.client.get("/versions").json()["failed_to_load"])

    wait_for(lambda: broken in failed(), 60)
    assert "cannot be loaded" in failed()[broken]
    assert backend.version() == before
    assert backend.metric("serve_versions_failed_to_load") == 1
    store.rollback()


def test_figures_are_real(backend: Backend) -> None:
    before = backend.metric("serve_predicted_tasks_total")
    backend.predict("In Paris.", "Nothing.")
    assert backend.metric("serve_predicted_tasks_total") == before + 2
    assert backend.metric("serve_processes") == 2
    text = backend.client.get("/metrics").text
    assert 'serve_requests_total{route="/predict",status="200"}' in text
    assert 'serve_predicted_entities_total{label="GPE"}' in text


def test_requests_made_up_from_the_openapi_find_no_fault(backend: Backend) -> None:
    headers = basic("ada", "lovelace")
    schema = schemathesis.openapi.from_url(
        f"{backend.client.base_url}/openapi.json", headers=headers
    )

    checked = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        def check(case: Any) -> None:
            # Whether a labelling configuration has labels on text, no schema can say.
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        check()
        checked.append(operation.label)
    assert "POST /predict" in checked
    assert len(checked) > 5


def test_nothing_is_left_when_the_server_ends_at_once(tmp_path: Path) -> None:
    pipeline = write_ruler(tmp_path / "model", "1.0.0")
    with running_backend(ROOT, tmp_path / "models", spacy_model=pipeline) as one:
        started = [process.pid for process in one.children("")]
        assert len(started) == 2
    wait_for(lambda: not any(map(psutil.pid_exists, started)), 30)


def test_the_key_is_nowhere(backend: Backend) -> None:
    assert SECRET not in backend.log.read_text()
    for path in ("/versions", "/metrics", "/openapi.json", "/"):
        assert SECRET not in backend.client.get(path).text
    for path in backend.models.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
