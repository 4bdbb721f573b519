"""The pipeline that is served now, and its exchange for another version while requests come in."""

import logging
import threading
from collections.abc import Sequence

from ..project.errors import UserError
from .frames import NOTHING, Predicted
from .pool import Pool, PredictionError
from .versions import Version, Versions

LOOK_SECONDS = 1.0  # between two looks at which version is to be served
log = logging.getLogger("serve")


class Service:
    """Serves the version that the store names, in several processes.

    Another version is loaded beside the one that is served, in processes of its own; then all
    requests go to the new one from one moment on, and the old one ends when it has answered its
    own. A version that cannot be loaded is noted with its reason, and the old one stays.
    Raises PredictionError when there is nothing that can be served.
    """

    def __init__(self, versions: Versions, processes: int, *, scores: bool = False) -> None:
        self._versions = versions
        self._processes = processes
        self._scores = scores
        self._pool = self._load(versions.current())
        self._restarts = 0
        self._ending = threading.Event()
        self.failed_to_load: dict[str, str] = {}
        self.swaps = 0
        self._watch = threading.Thread(target=self._look, name="versions", daemon=True)
        self._watch.start()

    @property
    def pool(self) -> Pool:
        """What answers now. A request takes it once, so that it gets one version's answers."""
        return self._pool

    @property
    def restarts(self) -> int:
        """Processes that had to be started again."""
        return self._restarts + self._pool.restarts

    def close(self) -> None:
        """End all processes."""
        self._ending.set()
        self._watch.join()
        self._pool.close()

    def _look(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                wanted = self._versions.current_id()
                if wanted != self._pool.version.id and wanted not in self.failed_to_load:
                    self._swap(wanted)
            except (UserError, OSError, ValueError) as error:
                log.warning("The versions cannot be read: %s", error)

    def _swap(self, wanted: str) -> None:
        try:
            pool = self._load(self._versions.get(wanted))
        except PredictionError as error:
            self.failed_to_load[wanted] = str(error)
            log.warning("Version %s cannot be loaded, %s stays: %s", wanted, self.name, error)
            return
        old, self._pool = self._pool, pool
        self.swaps += 1
        self._restarts += old.restarts
        log.info("Version %s is served, in the place of %s", self.name, old.version.id)
        old.close()

    def _load(self, version: Version) -> Pool:
        return Pool(version, self._processes, scores=self._scores)

    @property
    def name(self) -> str:
        """The id of the version that is served."""
        return self._pool.version.id


def predict_all(pool: Pool, texts: Sequence[str]) -> list[Predicted]:
    """What is found in each text; empty texts go past the pipeline."""
    found = iter(pool.predict([text for text in texts if text]))
    return [next(found) if text else NOTHING for text in texts]
