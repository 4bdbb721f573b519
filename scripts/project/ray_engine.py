"""Units of work on a Ray cluster (optional: requirements-ray.txt).

All nodes see the project's folder, the raw text and the pipelines under the same paths, and have
the same packages. What passes through Ray is the description of a unit and its counts: no text and
no Doc.
"""

import os
import pickle
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from .errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")


class RayActors:
    """Actors of a Ray cluster: that of RAY_ADDRESS, or else one that is started on this machine.

    workers: actors at most, 0 for one a core. gpu: whether each takes a GPU, then 0 is one a GPU.
    """

    def __init__(self, *, workers: int, gpu: bool) -> None:
        self._workers, self._gpu = workers, gpu

    def run(
        self,
        work: Callable[[Any, Item], Result],
        shared: Any,
        items: Sequence[Item],
        prepare: Callable[[Any], object] = bool,
    ) -> Generator[Result, None, None]:
        """See `Engine.run`.

        Each actor prepares once. A unit whose node is lost is done again by another actor. Ray Data
        hands out units as actors are free, so that few of them wait.
        """
        ray, data = _import_ray()
        if not items:
            return
        _join_cluster(ray)
        context = data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        place = "GPU" if self._gpu else "CPU"
        most = self._workers or int(ray.cluster_resources().get(place, 1))
        units = data.from_items(
            [{"unit": pickle.dumps(item)} for item in items], override_num_blocks=len(items)
        )
        done = units.map(
            Worker,
            fn_constructor_args=(work, shared, prepare),
            compute=data.ActorPoolStrategy(min_size=1, max_size=min(most, len(items))),
            num_cpus=1,
            num_gpus=1 if self._gpu else 0,
        )
        for row in done.iter_rows():
            result = pickle.loads(row["result"])  # noqa: S301  (what `Worker` wrote)
            if isinstance(result, UserError):
                raise result
            yield result


class Worker:
    """An actor's work on one unit after another."""

    def __init__(
        self,
        work: Callable[[Any, Any], Any],
        shared: Any,
        prepare: Callable[[Any], object],
    ) -> None:
        self._work, self._shared, self._prepare = work, shared, prepare
        self._prepared = False

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """The result of a unit, or the error of the user's input that prevents it."""
        try:
            if not self._prepared:
                self._prepare(self._shared)
                self._prepared = True
            result: Any = self._work(self._shared, pickle.loads(row["unit"]))  # noqa: S301
        except UserError as error:
            result = error
        return {"result": pickle.dumps(result)}


class RayTasks:
    """An executor (`executors`): tasks of a Ray cluster, which Ray does again where a node is lost.

    jobs: at a time, 0 for one a core, or one a GPU. gpu: whether each takes a GPU.
    """

    def __init__(self, *, jobs: int, gpu: bool) -> None:
        self._ray, _ = _import_ray()
        _join_cluster(self._ray)
        place = "GPU" if gpu else "CPU"
        self.jobs = jobs or int(self._ray.cluster_resources().get(place, 1))
        self._gpus = 1 if gpu else 0
        errors = self._ray.exceptions
        self.lost: tuple[type[Exception], ...] = (
            errors.WorkerCrashedError,
            errors.NodeDiedError,
            errors.OutOfMemoryError,
        )

    def submit(
        self, work: Callable[[Any, Item], Result], shared: Any, item: Item
    ) -> "Future[Result]":
        """See `Executor.submit`."""
        task = self._ray.remote(num_cpus=1, num_gpus=self._gpus)(work)
        future: Future[Result] = task.remote(shared, item).future()
        return future

    def close(self) -> None:
        """See `Executor.close`."""
        self._ray.shutdown()


def _join_cluster(ray: Any) -> None:
    if not ray.is_initialized():
        path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
        ray.init(runtime_env={"env_vars": {"PYTHONPATH": path}}, log_to_driver=False)


def _import_ray() -> tuple[Any, Any]:
    try:
        # Imported here: it is optional, and large.
        import ray  # noqa: PLC0415
        import ray.data  # noqa: PLC0415
    except ImportError as error:
        raise UserError(
            f"vars.engine is ray, which is not installed ({error}).",
            "pip install -r requirements-ray.txt, then run again.",
        ) from error
    return ray, ray.data
