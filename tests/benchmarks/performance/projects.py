"""A real update to measure with: the workflow run once, with few steps, in copies of the project.

Speed hardly depends on what an ner has learnt, so little training does.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.updates.data import BASE, BY_NAME, QUICK, RAW, write_export
from tests.workflow.conftest import OPEN_GATE, Project, copy_project

UPDATE = BY_NAME["bc5cdr"]
DONE = "done"
ONE_MODEL = "two-teacher"  # a strategy whose update has one ner, as the base


def make_update(data: Path, folder: Path, strategy: str, like: Project | None = None) -> Project:
    """The workflow `all` by that strategy, in a copy of the project; one that is there is kept.

    like: one by another strategy, of which all that is the same is taken over.
    Raises RuntimeError, with what was printed, when it fails.
    """
    project = Project(folder / strategy)
    if not (project.folder / DONE).exists():
        shutil.rmtree(project.folder, ignore_errors=True)
        if like:
            shutil.copytree(like.folder, project.folder, ignore=shutil.ignore_patterns(DONE))
        else:
            copy_project(project.folder)
            inputs = project.folder / "assets/update"
            write_export(UPDATE, data, inputs, scale=QUICK, all_gold=False)
        done = project.run("all", **update_vars(data, strategy))
        if done.status:
            raise RuntimeError(done.output)
        (project.folder / DONE).touch()
    return project


def update_vars(data: Path, strategy: str) -> Mapping[str, object]:
    """What the workflow is told."""
    return {
        "base_model": (data / BASE).resolve(),
        "export": "assets/update/export.json",
        "raw_text": (data / RAW).resolve(),
        "strategy": strategy,
        "name": "benchmark",
        **QUICK.vars,
        **OPEN_GATE,
    }


def find_wheel(project: Project) -> Path:
    """The wheel that the workflow built."""
    (wheel,) = project.folder.glob("packages/*/dist/*.whl")
    return wheel
