"""A project of a real server in one go: configuration, backend with basic auth, webhook."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from scripts.conversion.label_config import parse_label_config
from scripts.label_studio.projects import SAMPLING
from scripts.project.errors import UserError
from scripts.setup_label_studio import main
from tests.serving import Backend, basic, running_backend, wait_for
from tests.small_pipelines import write_ruler

from .projects import CONFIG
from .server import Server

pytestmark = pytest.mark.live
USER, PASSWORD = "ada", "lovelace-1843"
SetUp = Callable[..., list[str]]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ruler(tmp_path_factory.mktemp("pipeline") / "rules", "1.0.0")


@pytest.fixture(scope="module")
def backend(
    label_studio: Server, pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    with running_backend(
        Path.cwd(),
        tmp_path_factory.mktemp("backend") / "models",
        spacy_model=pipeline,
        basic_auth_user=USER,
        basic_auth_pass=PASSWORD,
        label_studio_host=label_studio.url,
        label_studio_api_key=label_studio.token,
    ) as running:
        yield running


@pytest.fixture
def set_up(
    label_studio: Server,
    pipeline: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> SetUp:
    """Run the command; gives what it says of each part: made, changed or kept."""
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.token)
    monkeypatch.setenv("BASIC_AUTH_USER", USER)
    monkeypatch.setenv("BASIC_AUTH_PASS", PASSWORD)

    def run(title: str, backend: str = "null", **options: Any) -> list[str]:
        main(
            **{
                "project": "null",
                "title": title,
                "backend": backend,
                "pipeline": str(pipeline),
                "name": "none",
                "version": "0.0.0",
                **options,
            }
        )
        output = capsys.readouterr().out
        assert label_studio.token not in output
        assert PASSWORD not in output
        return [line.rpartition(": ")[2].split("\x1b")[0] for line in output.splitlines()[::2]]

    return run


def find(client: LabelStudio, title: str) -> Any:
    (project,) = [one for one in client.projects.list(title=title) if one.title == title]
    return client.projects.get(id=project.id)


def events(backend: Backend, action: str) -> float:
    lines = backend.client.get("/metrics").text.splitlines()
    counted = [line for line in lines if f'webhook_events_total{{action="{action}"' in line]
    return sum(float(line.split()[-1]) for line in counted)


def test_all_is_made_and_done_again_nothing_changes(
    label_studio: Server, backend: Backend, set_up: SetUp
) -> None:
    title, url, client = "Set up 🌱", backend.url, label_studio.client()
    assert set_up(title, url) == ["made", "made", "made"]
    assert set_up(title, f"{url}/") == ["kept", "kept", "kept"]

    project = find(client, title)
    config = parse_label_config(project.label_config or "", "the project")
    assert [label.name for label in config.labels] == ["GPE", "PERSON"]
    assert project.sampling == SAMPLING
    (webhook,) = client.webhooks.list(project=str(project.id))
    assert webhook.url == f"{url}/webhook"
    assert webhook.headers == basic(USER, PASSWORD)
    (connected,) = client.ml.list(project=project.id)
    assert (connected.url, connected.auth_method, connected.state) == (url, "BASIC_AUTH", "CO")
    assert connected.is_interactive

    made = client.projects.import_tasks(
        id=project.id, request=[{"data": {"text": "Ada"}}], return_task_ids=True
    )
    client.annotations.create(id=(made.task_ids or [])[0], result=[])
    wait_for(lambda: events(backend, "ANNOTATION_CREATED") == 1, 20)


def test_a_webhook_without_credentials_gets_them(
    label_studio: Server, backend: Backend, set_up: SetUp
) -> None:
    title, url, client = "Set up by hand", backend.url, label_studio.client()
    number = client.projects.create(title=title, label_config=CONFIG).id
    client.ml.create(
        project=number,
        url=url,
        auth_method="BASIC_AUTH",
        basic_auth_user=USER,
        basic_auth_pass=PASSWORD,
    )
    (automatic,) = client.webhooks.list(project=str(number))
    assert automatic.headers == {}
    assert set_up(title, url) == ["kept", "changed", "kept"]
    (webhook,) = client.webhooks.list(project=str(number))
    assert webhook.headers == basic(USER, PASSWORD)
    assert (find(client, title).label_config or "").strip() == CONFIG


def test_a_configuration_is_only_replaced_by_one_that_is_given(
    label_studio: Server, set_up: SetUp, tmp_path: Path
) -> None:
    title, client = "Set up with a configuration", label_studio.client()
    (tmp_path / "config.xml").write_text(CONFIG)
    assert set_up(title)[0] == "made"
    assert set_up(title, label_config=str(tmp_path / "config.xml"))[0] == "changed"
    assert find(client, title).label_config == CONFIG
    assert set_up(title)[0] == "kept"
    assert find(client, title).label_config == CONFIG


def test_a_backend_that_refuses_us_leaves_no_webhook(
    label_studio: Server, backend: Backend, set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASIC_AUTH_PASS", "wrong")
    with pytest.raises(UserError, match="401"):
        set_up("Set up with a wrong password", backend.url)
    client = label_studio.client()
    project = find(client, "Set up with a wrong password")
    assert client.webhooks.list(project=str(project.id)) == []
    assert client.ml.list(project=project.id) == []
    monkeypatch.setenv("BASIC_AUTH_PASS", "pässwort")
    with pytest.raises(UserError, match="ASCII"):
        set_up("Set up with a wrong password", backend.url)


def test_a_title_that_several_projects_have_is_refused(label_studio: Server, set_up: SetUp) -> None:
    client = label_studio.client()
    numbers = [client.projects.create(title="Twice", label_config=CONFIG).id for _ in range(2)]
    with pytest.raises(UserError, match="2 projects 'Twice'"):
        set_up("Twice")
    assert set_up("null", project=str(numbers[0]))[0] == "kept"
