"""The work of the benchmark: what strategies share, once; then each strategy, and its scores.

Each is done in a copy of the project, by the commands that stand in project.yml.
"""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import srsly

from scripts.project.files import new_directory, scratch_directory, write_json

from .data import QUICK, Scale, write_export
from .plan import BOUND, NAIVE, Commands, Job, plan_commands
from .results import read_results, result_path
from .schedule import Programs, Task

SECONDS = "seconds.json"  # command -> seconds, in the folder of what is shared


class Place(NamedTuple):
    """Where things are; all paths absolute.

    code: a copy of the project that nobody edits. work: what is shared, logs. data: public data.
    renew: whether results of other code are made anew.
    """

    code: Path
    work: Path
    data: Path
    results: Path
    scale: Scale
    programs: Programs
    renew: bool
    planned: dict[str, Commands]

    def log(self, name: str) -> Path:
        """The file with the output of a task's programs."""
        return self.work / "logs" / f"{name.replace('/', '.')}.log"

    def commands(self, job: Job) -> Commands:
        """What a job runs; planned once."""
        if job.name not in self.planned:
            self.planned[job.name] = plan_commands(job, self.code, self.data, self.scale)
        return self.planned[job.name]

    def shared_folder(self, job: Job) -> Path:
        """The folder of what a job shares with others; there whole or not at all."""
        return self.work / "shared" / self.commands(job).shared_key[:16]


def make_tasks(jobs: list[Job], place: Place) -> list[Task]:
    """The tasks for all jobs that are not done, what they share before the first that needs it."""
    tasks: dict[str, Task] = {}
    for job in jobs:
        commands = place.commands(job)
        if is_done(job, commands, place):
            continue
        needed = [one for one in (job, job.plain) if not place.shared_folder(one).is_dir()]
        shared = {task.name: task for task in (shared_task(one, place) for one in needed)}
        tasks |= shared | tasks
        tasks[job.name] = job_task(job, commands, tuple(shared), place)
    return list(tasks.values())


def is_done(job: Job, commands: Commands, place: Place) -> bool:
    """Whether there is a result of the job: to renew all, of the code as it is now."""
    path = result_path(place.results, job.name)
    if not path.exists():
        return False
    result = srsly.read_json(path)
    same = result["key"] == commands.key
    return same and (not place.renew or result["code"] == commands.code)


def shared_task(job: Job, place: Place) -> Task:
    """Everything before the training of a job's own strategy."""
    commands = place.commands(job)
    kind = shared_kind(job.update.name, all_gold=job.variant.all_gold)
    name = f"{kind}/{job.seed}/{commands.shared_key[:8]}"
    return Task(name, (), kind, lambda: make_shared(job, commands, place))


def shared_kind(update: str, *, all_gold: bool) -> str:
    """The kind of task that makes what the jobs of an update share."""
    return f"{update}/{'shared gold' if all_gold else 'shared'}"


def job_task(job: Job, commands: Commands, requires: tuple[str, ...], place: Place) -> Task:
    """A job's own training and its scores."""
    kind = f"{job.update.name}/{job.variant.name}"
    return Task(job.name, requires, kind, lambda: make_result(job, commands, place))


def make_shared(job: Job, commands: Commands, place: Place) -> None:
    """A copy of the project with base, corpora and specialist."""
    log = place.log(f"{job.name}/shared")
    log.unlink(missing_ok=True)
    with new_directory(place.shared_folder(job)) as folder:
        shutil.copytree(place.code, folder, dirs_exist_ok=True)
        inputs = folder / "assets" / "benchmark"
        write_export(
            job.update, place.data, inputs, scale=place.scale, all_gold=job.variant.all_gold
        )
        seconds = run_lines({"inputs": commands.inputs, **commands.shared}, folder, log, place)
        write_json(folder / SECONDS, seconds)


def run_lines(
    commands: Mapping[str, list[str]], folder: Path, log: Path, place: Place
) -> dict[str, float]:
    """Run the lines of commands of project.yml, as weasel does; returns the seconds of each."""
    return {
        name: sum(
            place.programs.run(shlex.split(line)[1:], folder=folder, log=log) for line in lines
        )
        for name, lines in commands.items()
    }


def make_result(job: Job, commands: Commands, place: Place) -> None:
    """Train a job's update in a copy of what is shared, measure it, write its result."""
    log = place.log(job.name)
    log.unlink(missing_ok=True)
    shared = place.shared_folder(job)
    with scratch_directory(place.work / "jobs" / job.name.replace("/", ".")) as folder:
        shutil.copytree(shared, folder, dirs_exist_ok=True)
        seconds = {"shared": srsly.read_json(folder / SECONDS), "own": {}}
        if commands.own:
            lines = {"inputs": commands.inputs, **commands.own}
            seconds["own"] = run_lines(lines, folder, log, place)
        place.programs.run(score_command(job, commands, seconds, place), folder=folder, log=log)


def score_command(
    job: Job, commands: Commands, seconds: Mapping[str, Mapping[str, float]], place: Place
) -> list[str]:
    """The command line that measures a job's update, in its folder."""
    plain = place.shared_folder(job.plain)
    output = result_path(place.results, job.name)
    command = ["-m", "tests.benchmarks.updates.scoring", job.name, "--data", str(place.data)]
    command += ["--plain", str(plain), "--output", str(output)]
    command += ["--key", commands.key, "--code", commands.code]
    command += ["--seconds", srsly.json_dumps(seconds)]
    command += ["--naive"] if job.variant.name == NAIVE else []
    return command + (["--quick"] if place.scale is QUICK else [])


def known_seconds(results: Path) -> dict[str, list[float]]:
    """How long tasks took: kind -> seconds of each that left a result."""
    known: dict[str, list[float]] = {}
    for result in (counted.result for counted in read_results(results)):
        shared = shared_kind(result.update, all_gold=result.strategy == BOUND)
        known.setdefault(shared, []).append(sum(result.shared_seconds.values()))
        own = sum(result.own_seconds.values())
        known.setdefault(f"{result.update}/{result.strategy}", []).append(own)
    return known
