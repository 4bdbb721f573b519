"""A Ray cluster of three nodes on this machine: the same shards, also when a node is killed.

Needs an environment with requirements-ray.txt, and is skipped without.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.project.engines import LocalProcesses, make_engine
from scripts.project.errors import UserError
from scripts.project.files import remove
from scripts.training.labelling import Means
from scripts.training.rehearsal import Dose, Manifest
from tests.small_rehearsals import files, make_means, rehearse, sentence, write_gold

ray = pytest.importorskip("ray", reason="needs pip install -r requirements-ray.txt")
pytestmark = [pytest.mark.ray, pytest.mark.slow]

TEXTS = [sentence(number) for number in range(400)]
DOSE = Dose(240, 0)
RAY = make_engine("ray", workers=0, gpu_id=-1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three nodes of one processor each; the engine finds them by RAY_ADDRESS."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")  # else 15: on a busy machine it waits for minutes
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture
def expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Means, dict[str, str]]:
    """Teachers, and the corpora that local processes make, which are then removed."""
    monkeypatch.setattr("scripts.corpora.selection.SHARD_DOCS", 4)
    means = make_means(tmp_path)
    corpus = means.work.parent
    write_gold(corpus, 3)
    rehearse(means, TEXTS, DOSE, LocalProcesses(1))
    found = files(corpus)
    for name in ("merged", "rehearsal", "shards.json", ".rehearse"):
        remove(corpus / name)
    return means, found


def test_the_same_shards_when_a_node_is_killed(
    cluster: Any, expected: tuple[Means, dict[str, str]]
) -> None:
    means, shards = expected
    work, seen = means.work / "rehearsal/train", []

    def kill() -> None:
        while len(list(work.glob("*.spacy"))) < 5:
            time.sleep(0.01)
        cluster.remove_node(list(cluster.worker_nodes)[-1], allow_graceful=False)
        seen.append(len(list(work.glob("*.spacy"))))

    killer = threading.Thread(target=kill)
    killer.start()
    rehearse(means, TEXTS, DOSE, RAY)
    killer.join(timeout=60)
    train = [name for name in shards if name.startswith("rehearsal/train/")]
    assert 5 <= seen[0] < len(train), "killed too late"
    assert len([node for node in ray.nodes() if node["Alive"]]) == 2
    assert files(means.work.parent) == shards
    names = [one.name for one in Manifest.read(means.work.parent / "shards.json").shards]
    assert len(names) == len(set(names)) == len(shards)


@pytest.mark.usefixtures("cluster")
def test_errors_of_the_input_come_whole(expected: tuple[Means, dict[str, str]]) -> None:
    means, _ = expected
    remove(means.specialist / "config.cfg")
    with pytest.raises(UserError, match="cannot be loaded"):
        rehearse(means, TEXTS, DOSE, RAY)
