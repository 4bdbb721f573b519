"""All that the gate says of evaluations of every kind, to the letter.

After a change of its words: `python -m tests.gate_cases`, and read what differs.
"""

import pytest
import srsly

from scripts.release.gate_rules import decide
from scripts.release.thresholds import Thresholds
from tests.gate_cases import CASES, DECISIONS, TRIED, decide_case

KNOWN = srsly.read_json(DECISIONS)


@pytest.mark.parametrize("name", TRIED)
def test_the_gate_says_the_same_as_before(name: str) -> None:
    assert decide_case(name) == KNOWN[name]


def test_no_case_is_left_behind() -> None:
    assert list(KNOWN) == list(TRIED)


@pytest.mark.parametrize("name", CASES)
def test_a_reason_is_a_sentence_in_one_line(name: str) -> None:
    decision = decide(CASES[name], Thresholds())
    for reason in (decision.sentence, *(rule.reason for rule in decision.rules)):
        assert reason[0].isupper() or reason[0].isdigit()
        assert reason.endswith(".")
        assert "\n" not in reason
