"""Fetch and check the assets of `project.yml`.

weasel's own command exits with 0 where one is missing or wrong, and does not fetch a wrong one
again (weasel/cli/assets.py: `msg.warn` and `msg.fail` without `exits`).
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import requests
import typer
from wasabi import msg
from weasel.util import load_project_config

from .project.downloading import BACKOFF, download, hash_md5
from .project.errors import UserError, explain_os_error, run

State = Literal["there", "downloaded"]


class Asset(NamedTuple):
    """A file that the project needs.

    dest: its place inside the project. checksum: MD5, 32 hexadecimal digits in lower case.
    url: None for a file that whoever runs the project has to bring.
    """

    dest: Path
    checksum: str
    url: str | None


def main(
    extra: Annotated[bool, typer.Option("--extra", help="the assets marked as extra, too")] = False,
) -> None:
    """Fetch and check the assets of project.yml; exits with 1 when one is missing or wrong."""
    project = Path.cwd()
    assets = read_assets(load_project_config(project), project, extra=extra)
    failures = []
    for asset, outcome in fetch_assets(assets):
        name = asset.dest.relative_to(project)
        if isinstance(outcome, UserError):
            failures.append(f"{name}: {outcome.fact} {outcome.remedy}")
        else:
            msg.good(f"{name}: {outcome}")
    if failures:
        raise UserError(
            "\n".join([f"{len(failures)} of {len(assets)} assets missing or wrong.", *failures]),
            "Run again after that: what is there and right is not fetched again.",
        )


def read_assets(config: dict[str, Any], project: Path, *, extra: bool) -> list[Asset]:
    """Assets of a parsed `project.yml`, those marked as extra only when asked for.

    Raises UserError for an entry without a checksum and for one outside the project.
    """
    entries = [entry for entry in config.get("assets", []) if extra or not entry.get("extra")]
    return [_read_asset(entry, project) for entry in entries]


def _read_asset(entry: dict[str, Any], project: Path) -> Asset:
    dest, checksum = entry.get("dest"), entry.get("checksum")
    if not dest or not checksum:
        raise UserError(
            f"The asset {dest or entry} in project.yml has no {'checksum' if dest else 'dest'}.",
            "Give it a dest and a checksum: the MD5 that `md5sum FILE` prints.",
        )
    # Not resolved: a user may well have put a link to a larger disk in the place of assets/.
    path = Path(os.path.normpath(project / dest))
    if path == project or not path.is_relative_to(project):
        raise UserError(
            f"The asset {dest} in project.yml lies outside the project.",
            "Give it a dest inside the project, as assets/FILE.",
        )
    return Asset(path, checksum.lower(), entry.get("url"))


def fetch_assets(
    assets: Iterable[Asset], *, backoff: float = BACKOFF
) -> Iterator[tuple[Asset, State | UserError]]:
    """Each asset with what became of it; one that fails does not keep the others from being tried.

    backoff: seconds before the second attempt at a download.
    """
    with requests.Session() as session:
        for asset in assets:
            try:
                yield asset, fetch_asset(asset, session, backoff=backoff)
            except UserError as error:
                yield asset, error
            except OSError as error:
                explained = explain_os_error(error)
                if explained is None:
                    raise
                yield asset, explained


def fetch_asset(asset: Asset, session: requests.Session, *, backoff: float) -> State:
    """Download an asset unless the right file is there; a wrong one stays until the new is whole.

    Raises UserError when the right file is not there in the end.
    """
    found = hash_md5(asset.dest)
    if found == asset.checksum:
        return "there"
    if asset.url is None:
        fact = "missing" if found is None else f"has the MD5 {found}, expected {asset.checksum}"
        raise UserError(
            f"{fact}; it has no url to fetch it from.",
            "If it belongs to the project: git checkout it. Else ask its owner for it.",
        )
    download(asset.url, asset.dest, asset.checksum, session, backoff=backoff)
    return "downloaded"


if __name__ == "__main__":
    run(main)
