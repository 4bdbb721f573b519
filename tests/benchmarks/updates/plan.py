"""Which jobs there are, in which order, and what each depends on."""

import ast
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import srsly
from weasel.util import load_project_config

from scripts.project.errors import UserError
from scripts.project.files import hash_file
from scripts.project.settings import STRATEGIES

from .data import ALL_RAW, BASE, RAW, REPLAY, UPDATES, Scale, Update

NAIVE, BOUND = "naive", "bound"
CHOOSING = "auto"  # trains several of the others and keeps one: their scores say which
SEEDS = 5  # of the default and of the specialist, which is the naive update; one of the others
EXPERIMENTS = Path("configs/experiments")
OF_THE_DATA = {"base_model", "raw_text", "replay_gold"}  # vars with paths in the data's folder
EVERYTHING = 10**6  # raw texts: more than there are
# What strategies share is done once for an update and a seed, up to this command.
LAST_SHARED, FIRST_AFTER = "rehearse", "evaluate"
NOT_NEEDED = ("inputs", "assets")  # of the shared commands: the first always runs
# Vars without which a strategy has nothing to work on.
NEEDED: dict[str, dict[str, object]] = {
    "replay": {
        "replay_gold": REPLAY,
        "replay_gold_map": "assets/benchmark/replay_labels.yml",
    }
}
MEASUREMENT = 1  # grows when what is measured changes
COMPUTING = ("spacy", "thinc", "blis", "numpy")  # packages that decide what a training gives


@dataclass(frozen=True)
class Variant:
    """A strategy to measure: a name, and what it sets of the project's vars.

    all_gold: the project's unannotated texts are annotated too.
    """

    name: str
    vars: Mapping[str, object]
    seeds: int = 1
    all_gold: bool = False


@dataclass(frozen=True)
class Job:
    """An update by a variant with a seed."""

    update: Update
    variant: Variant
    seed: int

    @property
    def name(self) -> str:
        """As update/strategy/seed."""
        return f"{self.update.name}/{self.variant.name}/{self.seed}"

    @property
    def plain(self) -> "Job":
        """The job whose specialist this one is compared with: the same data, the default vars."""
        return Job(self.update, Variant(NAIVE, {"strategy": NAIVE}, SEEDS), self.seed)


def find_variants(root: Path) -> list[Variant]:
    """All strategies of the project, the bound, and one for each config in configs/experiments.

    The cheapest and those that say most come first.
    """
    default = default_strategy(root)
    others = [name for name in STRATEGIES if name not in (default, NAIVE, CHOOSING)]
    return [
        Variant(NAIVE, {"strategy": NAIVE}, SEEDS),
        Variant(default, {"strategy": default}, SEEDS),
        Variant("double-base", {"strategy": "double", "precedence": "base"}),
        Variant("double-small", {"strategy": "double", "encoder": "small"}),
        *(Variant(name, {"strategy": name, **NEEDED.get(name, {})}) for name in others),
        *(
            Variant(path.stem, {"strategy": default, "config": path.relative_to(root).as_posix()})
            for path in sorted((root / EXPERIMENTS).glob("*.cfg"))
        ),
        # One model that learns from gold where others have silver, and from all raw text.
        Variant(
            BOUND,
            {"strategy": "two-teacher", "raw_text": ALL_RAW, "rehearsal_docs": EVERYTHING},
            all_gold=True,
        ),
    ]


def default_strategy(root: Path) -> str:
    """The strategy of a project whose user says nothing."""
    return str(srsly.read_yaml(root / "project.yml")["vars"]["strategy"])


def make_plan(
    variants: Sequence[Variant], only: Sequence[str], updates: Sequence[Update] = UPDATES
) -> list[Job]:
    """The jobs in their order: one seed of everything first, then more of the default.

    only: patterns of names, as bc5cdr/*/0; none for all. Raises UserError when none fits.
    """
    jobs = [
        Job(update, variant, seed)
        for seed in range(SEEDS)
        for variant in variants
        for update in updates
        if seed < variant.seeds
    ]
    chosen = [job for job in jobs if not only or any(fnmatch(job.name, one) for one in only)]
    if not chosen:
        raise UserError(
            f"No job is named {' or '.join(only)}.",
            f"Names are UPDATE/STRATEGY/SEED, with {', '.join(one.name for one in updates)}; "
            f"{', '.join(variant.name for variant in variants)}; 0 to {SEEDS - 1}.",
        )
    return chosen


@dataclass(frozen=True)
class Commands:
    """What a job runs, with its vars put in. Names of commands -> lines of their scripts.

    key: hash of what the job is: data, vars, packages. code: hash of the modules, configs and
    command lines that it runs. shared_key: hash of all that the shared commands depend on.
    """

    vars: Mapping[str, object]
    inputs: list[str]
    shared: Mapping[str, list[str]]
    own: Mapping[str, list[str]]
    shared_key: str
    key: str
    code: str


def plan_commands(job: Job, code: Path, data: Path, scale: Scale) -> Commands:
    """The commands of a job.

    code: a copy of the project. data: folder of the public data, absolute.
    """
    values = job_vars(job, data, scale)
    overrides = {f"vars.{name}": value for name, value in values.items()}
    project = load_project_config(code, overrides=overrides)
    by_name = {command["name"]: command for command in project["commands"]}
    steps = takewhile(lambda name: name != FIRST_AFTER, project["workflows"]["all"])
    order = [name for name in steps if name not in NOT_NEEDED]
    last = order.index(LAST_SHARED) + 1
    shared, own = order[:last], [] if job.variant.name == NAIVE else order[last:]
    lines = {name: by_name[name]["script"] for name in order}
    shared_key = digest(
        *_code(by_name, shared, code),
        *(_without(lines[name], data) for name in shared),
        *inputs_of(job, data, scale),
    )
    given = [f"{name} {value}".replace(str(data), "") for name, value in sorted(values.items())]
    key = digest(MEASUREMENT, *given, *inputs_of(job, data, scale))
    own_code = digest(
        shared_key,
        *_code(by_name, own, code, values.get("config")),
        *(_without(lines[name], data) for name in own),
    )
    return Commands(
        values,
        by_name["inputs"]["script"],
        {name: lines[name] for name in shared},
        {name: lines[name] for name in own},
        shared_key,
        key,
        own_code,
    )


def job_vars(job: Job, data: Path, scale: Scale) -> dict[str, object]:
    """The vars of a job; paths of data are absolute."""
    values: dict[str, object] = {
        "base_model": BASE,
        "export": "assets/benchmark/export.json",
        "label_map": "assets/benchmark/label_map.yml",
        "raw_text": RAW,
        "name": job.update.name,
        "seed": job.seed,
        "workers": 1,
    }
    values |= {**scale.vars, **job.variant.vars}
    for name in OF_THE_DATA & set(values):
        values[name] = data / str(values[name])
    if scale.vars:  # a quick run stays quick
        values["rehearsal_docs"] = scale.vars["rehearsal_docs"]
    return {name: str(value) for name, value in values.items()}


def inputs_of(job: Job, data: Path, scale: Scale) -> Iterator[str]:
    """What says which texts a job takes: names, sizes and hashes of files."""
    raw = str(job.variant.vars.get("raw_text", RAW))
    files = [data / job.update.train, *sorted(data.glob(raw))]
    files += [data / REPLAY] if "replay_gold" in job.variant.vars else []
    files += sorted(path for path in (data / BASE).rglob("*") if path.is_file())
    for path in files:
        yield f"{path.relative_to(data)} {_hash_once(path)}"
    yield f"{job.update} {job.variant.all_gold} {scale.annotated} {scale.unannotated}"
    yield from (f"{name} {importlib.metadata.version(name)}" for name in COMPUTING)


def _code(
    commands: Mapping[str, Any], names: Iterable[str], code: Path, config: object = None
) -> Iterator[str]:
    """Path and hash of each module and config that commands depend on.

    config: one that takes the place of the strategies'.
    """
    deps = {dep for name in names for dep in commands[name]["deps"]}
    paths = {dep for dep in deps if dep.startswith("scripts/")}
    paths |= {str(config)} if config else {dep for dep in deps if dep.startswith("configs/")}
    for path in sorted(paths):
        yield f"{path} {hash_code(code / path)}"


_hash_once = cache(hash_file)  # nothing that is hashed changes while a benchmark runs


@cache
def hash_code(path: Path) -> str:
    """Hash of a file; of a Python module without its comments, docstrings and layout."""
    if path.suffix != ".py":
        return _hash_once(path)
    tree = ast.parse(path.read_text(encoding="utf8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    return digest(ast.dump(tree))


def digest(*parts: object) -> str:
    """SHA-256 of some values that JSON knows."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _without(lines: list[str], data: Path) -> list[str]:
    """Lines of a script without the machine's path."""
    return [line.replace(str(data), "") for line in lines]
