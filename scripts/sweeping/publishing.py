"""What a sweep writes: its record, the figure, the page, and the vars that are chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from markupsafe import Markup

from ..project.files import remove, write_json, write_text
from ..reporting.pages import render_page
from ..reporting.sweep_chart import SweepPoint, draw_sweep
from ..reporting.sweep_tables import failure_table, trial_table
from ..training.choosing import Condition
from .picking import choose, command_line, judge, yaml
from .records import Sweep, Trial
from .space import STRATEGY, Space, Texts

CHOSEN = "chosen.yml"  # in the folder of the study


@dataclass(frozen=True)
class Outputs:
    """Where a sweep writes to. record: sweep.json; figure and page stand beside it."""

    record: Path
    study: Path


@dataclass(frozen=True)
class Terms:
    """Under which trials are tried and judged.

    planned: how many there are to be. overrides: vars that were given for this run.
    """

    space: Space
    texts: Texts
    condition: Condition
    planned: int
    seed: int
    base_annotated_f: float
    overrides: Mapping[str, str] = field(default_factory=dict)


def make_record(trials: Sequence[Trial], terms: Terms) -> Sweep:
    """What has been tried until now, judged, with the trial that is taken."""
    condition = terms.condition
    gold = len(condition.gold.references) if condition.gold else 0
    judged = [judge(trial, condition) for trial in trials]
    return Sweep(
        seed=terms.seed,
        planned=terms.planned,
        strategies=terms.space.strategies,
        ranges=dict(terms.space.ranges),
        annotated_texts=terms.texts.annotated,
        raw_texts=terms.texts.raw,
        retained_gold=gold,
        max_loss=condition.max_loss,
        min_agreement=condition.min_agreement,
        base_annotated_f=terms.base_annotated_f,
        trials=judged,
        overrides=dict(terms.overrides),
        chosen=choose(judged, has_gold=gold > 0),
    )


def write_record(sweep: Sweep, outputs: Outputs) -> None:
    """Write `training/sweep.json`, the figure, the page, and the vars that are chosen.

    What a former study has left of figure and vars goes where this one has none yet.
    """
    write_json(outputs.record, msgspec.to_builtins(sweep))
    points, chosen, overrides = sweep_points(sweep), sweep.chosen, sweep.overrides
    figure = draw_sweep(points) if points else ""
    _write_or_remove(outputs.record.with_suffix(".svg"), figure)
    _write_or_remove(outputs.study / CHOSEN, yaml(chosen, overrides) if chosen else "")
    page = render_page(
        "sweep.html",
        sweep=sweep,
        ended=len(points),
        overrides=command_line(chosen, overrides) if chosen else "",
        figure=Markup(figure),  # noqa: S704 (vega escapes the text in it)
        trials=trial_table(sweep),
        failures=failure_table(sweep),
    )
    write_text(outputs.record.with_suffix(".html"), page)


def _write_or_remove(path: Path, content: str) -> None:
    if content:
        write_text(path, content)
    else:
        remove(path)


def sweep_points(sweep: Sweep) -> list[SweepPoint]:
    """The trials that were trained, for the figure."""
    return [
        SweepPoint(
            number=trial.number,
            strategy=str(trial.settings[STRATEGY]),
            retention=trial.retention,
            gain=trial.gain,
            keeps=trial.keeps == "pass",
            front=trial.front,
            chosen=bool(sweep.chosen and sweep.chosen.number == trial.number),
        )
        for trial in sweep.trials
        if trial.retention is not None and trial.gain is not None
    ]
