"""Work in several processes."""

import gc
import os
import time
from collections.abc import Iterator

import pytest

from scripts.project.errors import UserError
from scripts.project.parallel import map_in_order, rare_collections


def add(shared: int, item: int) -> int:
    time.sleep(0.01 * (item % 3))  # later items may be done first
    return shared + item


def refuse(shared: int, item: int) -> int:
    if item == 3:
        raise UserError("a fact", "a remedy")
    return item


def die(shared: int, item: int) -> int:
    os._exit(1)


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_order(workers: int, count: int) -> None:
    assert list(map_in_order(add, 100, iter(range(count)), workers)) == list(
        range(100, 100 + count)
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_items_are_taken_as_they_are_needed(workers: int) -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    results = map_in_order(add, 0, items(), workers)
    next(results)
    assert len(taken) <= 2 + 2 * workers
    results.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_come_whole(workers: int) -> None:
    with pytest.raises(UserError) as caught:
        list(map_in_order(refuse, 0, range(20), workers))
    assert (caught.value.fact, caught.value.remedy) == ("a fact", "a remedy")


def test_killed_worker() -> None:
    with pytest.raises(UserError, match="killed"):
        list(map_in_order(die, 0, range(5), 2))


def test_rare_collections_end_with_the_block() -> None:
    before = gc.get_threshold()
    with rare_collections():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
