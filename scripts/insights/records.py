"""What is known about annotations: all of `training/insight.json`."""

from dataclasses import dataclass
from typing import Literal

from ..evaluation.bootstrap import Interval

# More is worth it, is hardly worth it, or nobody can tell yet.
Worth = Literal["yes", "hardly", "unclear"]
# What the person and the model disagree about.
Kind = Literal["overlooked", "needless", "borders", "label", "borders and label"]
Source = Literal["project", "raw text", "none"]


@dataclass(frozen=True)
class Point:
    """What specialists reach that were trained on so many annotated texts, one for each fold.

    texts, spans: on average. f: of the annotated labels in texts they have not seen, in percent.
    """

    texts: int
    spans: int
    f: Interval


@dataclass(frozen=True)
class LearningCurve:
    """How F grows with the annotated texts.

    floor, scale, exponent: F at `texts` times x is 100 * (1 - floor - scale * x ** -exponent).
    texts: that the largest share has. more: half as many again, and f: what to expect of them.
    gain: in points, from `texts` to `more`, with one-sided bounds at 95 %.
    """

    points: list[Point]
    floor: float
    scale: float
    exponent: float
    texts: int
    more: int
    f: Interval
    gain: Interval
    worth: Worth
    sentence: str


@dataclass(frozen=True)
class Marked:
    """An entity: offsets in code points. score: how sure the specialist is of it, 0 to 1."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True)
class Disagreement:
    """A place where a person and a specialist that has not seen the text disagree.

    tasks: ids of the tasks with this text. person, model: what each has there, one of them maybe
    nothing. score: how much surer the specialist is of its own version, 0 to 1.
    """

    tasks: list[int | str]
    hash: str
    text: str
    kind: Kind
    score: float
    person: list[Marked]
    model: list[Marked]


@dataclass(frozen=True)
class LabelUse:
    """How often a label was annotated, and how well it is learnt.

    forms: different texts of its spans, in lower case. f: of specialists trained on the largest
    share, in percent; last: the points of it that the last doubling of the texts has brought.
    remark: what is to be known about it, empty where nothing is.
    """

    label: str
    spans: int
    texts: int
    forms: int
    f: Interval
    last: Interval
    remark: str


@dataclass(frozen=True)
class Wanted:
    """A text to annotate next.

    tasks: ids of its tasks, none for a raw text. certainty: of the update, of its least certain
    decision. found: what the update finds.
    """

    tasks: list[int | str]
    hash: str
    text: str
    certainty: float
    found: list[Marked]


@dataclass(frozen=True)
class Proposal:
    """Texts to annotate next.

    model_version: of the update. source: where they come from. waiting: texts that nobody has
    annotated and that were looked at, of which `chosen` are the best, in their order.
    """

    model_version: str
    source: Source
    waiting: int
    chosen: list[Wanted]


@dataclass(frozen=True)
class Insight:
    """All of `training/insight.json`.

    texts: annotated ones. folds: how many parts they were cut into. model_version: of the
    specialists together, as it stands in the files for Label Studio. disagreements: the most
    probable error first; probable: how many of them are probable errors. seconds: of the
    trainings, all processes together.
    """

    texts: int
    folds: int
    seed: int
    model_version: str
    seconds: float
    warnings: list[str]
    curve: LearningCurve
    labels: list[LabelUse]
    probable: int
    disagreements: list[Disagreement]
    proposal: Proposal
