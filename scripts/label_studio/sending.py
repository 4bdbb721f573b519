"""Predictions for the tasks of a project: sent in batches, and what became of each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from spacy.util import minibatch

from ..project.errors import UserError
from .connection import Studio, explain_errors

# The server counts anew over all tasks of the project with each request, so these are large.
BATCH = 500
_INVALID = 400


class Prediction(NamedTuple):
    """What a pipeline finds in a task. score: 0 to 1. result: as Label Studio writes it."""

    task: int
    score: float
    result: list[dict[str, Any]]


class Refused(NamedTuple):
    """A task whose prediction is not there, and why."""

    task: int
    reason: str


class Sent(NamedTuple):
    """What became of a batch: created and refused are all that was sent."""

    created: int
    refused: list[Refused]


class Recipient(NamedTuple):
    """xml: the project's labelling configuration, to say why a prediction was refused."""

    studio: Studio
    project: int
    xml: str
    model_version: str


def send(to: Recipient, predictions: Iterable[Prediction]) -> Iterator[Sent]:
    """Send predictions in batches and count what the server made of each batch.

    Label Studio drops invalid predictions with status 201 (label_studio/data_import/api.py,
    ImportPredictionsAPI), and one of a task that is gone makes it refuse the whole batch.
    A request is never repeated: what the server did before a connection broke, nobody knows.
    Raises UserError when the server cannot be reached.
    """
    for batch in minibatch(predictions, BATCH):
        yield _send(to, batch)


def _send(to: Recipient, batch: Sequence[Prediction]) -> Sent:
    from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415

    request = [
        {"task": one.task, "score": one.score, "result": one.result}
        | {"model_version": to.model_version}
        for one in batch
    ]
    with explain_errors(to.studio.url, f"predictions for project {to.project}"):
        try:
            answer = to.studio.client.projects.import_predictions(
                id=to.project, request=request, request_options={"max_retries": 0}
            )
        except ApiError as error:
            if error.status_code != _INVALID:
                raise
            return _without_the_invalid(to, batch, error.body)
    if answer.created == len(batch):
        return Sent(len(batch), [])
    refused = list(_missing(to, batch))
    if answer.created != len(batch) - len(refused):
        raise UserError(
            f"Label Studio made {answer.created} of {len(batch)} predictions, but has "
            f"{len(batch) - len(refused)} of them.",
            "Somebody else may push at the same time. Run the same command again.",
        )
    return Sent(answer.created or 0, refused)


def _without_the_invalid(to: Recipient, batch: Sequence[Prediction], body: Any) -> Sent:
    """Halve a batch that was refused as a whole until it is known which one is the cause."""
    if len(batch) == 1:
        return Sent(0, [Refused(batch[0].task, " ".join(str(body).split())[-200:])])
    middle = len(batch) // 2
    first, second = _send(to, batch[:middle]), _send(to, batch[middle:])
    return Sent(first.created + second.created, first.refused + second.refused)


def _missing(to: Recipient, batch: Sequence[Prediction]) -> Iterator[Refused]:
    """The tasks of a batch that hold no prediction of this version now."""
    from label_studio_sdk.label_interface import LabelInterface  # noqa: PLC0415

    interface = LabelInterface(to.xml)
    for one in batch:
        with explain_errors(to.studio.url, f"task {one.task}"):
            there = to.studio.client.predictions.list(task=one.task)
        if not any(prediction.model_version == to.model_version for prediction in there):
            value = {"result": one.result, "score": one.score}
            reasons = interface.validate_prediction(value, return_errors=True)
            yield Refused(one.task, "; ".join(reasons) or "the server does not say why")
