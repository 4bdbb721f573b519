"""Every command in the documents is run, as it stands there, in a scratch copy of the project.

The tutorial's in the finished demonstration. The others in a copy whose workflow `all` has one
command, `inputs`, which checks every var and reads every input: what comes after it is run by the
other tests. What needs a Label Studio server is in tests/live.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import srsly

from tests.documents import Block, commands, cut_workflow, make_environment, surroundings
from tests.processes import end_process
from tests.small_pipelines import make_recognizer
from tests.small_wheels import write_small_wheel

from .conftest import Done, Project, copy_project

pytestmark = pytest.mark.slow
Finished = tuple[Project, Done]
SECONDS = 600
TUTORIAL = [block for block in commands("") if block.page.name == "tutorial.md"]
OTHERS = [block for block in commands("") if block.page.name != "tutorial.md"]
SECRET = "a-token-that-nobody-may-see"
TEXTS = [f"Ada Lovelace waters basil number {number} in London." for number in range(40)]


def bash(
    text: str, project: Project, packages: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run commands as a person does who has activated an environment."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=project.folder,
        env=surroundings(packages) | more,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where packages are installed to, with a stand-in of en_core_web_sm."""
    packages = make_environment(tmp_path_factory.mktemp("environment") / "venv")
    name, version = "en_core_web_sm", "3.8.0"
    nlp = make_recognizer()
    nlp.meta.update(name="core_web_sm", version=version)
    (packages / name).mkdir()
    nlp.to_disk(packages / name / f"{name}-{version}")
    load = "from pathlib import Path\nfrom spacy.util import load_model_from_init_py\n"
    load += "def load(**options): return load_model_from_init_py(__file__, **options)\n"
    (packages / name / "__init__.py").write_text(load)
    (packages / name / "meta.json").write_text(srsly.json_dumps(nlp.meta))
    told = packages / f"{name}-{version}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return packages


@pytest.fixture(scope="module")
def finished_copy(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The finished demonstration, for all of the tutorial."""
    folder = tmp_path_factory.mktemp("tutorial") / "project"
    subprocess.run(["cp", "-r", finished[0].folder, folder], check=True)
    return Project(folder)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project with the files that the documents name."""
    project = copy_project(tmp_path_factory.mktemp("documents") / "project")
    cut_workflow(project)
    export = (project.folder / "assets/demo/export.json").read_bytes()
    (project.folder / "my").mkdir()
    (project.folder / "my/export.json").write_bytes(export)
    (project.folder / "my/general").mkdir()
    (project.folder / "path/to").mkdir(parents=True)
    for name in ("my/general/news.txt", "my/general.txt", "path/to/general_text.txt"):
        (project.folder / name).write_text("\n".join(TEXTS))
    spans = [{"start": 0, "end": 12, "label": "PER"}]
    for name in ("my/gold.jsonl", "my/old_gold.jsonl", "path/to/retained_gold.jsonl"):
        srsly.write_jsonl(project.folder / name, ({"text": text, "spans": spans} for text in TEXTS))
    (project.folder / "my/label_map.yml").write_text("Person: PERSON\n")
    (project.folder / "train.tsv").write_text("Aspirin\tB-Chemical\nhelps\tO\n\n" * 20)
    for name, version in (("garden_demo", "0.1.0"), ("my_pipeline", "1.0.0")):
        folder = project.folder / f"packages/en_{name}-{version}/dist"
        folder.mkdir(parents=True)
        write_small_wheel(folder, name=name, version=version)
    for name in ("path/to/en_core_web_sm", "my/my_pipeline"):
        make_recognizer().to_disk(project.folder / name)
    return project


@pytest.mark.parametrize("block", TUTORIAL, ids=lambda block: block.name)
def test_a_command_of_the_tutorial(block: Block, finished_copy: Project, packages: Path) -> None:
    done = bash(block.text, finished_copy, packages)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize("block", OTHERS, ids=lambda block: block.name)
def test_a_command_of_the_documents(block: Block, prepared: Project, packages: Path) -> None:
    done = bash(block.text, prepared, packages)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


GH = """#!/bin/sh
# Stands in for GitHub's program: writes down how it was called, and knows one release.
echo "$*" >> "$CALLS"
case "$1 $2" in "release list") echo en_garden_demo-0.0.1;; esac
"""
CYCLONEDX = """#!/bin/sh
# Stands in for cyclonedx-py: the names that come in.
cat > "$3"
"""


def test_the_steps_of_retraining_run_as_they_stand(
    finished_copy: Project, packages: Path, tmp_path: Path
) -> None:
    """Those of .github/workflows/retrain.yml, with stand-ins of what needs a network."""
    for name, text in (("bin/gh", GH), ("audit/bin/cyclonedx-py", CYCLONEDX)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "audit/installed").touch()
    for other in (finished_copy.folder / "packages").glob("*-0.2.0"):
        shutil.rmtree(other)  # the tutorial made it; a build server's folder is empty
    git = "git -c user.name=a -c user.email=a@b"
    bash(f"{git} init -q && {git} commit -q --allow-empty -m 1", finished_copy, packages)
    given = {"PATH": f"{tmp_path}/bin:{surroundings(packages)['PATH']}", "NUMBER": "12"}
    given |= {"CALLS": str(tmp_path / "calls"), "AUDIT_VENV": str(tmp_path / "audit")}
    given |= {"RETRAIN_BASE": "fixed", "RETRAIN_VERSION": "0.1.0", "LABEL_STUDIO_API_KEY": SECRET}
    jobs = srsly.read_yaml(".github/workflows/retrain.yml")["jobs"]
    lines = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert len(lines) == 6
    printed = ""
    for line in lines:
        done = bash(line, finished_copy, packages, **given)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        printed += done.stdout + done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [" ".join(call.split()[:2]) for call in calls] == [
        *("release list", "release download", "pr comment", "release create")
    ]
    assert calls[3].startswith("release create en_garden_demo-0.1.0 ")
    assert "en_garden_demo-0.1.0-py3-none-any.whl" in calls[3]
    assert "spacy==" in (finished_copy.folder / "training/sbom.json").read_text()
    notes = (finished_copy.folder / "training/notes.md").read_text()
    assert notes.startswith("# en_garden_demo 0.1.0\n")
    assert SECRET not in printed + notes + "".join(calls)


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("block", commands("run until it answers"), ids=lambda block: block.name)
def test_a_server_of_the_documents_answers(
    block: Block, prepared: Project, packages: Path, port: int
) -> None:
    line = ["bash", "-euo", "pipefail", "-c", block.text]
    env = surroundings(packages) | {"PORT": str(port)}
    process = subprocess.Popen(line, cwd=prepared.folder, env=env, start_new_session=True)
    try:
        end = time.monotonic() + SECONDS
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).is_success:
                    break
            except httpx.TransportError:
                assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.5)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # the shell does not pass it on
        end_process(process)
