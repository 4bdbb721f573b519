"""Outputs of commands in a remote, for other checkouts: pushed and pulled by `project.lock`.

weasel's `project push` uploads what lies in an output's place under the hash of what the command
would depend on now (weasel/cli/push.py), so that what a command left that has failed, or was not
run since, passes for what it makes. Its `project pull` leaves what lies there already, and writes
down that the command made it (weasel/cli/pull.py). The lock is written when a command has ended
well: here only outputs that still are as it says go out, and what comes in replaces the others.

The archives are weasel's. A list of a command's outputs is written after all of them, so that a
command is pulled whole or not at all.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import srsly
from weasel.cli.remote_storage import RemoteStorage, get_command_hash
from weasel.cli.run import check_rerun, update_lockfile
from weasel.util import get_checksum, load_project_config, parse_config_overrides

from .errors import UserError
from .files import move_all, remove, scratch_directory, write_text

LOCK = "project.lock"
REQUIREMENTS = "requirements-remotes.txt"
_WORK = ".pull"  # what is pulled, until all outputs of a command are there
_STORES = ("botocore", "boto3", "cloudpathlib", "google", "azure", "smart_open", "urllib3")
_NETWORK = ("requests", "http", "socket", "ssl")


class Told(NamedTuple):
    """What became of a command's outputs. left: why they were left, None for those that moved."""

    command: str
    left: str | None


def push_outputs(root: Path, remote: str) -> Iterator[Told]:
    """Upload the outputs of each command that has ended well and would be skipped now.

    It counts as it was run, with the vars of that run. remote: a name from `remotes` in
    project.yml, an address or a folder. Raises UserError when the remote cannot be used.
    """
    config = load_project_config(root)
    path = root / LOCK
    lock = srsly.read_yaml(path) if path.exists() else {}
    with _explained(remote):
        storage = RemoteStorage(root, find_remote(config, remote))
        for command in _with_outputs(config):
            entry = lock.get(command["name"])
            if entry is None:
                yield Told(command["name"], "it was not run")
            elif check_rerun(root, command | {"script": entry["script"]}):
                yield Told(command["name"], "it failed, or something has changed since it was run")
            else:
                _push(storage, command, entry["script"])
                yield Told(command["name"], None)


def _push(storage: RemoteStorage, command: Mapping[str, Any], script: Sequence[str]) -> None:
    known = _command_hash(storage.root, command, script)
    listing = _listing(storage, command, known)
    if _is_whole(storage, known, _read_listing(listing)):
        return
    listed = {}
    for output in command["outputs"]:
        if (storage.root / output).exists():
            listed[output] = get_checksum(storage.root / output)
            # weasel leaves alone what is there, be it the half that a push left which was killed.
            storage.make_url(output, known, listed[output]).unlink(missing_ok=True)
            storage.push(output, known, listed[output])
    content = srsly.json_dumps(listed)
    if isinstance(listing, Path):
        write_text(listing, content)
    else:
        listing.write_text(content)  # stores show what is uploaded whole


def _read_listing(listing: Any) -> dict[str, str] | None:
    """A command's outputs in the remote with their MD5; None where no whole list of them is."""
    if not listing.exists():
        return None
    try:
        listed = srsly.json_loads(listing.read_text())
    except ValueError:
        return None
    return listed if isinstance(listed, dict) else None


def _is_whole(storage: RemoteStorage, known: str, listed: Mapping[str, str] | None) -> bool:
    """Whether the remote has all that stands in a command's list."""
    return listed is not None and all(
        storage.make_url(output, known, md5).exists() for output, md5 in listed.items()
    )


def pull_outputs(root: Path, remote: str, overrides: Sequence[str] = ()) -> Iterator[Told]:
    """Fetch the outputs of each command that would run now, where the remote has them.

    They take the place of what a run would make anew, and the command is skipped from then on.
    overrides: as behind `spacy project run`, `--vars.NAME VALUE`. Raises UserError when the remote
    cannot be used, or something in it is damaged.
    """
    config = load_project_config(root, overrides=parse_config_overrides(list(overrides)))
    with _explained(remote):
        url = find_remote(config, remote)
        storage = RemoteStorage(root, url)
        for command in _with_outputs(config):
            lacking = [dep for dep in command.get("deps", []) if not (root / dep).exists()]
            if lacking:
                yield Told(command["name"], f"{lacking[0]} is missing")
            elif not check_rerun(root, command):
                yield Told(command["name"], "nothing has changed here")
            else:
                known = _command_hash(root, command, command["script"])
                listed = _read_listing(_listing(storage, command, known))
                if listed is None:
                    yield Told(command["name"], "not in the remote")
                    continue
                _pull(root, url, command, known, listed)
                yield Told(command["name"], None)


def _pull(
    root: Path, url: str, command: Mapping[str, Any], known: str, listed: Mapping[str, str]
) -> None:
    outputs = [output for output in command["outputs"] if output in listed]
    with scratch_directory(root / _WORK) as folder:
        storage = RemoteStorage(folder, url)
        for output in outputs:
            _fetch(storage, output, known, listed[output])
        move_all({root / output: folder / output for output in outputs})
    for output in command["outputs"]:
        if output not in listed:
            remove(root / output)
    update_lockfile(root, command)


def _fetch(storage: RemoteStorage, output: str, known: str, md5: str) -> None:
    """Put an output into the storage's folder. Raises UserError where the remote's is damaged."""
    path, place = storage.root / output, storage.make_url(output, known, md5)
    try:
        storage.pull(output, command_hash=known, content_hash=md5)
        whole = path.exists() and get_checksum(path) == md5
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(str(place)) from error
    if not whole:
        raise _damaged(str(place))


def find_remote(config: Mapping[str, Any], remote: str) -> str:
    """The address of a remote. Raises UserError for a default that project.yml does not name."""
    remotes = config.get("remotes") or {}
    if remote == "default" and remote not in remotes:
        raise UserError(
            "project.yml names no default under remotes.",
            "Name one there, or give an address or a folder: s3://bucket/folder.",
        )
    return str(remotes.get(remote, remote))


def _with_outputs(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The commands that have something to share, in the order of the data."""
    return [command for command in config["commands"] if command.get("outputs")]


def _command_hash(root: Path, command: Mapping[str, Any], script: Sequence[str]) -> str:
    deps = [root / dep for dep in command.get("deps", [])]
    return str(get_command_hash("", "", deps, list(script)))


def _listing(storage: RemoteStorage, command: Mapping[str, Any], known: str) -> Any:
    return storage.make_url(f"{command['name']}.outputs", known, "list.json")


def _damaged(place: str) -> UserError:
    return UserError(f"{place} is damaged or missing.", "Delete it there, and push it again.")


@contextmanager
def _explained(remote: str) -> Iterator[None]:
    """What stores and the network refuse as a UserError."""
    try:
        yield
    except Exception as error:
        if not _is_of_remote(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"The remote {remote} cannot be used ({type(error).__name__}: {reason}).",
            f"pip install -r {REQUIREMENTS}; check the address, the network and the credentials "
            "(for s3:// as boto3 takes them).",
        ) from error


def _is_of_remote(error: BaseException) -> bool:
    """By the packages that classes come from, which may not be there.

    smart_open makes an OSError of what a store says, and names that as the cause (s3.py, `_get`).
    """
    return isinstance(error, ConnectionError | TimeoutError) or any(
        type(one).__module__.partition(".")[0] in (*_STORES, *_NETWORK)
        for one in (error, error.__cause__)
    )
