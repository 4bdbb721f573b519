"""project.yml: every command depends on all that it runs, and says what it does."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.settings import RULES

PROJECT: dict[str, Any] = srsly.read_yaml("project.yml")
COMMANDS: dict[str, dict[str, Any]] = {command["name"]: command for command in PROJECT["commands"]}
# The command assets is what notices a changed project.yml; its outputs are the assets themselves.
SCRIPTED = [name for name in COMMANDS if COMMANDS[name].get("deps")]


def imports(path: Path) -> set[Path]:
    """The project's own modules that a module imports, also in its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and (node.level == 1 or node.module == "scripts"):
            names = [node.module] if node.level and node.module else [a.name for a in node.names]
            found |= {Path("scripts", f"{name}.py") for name in names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scripts."):
            found.add(Path(*node.module.split(".")).with_suffix(".py"))
    return {module for module in found if module.exists()}


def closure(path: Path) -> set[Path]:
    """A module and all that it imports, and that these import."""
    found, waiting = set(), [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += imports(module)
            # spaCy imports the registered functions by the file's path, not by an import.
            waiting += [Path("scripts/functions.py")] if module.stem == "training" else []
    return found


def templates(modules: set[Path]) -> set[Path]:
    """The templates that modules name."""
    text = "".join(module.read_text(encoding="utf8") for module in modules)
    return {path for path in Path("scripts/templates").glob("*") if path.name in text}


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_command_depends_on_every_module_that_it_runs(name: str) -> None:
    modules = closure(Path("scripts", f"{name}.py"))
    wanted = {path.as_posix() for path in modules | templates(modules)}
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
def test_every_command_has_help_and_says_it_itself(name: str) -> None:
    assert COMMANDS[name]["help"]
    module = COMMANDS[name]["script"][0].split()[2]
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=False
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
        "corpus/rehearsal.json",
        "training/base",  # later commands depend on its record, training/base.json
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
