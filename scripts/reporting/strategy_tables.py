"""What the report shows of the strategy: what was tried, what dev said of it, what was taken."""

from collections.abc import Sequence

from ..training.records import BoldnessTrial, Candidate, Choice, Scored, SharedTrial
from .tables import Cell, Table

# What was packaged, for a reader who has not read the README.
MEANINGS = {
    "double": "The base’s component stays as it was, a second one stands beside it.",
    "two-teacher": "One model, trained on all texts with the words of base and specialist.",
    "pseudo": "One model, trained on the export’s texts, completed with the base’s words.",
    "replay": "One model, trained as by two-teacher, with gold for old labels beside it.",
    "interpolate": "One model, weights between the base’s and those of two-teacher.",
    "naive": "The base, trained further on the annotations alone.",
    "distill": "One model, trained on texts as a teacher labels them.",
}
KEEPS = {"pass": "gain", "fail": "loss", "inconclusive": ""}


def strategy_tables(choice: Choice) -> list[Table]:
    """The candidates of auto, the shares of interpolate, and what else was tried: what there is."""
    tables = [
        _candidate_table(choice),
        _share_table(choice.shares),
        _shared_label_table(choice.shared),
        _boldness_table(choice.boldness),
    ]
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


def _shared_label_table(trials: Sequence[SharedTrial]) -> Table:
    return Table(
        "Labels that base and annotators share: whose word counts",
        "In percent, on dev. The base’s entities of a shared label fill what the second recognizer "
        "leaves free, and its entities yield to those of the base with other labels, unless dev "
        "says that something else is better. What is left out is decided by how often the base is "
        "wrong in all annotated texts; dev alone is in the table. Shared: F of these labels on "
        "gold. Retained: F of the base’s other labels in general text, against the base.",
        ("Base’s entities left out", "Where both overlap", "Shared", "Retained"),
        [
            [
                Cell(", ".join(one.dropped) or "none", detail="taken" if one.taken else ""),
                Cell("annotators win" if one.wins else "base wins"),
                Cell(f"{one.shared_f:.1f}"),
                Cell(f"{one.retained_f:.1f}"),
            ]
            for one in trials
        ],
    )


def _boldness_table(trials: Sequence[BoldnessTrial]) -> Table:
    return Table(
        "How bold the second recognizer is",
        "Dev has too few gold spans to say so. With few annotated texts a second recognizer learns "
        "above all that nothing is an entity; so its score for that is lowered as long as general "
        "text (of dev) shows few false alarms beside the specialist’s and agrees with the base, "
        "and F on the gold that dev has does not fall.",
        (
            "Lowered by (nats)",
            "False alarms",
            "The specialist’s",
            "Agreement with the base",
            "Gold",
        ),
        [
            [
                Cell(str(one.nats), detail="taken" if one is trials[-1] else ""),
                Cell(f"{one.false_alarms:,}"),
                Cell(f"{one.specialist:,}"),
                Cell(f"{one.agreement:.1f}"),
                Cell(f"{one.gold:.1f}"),
            ]
            for one in sorted(trials, key=lambda one: one.nats)
        ],
    )
