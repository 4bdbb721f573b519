"""The gate's verdict in one sentence, for someone who reads nothing else."""

from collections.abc import Mapping, Sequence

from ..evaluation.records import Evaluation

MAX_NAMES = 5  # of labels


def tell(evaluation: Evaluation, verdicts: Mapping[str, str], verdict: str, passed: bool) -> str:
    """What the update learns and keeps, as far as the rules can tell, and what follows.

    verdicts: of each rule, by its name. verdict: of all together. passed: whether it is released.
    """
    parts = [*_learnt(evaluation, verdicts), *_kept(evaluation, verdicts)]
    what = " and ".join(parts) or f"corrects {name_labels(evaluation.labels.shared)}"
    release = "pass" if passed else "refused"
    if verdict == "inconclusive":
        warned = "pass, with a warning" if passed else release
        release = f"{warned}: the tests are too small to tell"
    return f"This update {what}. Release: {release}."


def name_labels(labels: Sequence[str]) -> str:
    """The labels in words, the first ones of many."""
    if len(labels) > MAX_NAMES:
        return f"{len(labels)} labels ({', '.join(labels[:MAX_NAMES])} and others)"
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def _learnt(evaluation: Evaluation, verdicts: Mapping[str, str]) -> list[str]:
    rows, new = evaluation.gold.labels, evaluation.labels.new
    learnt = [label for label in new if rows[label].update.f > 0]
    missed = [label for label in new if label not in learnt and rows[label].support]
    if verdicts["new labels"] == "inconclusive":
        return [f"may learn {name_labels(new)}"]
    if not new:
        return []
    if not learnt:
        return ["learns no new label"]
    return [f"learns {name_labels(learnt)}" + (f" (not {name_labels(missed)})" if missed else "")]


def _kept(evaluation: Evaluation, verdicts: Mapping[str, str]) -> list[str]:
    """Of the retained labels, those that gold speaks of, where there is any."""
    retained = evaluation.labels.retained
    if not retained:
        return []
    untested = evaluation.retained_gold.untested if evaluation.retained_gold else []
    tested = [label for label in retained if label not in untested]
    if not tested:
        untested, tested = [], retained
    keeps = {"pass": "keeps", "fail": "does not keep"}
    kept = f"{keeps.get(verdicts['retained labels'], 'may not keep')} {name_labels(tested)}"
    if not untested:
        return [kept]
    others = "another label has" if len(untested) == 1 else f"{len(untested)} other labels have"
    return [f"{kept} ({others} no gold)"]
