"""The commands in the documents that need a Label Studio server, as they stand there."""

import subprocess
from pathlib import Path

import pytest

from tests.documents import (
    PROJECT,
    Block,
    commands,
    cut_workflow,
    make_environment,
    surroundings,
)
from tests.small_pipelines import write_ruler
from tests.workflow.conftest import Project, copy_project

from .projects import make_project
from .server import Server

pytestmark = [pytest.mark.live, pytest.mark.slow]
BLOCKS = commands("run with Label Studio")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project whose workflow `all` is its first command."""
    project = copy_project(tmp_path_factory.mktemp("documents") / "project")
    cut_workflow(project)
    return project


@pytest.fixture(scope="module")
def number(label_studio: Server) -> int:
    """A project, which the documents call 7."""
    return make_project(label_studio.client(), ["Ada waters basil in Delft."], "Of documents")[0]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_command_of_the_documents(
    block: Block, scratch: Project, label_studio: Server, number: int, tmp_path: Path
) -> None:
    names = {"PLANT": ["basil"], "Town": ["Delft"]}
    pipeline = write_ruler(tmp_path / "rules", "1.0.0", names)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text.replace(PROJECT, f"--vars.project {number}")],
        cwd=scratch.folder,
        env=surroundings(make_environment(tmp_path / "venv"))
        | {
            "LABEL_STUDIO_URL": label_studio.url,
            "LABEL_STUDIO_API_KEY": label_studio.token,
            "WEASEL_CONFIG_OVERRIDES": f"--vars.pipeline {pipeline}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert label_studio.token not in done.stdout + done.stderr
