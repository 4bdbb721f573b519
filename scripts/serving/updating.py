"""An update in the background: the project's own workflow in a folder of its own, then the swap.

The folder holds a copy of the project's code and what the workflow makes. Killed in any step, the
update goes on in the same folder with that step.
"""

import logging
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import srsly

from ..project.copies import lay_out
from ..project.errors import UserError
from ..project.files import write_bytes
from ..project.running import command_line, workflow_steps
from ..project.settings import NULL
from ..training.finding import find_packaged
from .ledger import Ledger, Update
from .versions import Version, Versions, copy_files

WORKFLOW, OF_PARTS = "update", "update-parts"
PARTS = "training/parts"  # folders of the parts of an update of several components
# Vars that name files, from the project's folder unless they are absolute.
FILES = (
    *("raw_text", "label_map", "retained_gold", "retained_gold_map"),
    *("replay_gold", "replay_gold_map", "negative_text", "config", "encoder", "parts"),
)
GATE = "gate.json"
EVIDENCE = ("report.html", "evaluation.json", GATE)
JUDGING = ("gate", "update-each")  # the commands in which an update may be refused
SHOWN = 2_000  # characters of what a failed command printed
NICE = 10  # predictions come first
log = logging.getLogger("serve.updating")


@dataclass(frozen=True)
class Job:
    """What all updates have in common.

    project: the folder of the project's code. vars: of the user, for the workflow. parts: the vars
    of each part of an update of several components, none of an update of one. name: of the package.
    environment: for the commands, with Label Studio's address and key. secret: what no log may
    show.
    """

    project: Path
    folder: Path
    vars: Mapping[str, Any]
    parts: Sequence[Mapping[str, Any]]
    name: str
    environment: Mapping[str, str]
    secret: str


class StepError(Exception):
    """A command of the workflow failed. output: the end of what it printed."""

    def __init__(self, step: str, output: str) -> None:
        super().__init__(f"{step} failed")
        self.step = step
        self.output = output


class Updater:
    """Does updates, one at a time. `stop` ends the one that runs, from another thread."""

    def __init__(self, job: Job, ledger: Ledger, versions: Versions) -> None:
        self._job = job
        self._ledger = ledger
        self._versions = versions
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def run(self, number: int) -> None:
        """Do an update that waits and is due; do nothing otherwise."""
        update = self._ledger.claim(number, self._versions.current_id())
        if update is None:
            return
        log.info("Update %d of project %d begins", update.id, update.project)
        try:
            version = self._update(update)
        except StepError as error:
            if self._stopping.is_set():
                return  # it is taken up again by the next worker
            self._end_without_release(update, error)
        except (UserError, OSError) as error:
            fact = error.fact if isinstance(error, UserError) else str(error)
            self._fail(update, fact)
        else:
            self._ledger.finish(update.id, "released", version=version.id)
            log.info("Update %d: released %s", update.id, version.id)
            self._tidy(update)

    def tidy(self) -> None:
        """Remove what is left of updates whose end was noted just before a kill."""
        for update in self._ledger.all():
            if update.finished is not None and self._folder(update).exists():
                self._tidy(update)

    def stop(self) -> None:
        """End the command that runs."""
        self._stopping.set()
        if self._process is not None:
            end_group(self._process.pid)

    def _update(self, update: Update) -> Version:
        folder = self._folder(update)
        end_leftovers(folder)
        begun = (folder / "project.yml").exists()
        if not begun:
            lay_out(self._job.project, folder)
        values = self._values(update, self._versions.get(update.base or ""))
        steps = workflow_steps(folder, OF_PARTS if self._job.parts else WORKFLOW)
        if begun and update.step in steps:
            steps = steps[steps.index(update.step) :]
        for step in steps:
            if self._stopping.is_set():
                raise StepError(step, "")
            self._ledger.set_step(update.id, step)
            self._step(step, folder, values)
        pipeline = find_packaged(self._job.name, values["version"], folder / "packages")
        evidence = find_evidence(folder)
        return self._versions.release(pipeline, update=update.id, evidence=evidence)

    def _values(self, update: Update, base: Version) -> dict[str, Any]:
        """The vars of the workflow for an update."""
        parts = None
        if self._job.parts:
            parts = self._folder(update).parent / "parts.yml"
            write_bytes(parts, srsly.yaml_dumps(list(self._job.parts)).encode())
        return {
            **self._job.vars,
            "project": update.project,
            "export": "assets/label_studio/export.json",
            "label_config": "assets/label_studio/label_config.xml",
            "base_model": base.folder,
            "name": self._job.name,
            "version": f"0.{update.id}.0",
            "parts": parts,
        }

    def _step(self, step: str, folder: Path, values: Mapping[str, Any]) -> None:
        """Run one command of the workflow. Raises StepError."""
        line = command_line(step, values)
        output = folder.parent / f"{step}.log"
        with output.open("wb") as file:
            self._process = subprocess.Popen(
                ["nice", "-n", str(NICE), *line] if shutil.which("nice") else line,
                cwd=folder,
                env=dict(self._job.environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            status = self._process.wait()
            self._process = None
        text = hide(output, self._job.secret)
        if status:
            raise StepError(step, text[-SHOWN:])

    def _end_without_release(self, update: Update, error: StepError) -> None:
        gates = [path for path in find_evidence(self._folder(update)).values() if path.name == GATE]
        refusals = [found for found in map(srsly.read_json, gates) if not found["passed"]]
        if error.step in JUDGING and refusals:
            decision = refusals[0]
            reasons = [
                rule["reason"]
                for rule in decision["rules"]
                if rule["verdict"] in ("fail", "inconclusive")
            ]
            reason = " ".join([decision["sentence"], *reasons])
            self._ledger.finish(update.id, "refused", reason=reason)
            log.warning("Update %d: refused. %s", update.id, reason)
            self._tidy(update)
        else:
            self._fail(update, f"The command {error.step} failed. {last_words(error.output)}")

    def _fail(self, update: Update, reason: str) -> None:
        self._ledger.finish(update.id, "failed", reason=reason)
        log.error("Update %d failed: %s", update.id, reason)
        self._tidy(update)

    def _folder(self, update: Update) -> Path:
        return self._job.folder / f"{update.id:06}" / "project"

    def _tidy(self, update: Update) -> None:
        """Keep the evidence and the logs of an update, remove the rest."""
        folder = self._folder(update)
        copy_files(find_evidence(folder), folder.parent)
        shutil.rmtree(folder, ignore_errors=True)


def find_evidence(project: Path) -> dict[str, Path]:
    """Report, evaluation and verdict of an update, of each part where it has several."""
    runs = {f"{part.name}/": part for part in sorted((project / PARTS).glob("*-*"))}
    found = {
        f"{run}{name}": folder / "training" / name
        for run, folder in (runs or {"": project}).items()
        for name in EVIDENCE
    }
    return {name: path for name, path in found.items() if path.exists()}


def absolute_files(values: Mapping[str, Any], project: Path) -> dict[str, Any]:
    """The vars, with files of this machine named from anywhere."""

    def absolute(name: str, value: Any) -> Any:
        elsewhere = value is None or value in NULL or "://" in str(value)
        if elsewhere or (name == "encoder" and not (project / value).exists()):
            return value
        return str(project.absolute() / value)

    return {
        name: absolute(name, value) if name in FILES else value for name, value in values.items()
    }


def hide(path: Path, secret: str) -> str:
    """The text of a log file, in which a secret is made unreadable."""
    text = path.read_text(encoding="utf8", errors="replace")
    if secret and secret in text:
        text = text.replace(secret, "***")
        path.write_text(text, encoding="utf8")
    return text


def last_words(output: str) -> str:
    """The error at the end of what a command printed, on one line: fact, remedy, no traceback."""
    *before, last = output.strip().splitlines() or [""]
    found = [last]
    for line in reversed(before):
        if not line[:1].isalnum() or line.startswith(("Running command:", "Traceback")):
            break
        found.insert(0, line)
    return " ".join(" ".join(found).split())[-SHOWN:]


def end_group(leader: int) -> None:
    """End a process and all that it started."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def end_leftovers(folder: Path) -> None:
    """End what a killed worker left running in the folder of an update, or of one of its parts."""
    place = str(folder.absolute())
    left: Sequence[psutil.Process] = [
        process for process in psutil.process_iter() if _works_in(process, place)
    ]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=10)


def _works_in(process: psutil.Process, place: str) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(place)
    except psutil.Error:
        return False
