"""Versions that were released: a version is never made again from other data.

A wheel is released when vars.released names it. One that only lies in the folder of the packages
was built here, and may be built anew.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..project.errors import UserError
from ..project.resolve import find_files

Version = tuple[int, ...]
META, CHANGELOG = "/meta.json", "/CHANGELOG.md"  # in a wheel
PARTS = {  # of what the weights come from, in words
    "base": "another base",
    "export": "another export",
    "raw_text": "other raw text",
    "replay_gold": "other gold to replay",
    "encoder": "another encoder",
    "teacher": "another teacher",
}


class Wheels(NamedTuple):
    """built: in the folder of the packages, without those released. released: by vars.released."""

    built: list[Path]
    released: list[Path]


class Released(NamedTuple):
    """A wheel that was built or released.

    name: what `spacy.load` takes. changelog: empty where it has none. built_here: whether it lies
    in the folder of the packages alone.
    """

    name: str
    version: Version
    wheel: Path
    meta: dict[str, Any]
    changelog: str
    built_here: bool = False


class Content(NamedTuple):
    """What a version is made of. data: `tracing.trace_data`. labels: all entity labels."""

    data: Mapping[str, str | None]
    labels: Sequence[str]


class Next(NamedTuple):
    """The version that should come next, and why."""

    version: str
    why: str


def package_name(lang: str, name: str) -> str:
    """What `spacy.load` takes. A name may be given with its language, or without."""
    # setup.py puts the language before every name, `spacy package` only where it is missing.
    return f"{lang}_{name.removeprefix(f'{lang}_')}"


def wheel_name(meta: Mapping[str, Any]) -> str:
    """The file's name of a package's wheel, by its `meta.json`."""
    distribution = re.sub("_+", "_", package_name(meta["lang"], meta["name"]))
    return f"{distribution}-{meta['version']}-py3-none-any.whl"


def parse_version(text: str) -> Version:
    """X.Y.Z as numbers, to compare."""
    return tuple(int(part) for part in text.split("."))


def find_wheels(packages: Path, released: str | None) -> Wheels:
    """All wheels in the folder of the packages, and where vars.released says."""
    named = [path for path in find_files(released) if path.suffix == ".whl"] if released else []
    if released and not named:
        raise UserError(
            f"No wheel at {released} (vars.released).", "Correct the path, or leave it null."
        )
    places = {path.resolve() for path in named}
    built = [path for path in packages.glob("*/dist/*.whl") if path.resolve() not in places]
    return Wheels(sorted(built), named)


def find_released(name: str, wheels: Wheels) -> list[Released]:
    """The versions of a package, the oldest first; wheels of other packages are left out.

    Raises UserError for a wheel of this name that cannot be read.
    """
    beginning = f"{normal(name)}-"
    found = [
        read_released(wheel)._replace(built_here=built_here)
        for paths, built_here in ((wheels.built, True), (wheels.released, False))
        for wheel in paths
        if normal(wheel.name).startswith(beginning)
    ]
    return sorted(found, key=lambda one: (one.version, str(one.wheel)))


def normal(name: str) -> str:
    """A name as wheels are compared by: neither case nor repeated underscores count."""
    return "_".join(part for part in name.lower().split("_") if part)


def read_released(wheel: Path) -> Released:
    """What a wheel says of itself. Raises UserError when it is no whole wheel of a pipeline."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            (path,) = [name for name in names if name.count("/") == 1 and name.endswith(META)]
            meta = msgspec.json.decode(archive.read(path))
            notes = [name for name in names if name.count("/") == 2 and name.endswith(CHANGELOG)]
            changelog = archive.read(notes[0]).decode("utf8") if notes else ""
        name = package_name(meta["lang"], meta["name"])
        return Released(name, parse_version(meta["version"]), wheel, meta, changelog)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
        raise UserError(
            f"{wheel} is no whole wheel of a pipeline: {error}.",
            "Fetch it again, or take it out of the released ones.",
        ) from error


def check_version(
    name: str, version: str, content: Content, released: Sequence[Released]
) -> list[str]:
    """See that a version was not released from other data; returns what to warn of.

    Raises UserError with the next version when it was.
    """
    same = [one for one in released if one.version == parse_version(version)]
    following = propose(content, released)
    warnings = []
    for one in same:
        changed = " and ".join(what_changed(one, content))
        if changed and one.built_here:
            warnings.append(f"{one.wheel} was built from {changed}: it is replaced.")
        elif changed:
            raise UserError(
                f"{name} {version} is released ({one.wheel}), from {changed}.",
                f"Give it another version: --vars.version {following.version} ({following.why}).",
            )
    newer = [one for one in released if one.version > parse_version(version)]
    if newer and not same:
        last = format_version(newer[-1].version)
        warnings.append(f"{name} {version} comes after {last}, a higher one.")
    return warnings


def what_changed(one: Released, content: Content) -> list[str]:
    """The parts in which a release was made from other data, in words."""
    known = one.meta.get("lineage", {}).get("data")
    if known is None:
        return ["data that it does not tell of"]
    return [
        words
        for part, words in PARTS.items()
        if part in known and part in content.data and known[part] != content.data[part]
    ]


def propose(content: Content, released: Sequence[Released]) -> Next:
    """The version after the highest one: labels added, a minor one; else a patch.

    Labels lost count as added ones: whoever reads them must be told. What was only built here does
    not count.
    """
    given = [one for one in released if not one.built_here]
    if not given:
        return Next("0.1.0", "the first one")
    last = given[-1]
    major, minor, patch = last.version
    before, now = set(labels_of(last.meta)), set(content.labels)
    if lost := sorted(before - now):
        return Next(f"{major}.{minor + 1}.0", f"labels gone: {', '.join(lost)}")
    if added := sorted(now - before):
        return Next(f"{major}.{minor + 1}.0", f"labels added: {', '.join(added)}")
    return Next(f"{major}.{minor}.{patch + 1}", "the labels are the same")


def labels_of(meta: Mapping[str, Any]) -> list[str]:
    """All entity labels of a package, by its `meta.json`."""
    labels = meta.get("lineage", {}).get("labels")
    if labels is not None:
        return sorted({label for kind in ("annotated", "retained") for label in labels[kind]})
    own = [found for name, found in meta.get("labels", {}).items() if "ner" in name]
    return sorted({label for found in own for label in found})


def format_version(version: Version) -> str:
    """X.Y.Z."""
    return ".".join(map(str, version))
