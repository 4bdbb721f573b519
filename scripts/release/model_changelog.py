"""The changelog that a package carries: an entry for each version, the newest first.

It grows over rounds: where the base is a package of ours, its changelog goes on. It holds no date,
so that the same inputs make the same text.
"""

import re

from .lineage import Lineage, Score
from .released import Released, format_version

FILE = "CHANGELOG.md"
TITLE = "# Changelog of the pipeline"


def write_changelog(
    package: str,
    version: str,
    lineage: Lineage,
    *,
    base: str,
    released: Released | None,
) -> str:
    """The changelog of a package as a whole.

    base: the base's changelog, empty where it has none. released: the release before this one,
    which goes on where the base tells nothing.
    """
    entry = write_entry(package, version, lineage, released)
    before = base or (released.changelog if released else "")
    kept = [old for old in entries(before) if first_line(old) != first_line(entry)]
    return "\n\n".join([TITLE, entry, *kept]) + "\n"


def entries(changelog: str) -> list[str]:
    """The entries of a changelog of ours; none of a text that is no such one."""
    if not changelog.startswith(TITLE):
        return []
    return [part.strip() for part in re.split(r"^(?=## )", changelog, flags=re.MULTILINE)[1:]]


def first_line(entry: str) -> str:
    """The heading of an entry: name and version."""
    return entry.partition("\n")[0]


def write_entry(package: str, version: str, lineage: Lineage, released: Released | None) -> str:
    """What is new in a version, a line each."""
    lines = [
        f"Base: {lineage.base.name} {lineage.base.version}. Strategy: {lineage.recipe.chosen}.",
        tell_labels(lineage, released),
        tell_texts(lineage, released),
        *tell_scores(lineage),
        f"Release gate: {lineage.gate.verdict}.",
    ]
    return f"## {package} {version}\n\n" + "\n".join(f"- {line}" for line in lines)


def tell_labels(lineage: Lineage, released: Released | None) -> str:
    """Which labels there are, and which of them the release before did not have."""
    kinds = [
        f"{kind} {', '.join(lineage.labels[kind])}"
        for kind in ("new", "shared", "retained")
        if lineage.labels[kind]
    ]
    told = f"Labels: {'; '.join(kinds)}."
    if released is None or "lineage" not in released.meta:
        return told
    before = released.meta["lineage"]["labels"]
    known = {*before["annotated"], *before["retained"]}
    added = sorted({*lineage.labels["annotated"], *lineage.labels["retained"]} - known)
    since = format_version(released.version)
    return f"{told} Added since {since}: {', '.join(added) or 'none'}."


def tell_texts(lineage: Lineage, released: Released | None) -> str:
    """How many annotated texts there are, and how many more than in the release before."""
    count = sum(lineage.export.splits.values())
    told = f"Annotated texts: {count:,}"
    if released is not None and "lineage" in released.meta:
        before = sum(released.meta["lineage"]["export"]["splits"].values())
        told += f" ({count - before:+,} since {format_version(released.version)})"
    return f"{told}."


def tell_scores(lineage: Lineage) -> list[str]:
    """F of new, shared and retained labels with bounds, and the change against the base."""
    scores = lineage.scores
    kinds = (("New", scores.new), ("Shared", scores.shared), ("Retained", scores.retained))
    told = [f"{kind} labels: {describe_score(score, lineage)}" for kind, score in kinds if score]
    if scores.retained is None and scores.agreement:
        bounds = f"[{scores.agreement.lower:.1f}, {scores.agreement.upper:.1f}]"
        told.append(
            f"Retained labels: agreement with the base {scores.agreement.value:.1f} {bounds}."
        )
    return told


def describe_score(score: Score, lineage: Lineage) -> str:
    """A score in a sentence."""
    f, change, spans = score.f, score.change, lineage.kind.words.spans
    return (
        f"F {f.value:.1f} [{f.lower:.1f}, {f.upper:.1f}], {change.value:+.1f} "
        f"[{change.lower:+.1f}, {change.upper:+.1f}] against the base, "
        f"on {score.support:,} {spans}."
    )
