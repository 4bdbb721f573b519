"""Set up a Label Studio project: its configuration, the backend and a webhook with credentials."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .label_studio.configuration import configure_pipeline
from .label_studio.connection import clean_url, connect
from .label_studio.options import LabelMapFile, PackageName, PackageVersion, PipelineName
from .label_studio.projects import (
    Done,
    Login,
    connect_backend,
    find_project,
    set_up_project,
)
from .project.errors import UserError, run
from .project.settings import parse_path, parse_value
from .serving.environment import read_environment


def main(
    project: Annotated[str, typer.Option(help="number of a project, null: the one with the title")],
    title: Annotated[str, typer.Option(help="of the project to make, null: the package's name")],
    backend: Annotated[str, typer.Option(help="where serve answers, null for no backend")],
    pipeline: PipelineName,
    name: PackageName,
    version: PackageVersion,
    label_config: Annotated[str, typer.Option(help="XML, null: one for the pipeline")] = "null",
    label_map: LabelMapFile = "null",
) -> None:
    """Make or bring up to date a project with its configuration, backend and webhook.

    Done again, it changes nothing.
    """
    where = parse_value("backend", backend)
    login = read_login()
    studio = connect()
    titled = parse_value("project_title", title) or name
    known = parse_value("project", project) or find_project(studio, titled)
    config = parse_path("label_config", label_config)
    xml = _read(config) if config else None
    if xml is None and known is None:
        own, names = parse_value("pipeline", pipeline), parse_path("label_map", label_map)
        xml = configure_pipeline(own, name, version, names)
    done = set_up_project(studio, known, titled, xml)
    _say("Project", done, f"{studio.url}/projects/{done.id}/")
    if where is None:
        msg.info("No backend (vars.backend is null)")
        return
    url = clean_url(where, "vars.backend")
    webhook, connected = connect_backend(studio, done.id, url, login)
    _say("Webhook", webhook, f"{url}/webhook")
    _say("Backend", connected, url)


def read_login() -> Login | None:
    """The backend's credentials, from BASIC_AUTH_USER and BASIC_AUTH_PASS, None without them."""
    environment = read_environment()
    login = Login(environment.basic_auth_user or "", environment.password)
    if not "".join(login).isascii():
        raise UserError(
            "BASIC_AUTH_USER or BASIC_AUTH_PASS has a letter that is not ASCII.",
            "Label Studio sends such letters in Latin-1, others in UTF-8: take ASCII alone.",
        )
    return login if login.user else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} cannot be read ({error}).", "Give vars.label_config a file with the XML."
        ) from error


def _say(what: str, done: Done, place: str) -> None:
    msg.good(f"{what} {done.id}: {done.what}", place)


if __name__ == "__main__":
    run(main)
