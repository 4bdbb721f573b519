"""The tables of a sweep's page: what was tried, and what it came to."""

from collections.abc import Mapping, Sequence

from ..sweeping.records import Sweep, Trial
from .tables import Cell, Table

VALUES = ("gain", "retention", "dev score", "annotated F", "false alarms", "seconds")
# Without --force weasel skips a command that has ended well where nothing has changed.
TRY_AGAIN = "Run the same command again with --force to try them again."


def trial_table(sweep: Sweep) -> Table:
    """A row for each trial that was trained, the best gain first."""
    names = setting_names(sweep.trials)
    trained = [trial for trial in sweep.trials if trial.outcome]
    return Table(
        "Trials",
        "The best gain first. Front: no other trial is better in both, gain and retention.",
        ("Trial", "Strategy", *names, *VALUES, "Keeps"),
        [
            _row(trial, names, chosen=bool(sweep.chosen and trial.number == sweep.chosen.number))
            for trial in sorted(trained, key=lambda trial: -(trial.gain or 0.0))
        ],
    )


def failure_table(sweep: Sweep) -> Table | None:
    """A row for each trial that failed, None where none did."""
    rows = [
        [Cell(str(trial.number)), Cell(_settings(trial.settings)), Cell(trial.failure.fact)]
        for trial in sweep.trials
        if trial.failure
    ]
    return Table("Failed trials", TRY_AGAIN, ("Trial", "Settings", "Why"), rows) if rows else None


def setting_names(trials: Sequence[Trial]) -> list[str]:
    """The vars that were swept, but for the strategy."""
    names = {name: None for trial in trials for name in trial.settings if name != "strategy"}
    return list(names)


def show_values(trial: Trial) -> list[str]:
    """A trial's values as VALUES names them; none where it failed."""
    if trial.outcome is None or trial.gain is None or trial.retention is None:
        return []
    scores = trial.outcome.scores
    return [
        *(f"{trial.gain:+.1f}", f"{trial.retention:.1f}"),
        *(f"{scores.update_score:.1f}", f"{scores.annotated_f:.1f}", f"{scores.false_alarms:.1f}"),
        f"{trial.outcome.seconds:.0f}",
    ]


def _row(trial: Trial, names: Sequence[str], *, chosen: bool) -> list[Cell]:
    marks = [word for word, holds in (("chosen", chosen), ("front", trial.front)) if holds]
    settings = [str(trial.settings.get(name, "")) for name in names]
    return [
        Cell(str(trial.number), detail=", ".join(marks)),
        Cell(str(trial.settings["strategy"])),
        *map(Cell, [*settings, *show_values(trial)]),
        Cell(trial.keeps or "", kind="gain" if trial.keeps == "pass" else ""),
    ]


def _settings(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())
