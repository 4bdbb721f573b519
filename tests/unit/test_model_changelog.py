"""The changelog in a package: an entry a version, growing over rounds."""

from dataclasses import asdict, replace
from pathlib import Path

from scripts.release.model_changelog import entries, write_changelog
from scripts.release.released import Released
from tests.evidence import evaluation, evaluation_with_gold, lineage

MADE = lineage(evaluation_with_gold(69.8))


def release(version: tuple[int, ...], changelog: str = "") -> Released:
    """A release before, with a hundred annotated texts less and without DRUG."""
    before = asdict(MADE)
    before["labels"] = {"annotated": [], "retained": ["ORG"]}
    before["export"]["splits"] = {"train": 1300, "dev": 200, "test": 400}
    return Released("en_drugs", version, Path("a.whl"), {"lineage": before}, changelog)


def test_an_entry_says_what_is_new() -> None:
    text = write_changelog("en_drugs", "0.2.0", MADE, base="", released=release((0, 1, 0)))
    assert text.splitlines() == [
        "# Changelog of the pipeline",
        "",
        "## en_drugs 0.2.0",
        "",
        "- Base: en_base 2.0.0. Strategy: double.",
        "- Labels: new DRUG; retained ORG. Added since 0.1.0: DRUG.",
        "- Annotated texts: 2,000 (+100 since 0.1.0).",
        "- New labels: F 81.2 [80.7, 81.7], +81.2 [+80.7, +81.7] against the base, on 120 spans.",
        "- Retained labels: F 69.8 [69.3, 70.3], -0.2 [-0.7, +0.3] against the base, on 500 spans.",
        "- Release gate: pass.",
    ]


def test_without_gold_agreement_is_told_as_what_it_is() -> None:
    text = write_changelog("en_drugs", "0.1.0", lineage(evaluation()), base="", released=None)
    assert "- Retained labels: agreement with the base 99.3 [98.8, 99.8]." in text
    assert "since" not in text


def test_it_grows_over_rounds() -> None:
    first = write_changelog("en_plant", "1.0.0", MADE, base="", released=None)
    second = write_changelog("en_pest", "1.0.0", MADE, base=first, released=None)
    third = write_changelog("en_visitor", "1.0.0", MADE, base=second, released=release((0, 9, 0)))
    headings = [entry.partition("\n")[0] for entry in entries(third)]
    assert headings == ["## en_visitor 1.0.0", "## en_pest 1.0.0", "## en_plant 1.0.0"]


def test_a_release_goes_on_where_the_base_tells_nothing() -> None:
    first = write_changelog("en_drugs", "0.1.0", MADE, base="", released=None)
    text = write_changelog("en_drugs", "0.2.0", MADE, base="", released=release((0, 1, 0), first))
    assert len(entries(text)) == 2
    foreign = write_changelog(
        "en_drugs", "0.1.0", MADE, base="# Changes\n\n## 3.8\n", released=None
    )
    assert len(entries(foreign)) == 1


def test_a_version_that_is_made_again_has_one_entry() -> None:
    first = write_changelog("en_drugs", "0.1.0", MADE, base="", released=None)
    strategy = replace(MADE, recipe=replace(MADE.recipe, chosen="two-teacher"))
    again = write_changelog("en_drugs", "0.1.0", strategy, base=first, released=None)
    (entry,) = entries(again)
    assert "Strategy: two-teacher." in entry
