"""A project of Label Studio as this workflow needs it: made, or brought up to date."""

import base64
from typing import Any, NamedTuple

from ..project.errors import UserError
from .connection import Studio, explain_errors

# Of the tasks with a prediction, the one with the lowest score comes first (label_studio/projects/
# functions/next_task.py), which is what push gives the least certain one.
SAMPLING = "Uncertainty sampling"
# START_TRAINING is none of these: Label Studio sends it to the backend itself, with credentials.
ACTIONS = [
    *("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"),
    *("TASKS_CREATED", "TASKS_DELETED", "PROJECT_UPDATED"),
]
TITLE = "spaCy"


class Login(NamedTuple):
    """Basic auth of the backend."""

    user: str
    password: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request with these credentials carries (RFC 7617)."""
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}


class Done(NamedTuple):
    """Number of a project, backend or webhook, and what was done: made, changed or kept."""

    id: int
    what: str


def find_project(studio: Studio, title: str) -> int | None:
    """The project with exactly this title. Raises UserError when there are several."""
    with explain_errors(studio.url, "the list of projects"):
        found = [one.id for one in studio.client.projects.list(title=title) if one.title == title]
    if len(found) > 1:
        numbers = ", ".join(map(str, found))
        raise UserError(
            f"There are {len(found)} projects {title!r}: {numbers}.",
            "Name one of them (--vars.project), or another title (--vars.project_title).",
        )
    return found[0] if found else None


def set_up_project(studio: Studio, project: int | None, title: str, xml: str | None) -> Done:
    """Make a project, or give one that is there another configuration.

    project: None for the one with this title, which is made if there is none. xml: None to leave
    the configuration of a project as it is.
    """
    known = find_project(studio, title) if project is None else project
    projects = studio.client.projects
    if known is None:
        with explain_errors(studio.url, f"the new project {title!r}"):
            made = projects.create(title=title, label_config=xml, sampling=SAMPLING)
        return Done(made.id, "made")
    with explain_errors(studio.url, f"the configuration of project {known}"):
        found = projects.get(id=known)
        if xml is None or (found.label_config or "").strip() == xml.strip():
            return Done(known, "kept")
        projects.update(id=known, label_config=xml)
    return Done(known, "changed")


def connect_backend(
    studio: Studio, project: int, backend: str, login: Login | None
) -> tuple[Done, Done]:
    """Webhook and backend of a project. Without the backend no new webhook is left either."""
    webhook = _set_up_webhook(studio, project, backend, login)
    try:
        return webhook, _set_up_backend(studio, project, backend, login)
    except UserError:
        if webhook.what == "made":
            with explain_errors(studio.url, f"the webhook {webhook.id}"):
                studio.client.webhooks.delete(id=webhook.id)
        raise


def _set_up_webhook(studio: Studio, project: int, backend: str, login: Login | None) -> Done:
    """Send what happens in a project to the backend, with its credentials.

    Label Studio makes a webhook of its own for a backend, without credentials, unless there is one
    with this address (label_studio/ml/models.py, create_ml_webhook): so this comes first, and one
    that is there gets ours.
    """
    url = f"{backend}/webhook"
    wanted: dict[str, Any] = {
        "send_payload": True,
        "send_for_all_actions": False,
        "is_active": True,
        "actions": ACTIONS,
        "headers": login.headers if login else {},
    }
    webhooks = studio.client.webhooks
    with explain_errors(studio.url, f"a webhook of project {project}"):
        there = [one for one in webhooks.list(project=str(project)) if one.url == url]
        if not there:
            return Done(int(webhooks.create(url=url, project=project, **wanted).id or 0), "made")
        first, *others = there
        for one in others:
            webhooks.delete(id=one.id)
        kept = not others and all(_same(getattr(first, key), wanted[key]) for key in wanted)
        if not kept:
            webhooks.update(id=first.id, url=url, **wanted)
    return Done(int(first.id or 0), "kept" if kept else "changed")


def _same(found: Any, wanted: Any) -> bool:
    return sorted(found) == sorted(wanted) if isinstance(wanted, list) else bool(found == wanted)


def _set_up_backend(studio: Studio, project: int, backend: str, login: Login | None) -> Done:
    """Connect the backend, for predictions in the editor and for training.

    Label Studio calls its /health and /setup, so it must be running. A password cannot be compared
    with the one that is there: it is set each time.
    """
    settings: dict[str, Any] = {"url": backend, "is_interactive": True}
    settings["auth_method"] = "BASIC_AUTH" if login else "NONE"
    if login:
        settings |= {"basic_auth_user": login.user, "basic_auth_pass": login.password}
    ml = studio.client.ml
    with explain_errors(studio.url, f"the backend {backend}"):
        there = [one for one in ml.list(project=project) if (one.url or "").rstrip("/") == backend]
        if not there:
            return Done(int(ml.create(project=project, title=TITLE, **settings).id or 0), "made")
        ml.update(id=there[0].id, project=project, **settings)
    return Done(int(there[0].id or 0), "kept")
