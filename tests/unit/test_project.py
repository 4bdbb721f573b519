"""project.yml: every command depends on all that it runs, and says what it does."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.project.downloading import hash_md5
from scripts.project.settings import RULES

PROJECT: dict[str, Any] = srsly.read_yaml("project.yml")
COMMANDS: dict[str, dict[str, Any]] = {command["name"]: command for command in PROJECT["commands"]}
ASSETS: list[dict[str, Any]] = PROJECT["assets"]
# Vars that the example sets for itself, and those that say who publishes what.
OF_THE_EXAMPLE = {
    *("export", "base_model", "raw_text", "retained_gold", "retained_gold_map", "name"),
    *("base_label_map", "optimize", "vectors"),
    *("teacher", "teacher_label_map", "parts"),
    *("label_map", "label_config", "negative_text", "component", "config", "precedence"),
    *(
        "replay_gold",
        "replay_gold_map",
        "text_field",
        "control",
        "lang",
        "author",
        "license",
        "description",
    ),
    *("sweep_trials", "sweep_jobs", "parts"),
    *("project", "pull", "pipeline", "push_limit", "push_file", "project_title", "backend"),
    *("raw_source", "raw_license", "released", "reproduce_from"),
    *("hub_repo", "hub_visibility", "publish"),
}


def modules(name: str) -> list[str]:
    """The modules of ours that a command runs."""
    return re.findall(r"-m scripts\.(\w+)", " ".join(COMMANDS[name]["script"]))


SCRIPTED = [name for name in COMMANDS if COMMANDS[name].get("deps") and modules(name)]


def imports(path: Path) -> set[Path]:
    """The project's own modules that a module imports, also in its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = Path(*(node.module or "").split("."))
        if node.level:
            base = path.parents[node.level - 1] / base
        found.add(base.with_suffix(".py"))
        found |= {base / f"{alias.name}.py" for alias in node.names}
    return {module for module in found if module.exists()}


TRAINING = Path("scripts/training/runs.py")


def closure(path: Path) -> set[Path]:
    """A module and all that it imports, and that these import."""
    found, waiting = set(), [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += imports(module)
            # spaCy imports the registered functions by the file's path, not by an import.
            waiting += [Path("scripts/functions.py")] if module == TRAINING else []
    return found


def templates(paths: set[Path]) -> set[Path]:
    """The templates that modules name."""
    text = "".join(path.read_text(encoding="utf8") for path in paths)
    return {path for path in Path("scripts/reporting/templates").glob("*") if path.name in text}


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_command_depends_on_every_module_that_it_runs(name: str) -> None:
    run = set().union(*(closure(Path("scripts", f"{module}.py")) for module in modules(name)))
    wanted = {path.as_posix() for path in run | templates(run)}
    declared = {dep for dep in COMMANDS[name]["deps"] if dep.startswith("scripts/")}
    assert declared == wanted


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_command_depends_on_its_configs_and_on_the_pinned_packages(name: str) -> None:
    script, deps = " ".join(COMMANDS[name]["script"]), COMMANDS[name]["deps"]
    assert "constraints.txt" in deps
    for word in script.split():
        if word.startswith("configs/"):
            assert word in deps
    for dep in deps:
        assert dep.startswith(("corpus/", "training/", "assets/", "packages")) or Path(dep).exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    assert COMMANDS[name]["help"]


@pytest.mark.parametrize(
    "module", sorted({module for name in COMMANDS for module in modules(name)})
)
def test_every_module_that_a_command_runs_says_what_it_does(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{module}", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_every_output_of_a_command_is_what_a_later_one_depends_on_or_a_result() -> None:
    results = {"assets/inputs.json", "training/report.html", "training/verify.json"}
    made = {
        output
        for command in COMMANDS.values()
        for output in command.get("outputs", []) + command.get("outputs_no_cache", [])
    }
    wanted = {dep for command in COMMANDS.values() for dep in command.get("deps", [])}
    assert {path for path in made if path not in wanted} <= results | {
        "assets/demo",
        "assets/example",
        "assets/public",
        "corpus/conversion_shards.json",
        "corpus/disputes.json",
        "corpus/rehearsal.json",
        "corpus/shards.json",
        "training/strategy.json",
        "training/dose.json",
        "training/dose.svg",
        "training/insight",
        "training/insight.html",
        "training/insight.json",
        "training/sweep.json",
        "training/sweep.svg",
        "training/sweep.html",
        "training/sweep/chosen.yml",
        "training/version.json",
        "training/base",  # later commands depend on its record, training/base.json
        "training/teacher",  # likewise
    }


def test_every_var_is_used_and_every_used_var_exists() -> None:
    text = " ".join(line for command in COMMANDS.values() for line in command["script"])
    for name in RULES:
        assert f'"{name}=${{vars.{name}}}"' in text
    assert set(PROJECT["vars"]) == set(RULES)


def test_workflow_all_runs_in_the_order_in_which_data_flows() -> None:
    order = PROJECT["workflows"]["all"]
    made: set[str] = {"assets/inputs.json"}
    for name in order:
        for dep in COMMANDS[name].get("deps", []):
            if dep.startswith(("corpus/", "training/", "packages")):
                assert dep in made, (name, dep)
        made |= set(COMMANDS[name].get("outputs", []))


def test_the_example_passes_on_every_var_that_is_not_its_own() -> None:
    (script,) = COMMANDS["example-update"]["script"]
    passed = dict(re.findall(r'--vars\.(\w+) "?([^\s"]+)', script))
    assert {name for name, value in passed.items() if value == f"${{vars.{name}}}"} == (
        set(RULES) - OF_THE_EXAMPLE
    )
    assert set(passed) <= set(RULES)


@pytest.mark.parametrize("name", ["sweep", "dose"])
def test_updates_that_are_tried_are_made_by_the_vars_of_train(name: str) -> None:
    used = {
        command: set(re.findall(r"\$\{vars\.(\w+)\}", " ".join(COMMANDS[command]["script"])))
        for command in ("train", name)
    }
    assert used["train"] - {"tracking"} <= used[name]


def test_the_example_takes_what_it_made() -> None:
    script = " ".join(COMMANDS["example-update"]["script"])
    made = " ".join(COMMANDS["example-data"]["script"])
    for path in re.findall(r"assets/example/\w+(?:\.\w+)?", script):
        assert path in made
        assert path in COMMANDS["example-update"]["deps"]
    fetched = {asset["dest"] for asset in ASSETS if asset.get("extra")}
    assert set(re.findall(r"assets/public/\S+", made)) <= fetched


def test_public_assets_name_a_commit_and_a_checksum() -> None:
    for asset in (asset for asset in ASSETS if asset.get("extra")):
        assert re.fullmatch(
            r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/.+", asset["url"]
        )
        assert re.fullmatch(r"[0-9a-f]{32}", asset["checksum"])
        assert asset["dest"].startswith("assets/public/")


def test_the_readme_shows_the_commands_and_assets_as_they_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spacy", "project", "document", ".", "--no-emoji"],
        capture_output=True,
        text=True,
        check=True,
    )
    readme = Path("README.md").read_text(encoding="utf8")
    remedy = "run: python -m spacy project document . --no-emoji --output README.md"
    assert done.stdout.strip() in readme, remedy


def test_the_readme_shows_every_var_with_its_default() -> None:
    readme = Path("README.md").read_text(encoding="utf8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", readme, re.MULTILINE))
    shown = {
        name: "null" if value is None else str(value) for name, value in PROJECT["vars"].items()
    }
    assert rows == shown


def test_every_file_of_the_demonstration_is_an_asset_with_its_checksum() -> None:
    checksums = {a["dest"]: a["checksum"] for a in ASSETS if a["dest"].startswith("assets/demo/")}
    files = {path for path in Path("assets/demo").iterdir() if path.is_file()}
    found = {path.as_posix(): hash_md5(path) for path in files if path.name != "README.md"}
    assert checksums == found, "put what `md5sum assets/demo/*` says into project.yml"


def test_contributing_names_every_module_and_every_package() -> None:
    text = Path("CONTRIBUTING.md").read_text(encoding="utf8")
    for path in Path("scripts").rglob("[a-z]*.py"):
        assert f"`{path.stem}`" in text, path
    for path in Path("scripts").glob("*/__init__.py"):
        assert f"`{path.parent.name}/`" in text, path
    for path in Path().glob("requirements*.txt"):
        for name in re.findall(r"^[\w-]+", path.read_text(encoding="utf8"), re.MULTILINE):
            if not name.startswith("-"):
                assert re.search(rf"^\|[^|]*\b{name}\b", text, re.MULTILINE), name


def test_no_shared_module_imports_a_command() -> None:
    commands = {Path("scripts", f"{name}.py") for command in COMMANDS for name in modules(command)}
    for path in Path("scripts").glob("*/*.py"):
        assert not imports(path) & commands, path


def test_folders_of_modules_run_nothing_when_they_are_imported() -> None:
    """So that no command need depend on their `__init__.py`."""
    for path in Path("scripts").glob("*/__init__.py"):
        (statement,) = ast.parse(path.read_text(encoding="utf8")).body
        assert isinstance(statement, ast.Expr), path
