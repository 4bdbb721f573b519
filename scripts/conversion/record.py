"""What became of every task and every region: the record of a conversion."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from .annotators import Agreement
from .label_studio import Region, escape_surrogates

Done = Literal["repaired", "tokens missing", "rejected", "left out"]

# Reasons, as they stand in the record, in words.
REASONS = {
    "utf16": "offsets counted UTF-16 units: mapped to code points",
    "occurrence": "offsets did not fit: found by its text",
    "edge_whitespace": "whitespace at the edges cut off",
    "token_boundaries": "falls within a token",
    "two_labels": "one span with two labels",
    "overlap": "overlaps a longer span or one with two labels",
    "no_majority": "no majority of the annotations has it",
    "unmapped_label": "its label is outside the label map or the configuration",
    "no_label": "has no label that can be read",
    "offsets_missing": "its offsets are no whole numbers, and it quotes no text",
    "out_of_bounds": "its offsets lie outside of the text, and it quotes no text",
    "text_not_found": "what it quotes is not in the text",
    "ambiguous": "what it quotes is in the text several times, equally near",
    "blank": "covers whitespace only",
    "text_rejected": "its task's text cannot be used",
    "damaged_annotation": "its annotation cannot be read",
    "near_duplicate": "nearly a text of dev or test",
}

# Those for which a region is rejected.
REJECTIONS = (
    "no_label",
    "offsets_missing",
    "out_of_bounds",
    "text_not_found",
    "ambiguous",
    "blank",
    "text_rejected",
)


@dataclass
class Conversion:
    """Counters, and a line for every region that was changed, made missing or rejected.

    regions: JSON objects, encoded, since an export may have very many of them.
    unmapped: Label Studio's labels outside the map, with the number of regions.
    entities: the model's labels, in `doc.ents` of the gold that was written.
    disputes: tasks to import for review, with each annotator's version of a disputed text.
    """

    tasks: Counter[str] = field(default_factory=Counter)
    examples: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    regions: list[bytes] = field(default_factory=list)
    left_out: list[bytes] = field(default_factory=list)
    disputes: list[dict[str, Any]] = field(default_factory=list)
    agreement: Agreement = field(default_factory=Agreement)

    def note(self, task: int | str, region: Region, reason: str, done: Done, **more: Any) -> None:
        """List what was done to a region and why; `reason` is a key of REASONS."""
        self.regions.append(
            _encode(
                task=task,
                region=region.id,
                label=", ".join(region.labels) or None,
                start=region.start,
                end=region.end,
                text=region.quote,
                reason=reason,
                done=done,
                **more,
            )
        )

    def leave_out(self, task: int | str, reason: str, **more: Any) -> None:
        """List a task whose text is not written, with the reason."""
        self.left_out.append(_encode(task=task, reason=reason, **more))

    def update(self, other: "Conversion") -> None:
        """Take over the counters and lists of another part of the same conversion."""
        for mine, theirs in (
            (self.tasks, other.tasks),
            (self.examples, other.examples),
            (self.spans, other.spans),
            (self.results, other.results),
            (self.unmapped, other.unmapped),
            (self.entities, other.entities),
        ):
            mine.update(theirs)
        self.regions += other.regions
        self.left_out += other.left_out
        self.disputes += other.disputes
        self.agreement.update(other.agreement)

    def report(self) -> dict[str, Any]:
        """Counters and lists, ready for JSON."""
        decode = msgspec.json.decode
        return {
            "tasks": dict(self.tasks),
            "spans": dict(self.spans),
            "results": dict(self.results),
            "regions": list(map(decode, self.regions)),
            "left_out": list(map(decode, self.left_out)),
            "agreement": self.agreement.rows(),
        }

    @property
    def rejections(self) -> str:
        """The reasons for which regions were rejected, in words with counts, the first first."""
        counts = Counter({name: self.spans[name] for name in REJECTIONS if self.spans[name]})
        return ", ".join(f"{count} ({REASONS[name]})" for name, count in counts.most_common())

    @property
    def rejected_share(self) -> float:
        """Rejected spans among all."""
        return self.spans["rejected"] / self.spans["regions"] if self.spans["regions"] else 0.0


def _encode(**values: Any) -> bytes:
    for key, value in values.items():
        if isinstance(value, str):
            values[key] = escape_surrogates(value)
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            values[key] = str(value)
    return msgspec.json.encode(values)
