from collections.abc import Iterator
from pathlib import Path

import pytest

from .conversions import Converted, Exports, convert_exports, export_project, print_counters
from .make_demo_export import Annotators, sign_up_annotators
from .server import Server, find_command, running_server


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server for the whole session; each test makes projects of its own in it."""
    command = find_command()
    if command is None:
        pytest.skip("No Label Studio: run make live-env, or set LABEL_STUDIO_VENV to its venv.")
    folder: Path = tmp_path_factory.mktemp("label-studio")
    with running_server(command, folder) as server:
        yield server


@pytest.fixture(scope="session")
def annotators(label_studio: Server) -> Annotators:
    """Two users of the server."""
    return sign_up_annotators(label_studio)


@pytest.fixture(scope="session")
def exports(label_studio: Server, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """A project with all cases, in all formats."""
    return export_project(label_studio, tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="session")
def conversions(
    exports: Exports, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Converted]]:
    """Each export converted; the counters are printed at the end."""
    converted = convert_exports(exports, tmp_path_factory.mktemp("corpora"))
    yield converted
    print_counters(converted)
