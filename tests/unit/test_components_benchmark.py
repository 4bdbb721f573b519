"""What the benchmark of components says before it trains for minutes."""

import pytest

from tests.benchmarks.components import Scores, check_base


def test_a_base_that_knows_nothing_has_nothing_to_forget() -> None:
    with pytest.raises(RuntimeError, match="spancat finds none of its labels"):
        check_base("spancat", Scores(0.0, 0.0, 0.0))
    check_base("textcat", Scores(0.0, 64.3, 0.0))
