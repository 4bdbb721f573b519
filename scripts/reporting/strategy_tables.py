"""What the report shows of the strategy: what was tried, what dev said of it, what was taken."""

from ..training.records import Candidate, Choice, Scored
from .tables import Cell, Table

KEEPS = {"pass": "gain", "fail": "loss", "inconclusive": ""}


def strategy_tables(choice: Choice) -> list[Table]:
    """The candidates of auto and the shares of interpolate, those there are."""
    tables = [_candidate_table(choice), _share_table(choice.shares)]
    return [table for table in tables if table.rows]


def _candidate_table(choice: Choice) -> Table:
    return Table(
        "Strategies that were tried",
        "In percent, on dev. Score: the harmonic mean of F of annotated labels on gold and of F of "
        "retained labels, as the base labels them. The gate's condition for retained labels is "
        "asked on dev too; nothing was chosen by what it is tested on.",
        ("Strategy", "Score", "Annotated", "Retained", "False alarms", "Keeps", "Why", "Seconds"),
        [_candidate_row(one, chosen=choice.chosen) for one in choice.candidates],
    )


def _candidate_row(one: Candidate, *, chosen: str) -> list[Cell]:
    scores = one.scores
    return [
        Cell(one.strategy, detail="taken" if one.strategy == chosen else ""),
        Cell(f"{scores.update_score:.1f}"),
        Cell(f"{scores.annotated_f:.1f}"),
        Cell(f"{scores.retained_f:.1f}"),
        Cell(f"{scores.false_alarms:.2f}"),
        Cell(one.keeps, KEEPS[one.keeps]),
        Cell(one.why),
        Cell(f"{one.seconds:,.0f}"),
    ]


def _share_table(shares: list[Scored]) -> Table:
    return Table(
        "Shares of the base’s weights that were tried",
        "In percent, on dev.",
        ("Share", "Score", "Annotated", "Retained"),
        [
            [
                Cell(f"{one.alpha:.1f}"),
                Cell(f"{one.update_score:.1f}"),
                Cell(f"{one.annotated_f:.1f}"),
                Cell(f"{one.retained_f:.1f}"),
            ]
            for one in shares
        ],
    )
