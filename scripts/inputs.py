"""Check all vars, resolve and hash all inputs, and write what later commands depend on.

weasel reads every dependency whole into memory, knows no patterns (*), and skips a command before
it looks at an unknown var. So this command runs first, always, and the others depend on the small
files that it writes: `assets/inputs/*.json`, one a concern, and `assets/inputs.json`, the whole.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from wasabi import msg

from .project.encoder import resolve_encoder
from .project.errors import UserError, run
from .project.files import write_json
from .project.overrides import given_overrides
from .project.resolve import InputFile, resolve_base, resolve_blank, resolve_files
from .project.settings import (
    DISTILL,
    check_component,
    check_names,
    parse_settings,
    read_project_vars,
)
from .project.teacher import resolve_teacher

DEMO = Path("assets/demo")
WITH_ENCODER = ("double", "auto", DISTILL)  # strategies that can train a transformer
OF_A_BASE = ("retained_gold", "replay_gold", "config", "base_label_map")  # not for blank:LANGUAGE
WITH_A_TEACHER = ("retained_gold", "encoder")  # but these, where a teacher speaks for labels
LOCK = Path("project.lock")  # weasel's record of what has run
# Which vars name files, and the file of assets/inputs/ that tells about each group of them.
CONCERNS = {
    "export": ("export", "label_map", "label_config"),
    "raw_text": ("raw_text",),
    "retained_gold": ("retained_gold", "retained_gold_map"),
    "replay_gold": ("replay_gold", "replay_gold_map"),
    "negative_text": ("negative_text",),
    "config": ("config",),
}


def main(
    values: Annotated[list[str], typer.Argument(help="every var of project.yml as name=value")],
    output: Annotated[Path, typer.Option(help="folder of inputs.json and inputs/")] = Path(
        "assets"
    ),
) -> None:
    """Check all vars, resolve and hash all inputs, write them to assets/inputs.json."""
    check_folder()
    check_names(given_overrides())
    check_names(read_project_vars())
    settings = parse_settings(dict(value.split("=", 1) for value in values))
    whole = output / "inputs.json"
    previous = srsly.read_json(whole) if whole.exists() else {}
    record = resolve_inputs(settings, known=_known_files(previous))
    changed = write_changed(record, output)
    if changed:
        msg.good(f"Inputs: {', '.join(changed)}", f"Written to {whole}")
    else:
        msg.good("Inputs: nothing changed")


def check_folder() -> None:
    """See that weasel can keep its record, project.lock, in which it would end in a traceback.

    A lock that was cut off, by a full disk or a kill, is removed: all commands run again.
    Raises UserError when the project cannot be written to.
    """
    if not os.access(".", os.W_OK) or (LOCK.exists() and not os.access(LOCK, os.W_OK)):
        raise UserError(
            f"The project's folder {Path.cwd()} cannot be written to.",
            "Make it writable, or copy the project to where you may write.",
        )
    try:
        lock = srsly.read_yaml(LOCK) if LOCK.exists() else {}
    except ValueError:
        lock = None
    if not isinstance(lock, dict) or not all(isinstance(entry, dict) for entry in lock.values()):
        LOCK.unlink()
        msg.warn(f"{LOCK} was damaged and is removed", "All commands run again.")


def resolve_inputs(settings: dict[str, Any], *, known: dict[str, InputFile]) -> dict[str, Any]:
    """The record of `assets/inputs.json`: the vars and, for each concern, its files and hashes.

    known: files of an earlier record by path; one whose size and times are the same is not read.
    Raises UserError for inputs that are missing or empty.
    """
    settings = with_demo_inputs(settings)
    check_component(settings)
    check_teacher(settings)
    record: dict[str, Any] = {"vars": settings, "inputs": {}}
    record["inputs"]["base"] = prepare_base(settings, known)
    record["inputs"]["encoder"] = prepare_encoder(settings, known)
    record["inputs"]["teacher"] = prepare_teacher(settings, known)
    for concern, names in CONCERNS.items():
        record["inputs"][concern] = {
            name: resolve_files(name, settings[name], known=known) for name in names
        }
    replay = record["inputs"]["replay_gold"]
    if replay["replay_gold"]:
        # What is replayed must not be what is tested. Without it, no training depends on the test.
        replay |= record["inputs"]["retained_gold"]
    elif settings["strategy"] == "replay" and record["inputs"]["base"].get("kind") != "blank":
        raise UserError(
            "vars.strategy is replay, but there is no gold to replay (vars.replay_gold is null).",
            "Give vars.replay_gold texts with gold for labels of the base, others than those of "
            "vars.retained_gold, or take another strategy.",
        )
    prepare_choice(record["inputs"], settings)
    return record


def prepare_base(settings: dict[str, Any], known: dict[str, InputFile]) -> dict[str, Any]:
    """The files of the base, or how to start from nothing.

    Raises UserError for a base that is not there, and for vars that do not go with it.
    """
    model, vectors, optimize = (settings[name] for name in ("base_model", "vectors", "optimize"))
    blank = resolve_blank(model, optimize, vectors, known=known)
    if blank is None:
        if vectors or optimize != "efficiency":
            raise UserError(
                f"vars.vectors and vars.optimize are for blank:LANGUAGE; the base is {model}.",
                "Leave them out, or give vars.base_model a language to start from, as blank:de.",
            )
        base = resolve_base(model, demo=DEMO, known=known)
        label_map = resolve_files("base_label_map", settings["base_label_map"], known=known)
        return base | ({"base_label_map": label_map} if label_map else {})
    given = [name for name in OF_A_BASE if settings[name] is not None]
    given += ["encoder"] if settings["encoder"] != "full" else []
    taught = WITH_A_TEACHER if settings["teacher"] else ()
    useless = [name for name in given if name not in taught]
    if useless:
        names = " and ".join(f"vars.{name}" for name in useless)
        raise UserError(
            f"The base is {model}, which is none: there is nothing that {names} could be for.",
            "Leave it out. A start from nothing trains one ner on gold (configs/specialist.cfg).",
        )
    return blank


def check_teacher(settings: dict[str, Any]) -> None:
    """Raises UserError where a teacher and the other vars do not go together."""
    teacher, strategy = settings["teacher"], settings["strategy"]
    if teacher is None and strategy == DISTILL:
        raise UserError(
            f"vars.strategy is {DISTILL}, but there is no teacher (vars.teacher is null).",
            "Give vars.teacher a pipeline or a token-classification model, or take another "
            "strategy.",
        )
    if teacher is not None and strategy != DISTILL:
        raise UserError(
            f"vars.teacher is {teacher}, but the strategy {strategy} learns from none.",
            f"Take the strategy {DISTILL}, or leave the teacher out.",
        )
    if teacher is None and settings["teacher_label_map"] is not None:
        raise UserError(
            "vars.teacher_label_map is given, but there is no teacher (vars.teacher is null).",
            f"Give vars.teacher and the strategy {DISTILL}, or leave the map out.",
        )
    if teacher is None and settings["export"] is None:
        raise UserError(
            "There is no export (vars.export is null), so there is nothing to learn.",
            f"Give vars.export what Label Studio exported; without annotations, the strategy "
            f"{DISTILL} with vars.teacher learns from a teacher alone.",
        )


def prepare_teacher(settings: dict[str, Any], known: dict[str, InputFile]) -> dict[str, Any]:
    """The files of a teacher and of its label map; nothing without one.

    Raises UserError for one that is not there, and where it has no text to speak about.
    """
    teacher, label_map = settings["teacher"], settings["teacher_label_map"]
    if teacher is None:
        return {}
    if settings["export"] is None and settings["raw_text"] is None:
        raise UserError(
            "There is neither an export nor raw text (vars.export and vars.raw_text are null).",
            "Give vars.raw_text texts of the kind that the student is for, for the teacher.",
        )
    return {
        "teacher": resolve_teacher(teacher, known=known),
        "teacher_label_map": resolve_files("teacher_label_map", label_map, known=known),
    }


def prepare_encoder(settings: dict[str, Any], known: dict[str, InputFile]) -> dict[str, Any]:
    """The files of a transformer, nothing for an encoder of ours.

    Raises UserError for one that is not there, and for a strategy that takes none.
    """
    encoder, strategy = settings["encoder"], settings["strategy"]
    found = resolve_encoder(encoder, known=known)
    if found and strategy not in WITH_ENCODER:
        raise UserError(
            f"vars.encoder is {encoder}, but the strategy {strategy} takes no transformer.",
            f"Take the strategy {' or '.join(WITH_ENCODER)}, or the encoder full.",
        )
    return found or {}


def prepare_choice(inputs: dict[str, Any], settings: dict[str, Any]) -> None:
    """Add what the strategy auto chooses by, for other strategies nothing, and what sweeps do.

    Both take the same part of the retained gold, which is then left out of the test: by auto
    always, after a sweep by retained_test. Raises UserError for a config with auto, since a config
    has a strategy.
    """
    inputs["dev_gold"] = inputs["retained_gold"] | {"part": "dev"}
    inputs["choice"] = {}
    if settings["strategy"] != "auto":
        inputs["retained_gold"] |= {"part": "rest"} if settings["retained_test"] == "rest" else {}
        return
    if settings["config"] is not None:
        raise UserError(
            "vars.strategy is auto, and vars.config is a training config of one strategy.",
            "Leave one of them out.",
        )
    thresholds = {name: settings[name] for name in ("max_loss", "min_agreement")}
    inputs["choice"] = inputs["retained_gold"] | thresholds | {"part": "dev"}
    inputs["retained_gold"] |= {"part": "rest"}


def with_demo_inputs(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with the demo base's own inputs where the base is the demo's and a var is null.

    The demo's raw text and retained gold are of the demo base's domain: with another base they
    would be wrong, so they never stand in `project.yml`.
    """
    if settings["base_model"] != "demo":
        return settings
    demo = srsly.read_yaml(DEMO / "inputs.yml")
    check_names(demo)
    return settings | {name: value for name, value in demo.items() if settings[name] is None}


def write_changed(record: dict[str, Any], output: Path) -> list[str]:
    """Write the parts of the record that differ from the files; returns the names of those parts.

    The vars are a part, too. File times are left out of the parts: touching a file is no change.
    """
    changed = []
    for concern, part in (record["inputs"] | {"vars": record["vars"]}).items():
        path = output / "inputs" / f"{concern}.json"
        content = _without_times(part)
        if not path.exists() or srsly.read_json(path) != content:
            write_json(path, content)
            changed.append(concern)
    whole = output / "inputs.json"
    if not whole.exists() or srsly.read_json(whole) != record:
        write_json(whole, record)
    return changed


def _without_times(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_times(value) for key, value in part.items() if key != "times"}
    if isinstance(part, list):
        return [_without_times(value) for value in part]
    return part


def _known_files(previous: dict[str, Any]) -> dict[str, InputFile]:
    found: dict[str, InputFile] = {}

    def collect(part: Any) -> None:
        if isinstance(part, dict) and "sha256" in part and "times" in part:
            found[part["path"]] = InputFile(**part)
        elif isinstance(part, dict | list):
            for value in part.values() if isinstance(part, dict) else part:
                collect(value)

    collect(previous.get("inputs", {}))
    return found


if __name__ == "__main__":
    run(main)
