"""Updates in the background: webhook, workflow, gate, swap; and what is killed in between.

`pull` has no Label Studio here: it copies the demonstration's export (tests/live has a real one).
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import srsly

from scripts.project.running import workflow_steps
from scripts.serving.updating import WORKFLOW
from tests.serving import Backend, running_backend, wait_for
from tests.workflow.conftest import OPEN_GATE, Project, copy_project

pytestmark = pytest.mark.slow

VARS = {
    "max_steps": 120,
    "rehearsal_docs": 100,
    "raw_text": "assets/demo/raw_text.txt",
    "workers": 1,
}
OPEN = VARS | OPEN_GATE | {"max_new_width": 100}
UPDATE_SECONDS = 600
TEXT = "The aphids on the roses came from Oslo."


def replace_pull(project: Project) -> None:
    """Let `pull` copy the demonstration's export into its place."""
    path = project.folder / "project.yml"
    content = srsly.read_yaml(path)
    (pull,) = [command for command in content["commands"] if command["name"] == "pull"]
    demo = "assets/demo/export.json assets/demo/label_config.xml"
    pull["script"] = ["mkdir -p assets/label_studio", f"cp {demo} assets/label_studio/"]
    srsly.write_yaml(path, content)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project with the demonstration's base in `base`, and a `pull` of its own."""
    copy = copy_project(tmp_path_factory.mktemp("serving") / "project")
    for name in ("inputs", "base"):
        done = copy.run(name, max_steps=150)
        assert done.status == 0, done.output
    shutil.move(copy.folder / "training" / "base", copy.folder / "base")
    replace_pull(copy)
    return copy


@contextmanager
def serving(project: Project, models: Path, values: dict[str, object]) -> Iterator[Backend]:
    """A server whose updates take some vars."""
    overrides = " ".join(f"--vars.{name} {value}" for name, value in values.items())
    with running_backend(
        project.folder,
        models,
        spacy_model=project.folder / "base",
        workers=1,
        debounce_seconds=0.5,
        start_training_each_n_updates=3,
        finetuned_model_name="garden",
        weasel_config_overrides=overrides,
    ) as backend:
        yield backend


def last(backend: Backend) -> dict[str, Any]:
    return backend.updates()[-1]


def wait_for_step(backend: Backend, step: str) -> bool:
    """Until a command of the update runs (its own process, not weasel's).

    Gives False when a later one runs already: some take no second.
    """
    later = workflow_steps(backend.folder, WORKFLOW)
    later = later[later.index(step) + 1 :]
    over = False

    def runs() -> bool:
        nonlocal over
        if backend.children(f"scripts.{step}"):
            return True
        update = last(backend)
        over = update["step"] in later or update["finished"] is not None
        return over

    wait_for(runs, UPDATE_SECONDS, backend.story)
    return not over


def test_annotations_lead_to_a_release_whatever_is_killed_on_the_way(
    project: Project, tmp_path: Path
) -> None:
    """The worker is killed in every command, then the server; after the release, a rollback."""
    models = tmp_path / "models"
    resumed: dict[str, str] = {}
    with serving(project, models, OPEN) as backend:
        before = backend.version(TEXT)
        assert [backend.webhook("ANNOTATION_CREATED")["update"] for _ in range(3)] == [
            None,
            None,
            1,
        ]
        assert backend.webhook("ANNOTATION_UPDATED")["update"] == 1  # debounced: the same one
        steps = workflow_steps(project.folder, WORKFLOW)
        for step in steps[1:-2]:
            if not wait_for_step(backend, step):
                continue
            (worker,) = backend.children("scripts.update_worker")
            worker.kill()
            start = time.monotonic()
            wait_for(lambda gone=worker: gone.pid not in pids(backend), 60)
            assert backend.version(TEXT) == before  # predictions go on
            wait_for(lambda: backend.children("scripts.update_worker"), 60)
            wait_for_step(backend, step)
            resumed[step] = f"{time.monotonic() - start:.1f} s"
        wait_for_step(backend, steps[-2])
        backend.kill()
    assert len(resumed) >= 6, resumed
    wait_for(lambda: not left_in(models), 30)
    with serving(project, models, OPEN) as backend:
        assert backend.version(TEXT) == before or last(backend)["state"] == "released"
        update = backend.wait_for_end(1, UPDATE_SECONDS)
        assert update["state"] == "released", backend.story()
        wait_for(lambda: backend.version(TEXT) == update["version"], 60)
        assert update["version"].startswith("en_garden-0.1.0-")
        assert len(backend.updates()) == 1
        assert list(backend.client.get("/versions").json()["versions"]) == [
            before,
            update["version"],
        ]
        evidence = {path.name for path in (models / "versions" / update["version"]).iterdir()}
        assert {"model", "report.html", "gate.json", "evaluation.json"} <= evidence
        assert not (models / "updates" / "000001" / "project").exists()
        roll_back(project, models)
        wait_for(lambda: backend.version(TEXT) == before, 60)
    print(f"Runs again after the worker was killed in it: {resumed}")


def pids(backend: Backend) -> set[int]:
    return {process.pid for process in backend.children("")}


def left_in(models: Path) -> list[int]:
    """Processes that still work in the folder of an update."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(models) in process.cwd():
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def roll_back(project: Project, models: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spacy", "project", "run", "rollback", "."],
        cwd=project.folder,
        env=os.environ | {"MODEL_DIR": str(models)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_refused_and_a_failed_update_say_why_and_change_nothing(
    project: Project, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    strict = OPEN | {"min_label_spans": 1, "max_loss": 0, "max_label_loss": 0}
    strict |= {"retained_gold": "assets/demo/retained_gold.jsonl", "strategy": "naive"}
    with serving(project, models, strict) as backend:
        before = backend.version(TEXT)
        backend.webhook("START_TRAINING")
        update = backend.wait_for_end(1, UPDATE_SECONDS)
        assert update["state"] == "refused", backend.story()
        assert update["step"] == "gate"
        assert "retained" in update["reason"].lower() or "lost" in update["reason"].lower()
        assert (models / "updates" / "000001" / "report.html").exists()
        assert 'state="refused"} 1.0' in backend.client.get("/metrics").text
        assert backend.version(TEXT) == before
    with serving(project, models, OPEN | {"raw_text": "nowhere/*.txt"}) as backend:
        backend.webhook("START_TRAINING")
        update = backend.wait_for_end(2, UPDATE_SECONDS)
        assert (update["state"], update["step"]) == ("failed", "inputs")
        assert "nowhere" in update["reason"]
        assert "serve_update_without_release{" in backend.client.get("/metrics").text
        assert backend.version(TEXT) == before
