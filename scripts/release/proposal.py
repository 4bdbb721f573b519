"""Which version of a package comes next, from what the commands before `version` wrote."""

from pathlib import Path
from typing import NamedTuple

import srsly

from .data import PARTS, trace_data
from .released import (
    Content,
    Next,
    Released,
    find_released,
    find_wheels,
    package_name,
    propose,
)


class Proposal(NamedTuple):
    """A package, what it is made of now, what there is of it, and its next version."""

    package: str
    content: Content
    before: list[Released]
    following: Next


def propose_version(
    *,
    inputs: Path,
    base: Path,
    teacher: Path,
    conversion: Path,
    packages: Path,
    name: str,
    released: str | None,
) -> Proposal:
    """The version that base and annotations ask for, after the released ones.

    inputs: folder of what `inputs` wrote. base: record of the base. teacher: of a teacher in its
    place, `null` without one. conversion: report of convert.
    packages: folder of all packages. name, released: the vars. Raises UserError for released wheels
    that are not there or cannot be read.
    """
    record = srsly.read_json(base)
    parts = {part: srsly.read_json(inputs / f"{part}.json") for part in PARTS}
    known = (srsly.read_json(teacher) or record)["labels"]
    annotated = srsly.read_json(conversion)["labels"]["annotated"]
    content = Content(
        data=trace_data(parts, record["fingerprint"]),
        labels=sorted({*known, *annotated}),
    )
    package = package_name(record["lang"], name)
    before = find_released(package, find_wheels(packages, released))
    return Proposal(package, content, before, propose(content, before))
