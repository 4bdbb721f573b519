"""What Label Studio sends to an ML backend, and what it wants back (recorded from 1.23).

Unknown keys are taken and ignored: each version of Label Studio sends some more.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Id = int | str | None
# Anything that may change what the next export says of an annotation.
CHANGES = (
    *("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED"),
    "ANNOTATIONS_DELETED",
)
AT_ONCE = "START_TRAINING"


class Model(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


class Task(Model):
    """A task, or what stands in its place: only its data count."""

    data: Any = None


class Context(Model):
    """What the person who annotates has in the editor."""

    result: list[dict[str, Any]] | None = None


class Params(Model):
    """Of an interactive prediction; login and password are for task data that need them."""

    context: Context | None = None


class PredictRequest(Model):
    """POST /predict."""

    tasks: list[Task]
    project: Id = None
    label_config: str | None = None
    params: Params | None = None


class SetupRequest(Model):
    """POST /setup, which comes often. Host and token in it are not used: hosts are a setting."""

    project: Id = None
    label_schema: Annotated[str | None, Field(alias="schema")] = None


class Project(Model):
    """The project that a webhook tells of."""

    id: Annotated[int, Field(ge=1, le=2**53)]


class WebhookRequest(Model):
    """POST /webhook."""

    action: Annotated[str, Field(max_length=100)]
    project: Project | None = None


class Prediction(Model):
    """The answer for one task. score: of the least certain decision, 0 to 1."""

    model_version: str
    score: float
    result: list[dict[str, Any]]


class PredictAnswer(Model):
    """As many results as there were tasks, in their order."""

    results: list[Prediction]


class SetupAnswer(Model):
    """What Label Studio notes as the model's version."""

    model_version: str


class Health(Model):
    """That it runs, and what."""

    status: str
    model_class: str
    model_version: str


class UpdateRow(Model):
    """An update and its state, as `ledger` has them; times are UTC, ISO 8601."""

    id: int
    project: int
    state: str
    step: str | None
    reason: str | None
    version: str | None
    requested: str
    started: str | None
    finished: str | None


class VersionsAnswer(Model):
    """versions: the oldest first; the other keys are ours."""

    versions: list[str]
    current: str
    failed_to_load: dict[str, str]
    updates: list[UpdateRow]


class WebhookAnswer(Model):
    """update: the number of the update that this event belongs to, null when none is due."""

    action: str
    update: int | None


class Problem(Model):
    """Why a request is not answered."""

    detail: Any
