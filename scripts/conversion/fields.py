"""Which field of the tasks holds the annotated text, and which tags label it."""

from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import islice
from typing import NamedTuple

from ..project.errors import UserError
from .exports import Source
from .label_config import LabelConfig
from .label_studio import Control, Region, Results, Task, read_tasks
from .offsets import same_text

_SAMPLE = 300  # annotated tasks that decide


class Field(NamedTuple):
    """The text to convert.

    key: the field of a task's data.
    controls: the tags whose regions lie in that text, None for all.
    html: whether the field holds HTML, and the text is what the editor shows of it.
    """

    key: str
    controls: frozenset[Control] | None
    html: bool

    def text(self, task: Task) -> str | None:
        """The task's text, None if it has none."""
        text = task.texts.get(self.key)
        return shown_text(text) if self.html and text is not None else text

    def labels(self, region: Region) -> bool:
        """Whether the region lies in the text."""
        return self.controls is None or region.control in self.controls


class Wanted(NamedTuple):
    """What the user, or the labelling configuration, says of the field; None for anything.

    results: what annotators made of the text.
    """

    text_field: str | None = None
    control: str | None = None
    results: Results = "labels"


def configured_field(config: LabelConfig) -> Field:
    """The field that the labelling configuration names. JSON_MIN and CSV lack the text's tag."""
    controls = (Control(config.from_name, to_name) for to_name in (config.to_name, ""))
    return Field(config.text_field, frozenset(controls), config.html)


ANYTHING = Wanted()


class UndecidedFieldError(UserError):
    """Several fields of a source can be meant."""


def choose_fields(sources: Iterable[Source], wanted: Wanted = ANYTHING) -> dict[Source, Field]:
    """The field of each source; one that does not decide has the field of those that do.

    Raises UserError as `choose_field` does.
    """
    fields: dict[Source, Field] = {}
    undecided: dict[Source, UndecidedFieldError] = {}
    for source in sources:
        try:
            fields[source] = choose_field(source, wanted)
        except UndecidedFieldError as error:
            undecided[source] = error
    keys = Counter(field.key for field in fields.values())
    for source, reason in undecided.items():
        if len(keys) != 1:
            raise reason
        fields[source] = choose_field(source, wanted._replace(text_field=next(iter(keys))))
    return fields


def choose_field(source: Source, wanted: Wanted = ANYTHING) -> Field:
    """The field whose slices equal most regions' quoted text, else `text`.

    Decided by the first 300 annotated tasks of the source. Raises UserError, with the
    candidates, when several fields or none can be meant, or when there is nothing of that name.
    """
    votes: dict[Control, Counter[str]] = {}
    keys: Counter[str] = Counter()
    html: set[Control] = set()
    annotated = 0
    for task in islice(read_tasks(source, wanted.results), 100 * _SAMPLE):
        keys.update(list(task.texts))
        regions = _regions(task, wanted.control)
        for region in regions:
            votes.setdefault(region.control, Counter()).update(_fields_of(region, task))
            if region.html:
                html.add(region.control)
        annotated += bool(regions)
        if annotated >= _SAMPLE:
            break
    if wanted.control and not votes:
        raise _no_such(source, f"regions of the tag {wanted.control!r}", [])
    key = wanted.text_field or _elect(source, votes, keys)
    if key not in keys and keys:
        raise _no_such(source, f"field {key!r}", sorted(keys))
    controls = frozenset(c for c in votes if _best(votes[c], key) == key)
    every = wanted.control is None and len(controls) == len(votes)
    return Field(key, None if every else controls, bool(html & controls))


def _regions(task: Task, control: str | None) -> list[Region]:
    return [
        region
        for annotation in task.annotations
        for region in annotation.regions or ()
        if control is None or region.control.from_name == control
    ]


def _fields_of(region: Region, task: Task) -> list[str]:
    """Fields in which the region's offsets point to what it quotes."""
    start, end, quote = region.start, region.end, region.quote
    if not quote or start is None or end is None or not 0 <= start < end:
        return []
    texts = {k: shown_text(t) for k, t in task.texts.items()} if region.html else task.texts
    return [key for key, text in texts.items() if same_text(text[start:end], quote)]


def _best(votes: Counter[str], preferred: str) -> str:
    """The field with most votes; the preferred one wins a tie, also one without votes."""
    most = max(votes.values(), default=0)
    return preferred if votes[preferred] == most else max(votes, key=lambda key: votes[key])


def _elect(source: Source, votes: dict[Control, Counter[str]], keys: Counter[str]) -> str:
    total: Counter[str] = Counter()
    for counter in votes.values():
        total.update(counter)
    most = max(total.values(), default=0)
    leaders = sorted(key for key in total if total[key] == most)
    if len(leaders) == 1:
        return leaders[0]
    if "text" in leaders or (not leaders and "text" in keys):
        return "text"
    candidates = leaders or sorted(keys)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        return "text"
    raise UndecidedFieldError(
        f"Which field of {source} holds the annotated text is not clear: "
        f"{', '.join(candidates)} fit equally well.",
        "Name it with --text-field (vars.text_field), or give the labelling configuration.",
    )


def _no_such(source: Source, what: str, there: list[str]) -> UserError:
    return UserError(
        f"There are no {what} in {source}." if not there else f"There is no {what} in {source}.",
        f"The tasks have {', '.join(there)}." if there else "Look at the labelling configuration.",
    )


class _ShownText(HTMLParser):
    """The text nodes of HTML in their order; a BR counts as one character."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")


def shown_text(html: str) -> str:
    """The text that `globalOffsets` of HyperText regions count in."""
    parser = _ShownText()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)
