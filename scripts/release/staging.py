"""What `spacy package` is given: a copy of the pipeline that names no path of this machine."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.util import load_config, registry, walk_dict
from thinc.api import Config

from .. import beside, components

# What a base's licence asks to be passed on with its weights.
LEGAL = ("LICENSE", "LICENSES_SOURCES")


def stage(model: Path, base: Path, folder: Path, meta: dict[str, Any]) -> None:
    """Copy a pipeline into an empty folder, with this meta and a config that loads anywhere.

    base: where to look for the licence files of the base.
    """
    shutil.copytree(model, folder, dirs_exist_ok=True)
    for name in LEGAL:
        if (base / name).is_file():
            shutil.copy(base / name, folder)
    srsly.write_json(folder / "meta.json", meta)
    config = portable_config(load_config(model / "config.cfg", interpolate=True))
    config.to_disk(folder / "config.cfg", interpolate=False)


def portable_config(config: Config) -> Config:
    """What `spacy.load` reads, without absolute paths, and spaCy's defaults for the rest.

    The sections that only training reads tell where, and with which files, the base was once
    trained; they go.

    config: interpolated, since `[components]` may refer to `[paths]`.
    """
    portable = Language.default_config.copy()
    portable["system"].update(config.get("system", {}))
    for section in ("nlp", "components"):
        portable[section] = without_paths(config[section])
    return portable


def without_paths(value: Any) -> Any:
    """The value with each absolute path replaced by its last part.

    A component that was made from a folder (a transformer) keeps its name; what it needs to load
    is in the pipeline's own folder.
    """
    if isinstance(value, dict):
        return {key: without_paths(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_paths(part) for part in value]
    if isinstance(value, str) and re.match(r"(/|~/|[A-Za-z]:[\\/]).*[\\/]", value):
        return re.split(r"[\\/]", value.rstrip("\\/"))[-1]
    return value


def needed_code(model: Path) -> list[Path]:
    """Of `scripts/components.py` and `scripts/beside.py`, those that the pipeline needs.

    A factory or function of it is defined there.

    It must be registered by `@Language.factory` or a registry; `@Language.component` hides the
    module of what it decorates.
    """
    config = load_config(model / "config.cfg", interpolate=True)
    modules = {_module_of(registry_name, name) for registry_name, name in _functions(config)}
    return [Path(str(code.__file__)) for code in (components, beside) if code.__name__ in modules]


def _functions(config: Config) -> Iterator[tuple[str, str]]:
    """Registry and name of each function that `[nlp]` and `[components]` refer to."""
    for block in config["components"].values():
        if "factory" in block:
            yield "factories", block["factory"]
    for section in ("nlp", "components"):
        for path, value in walk_dict(config[section]):
            if path[-1].startswith("@"):
                yield path[-1][1:], value


def _module_of(registry_name: str, name: str) -> str | None:
    """The module that registered a function; None if it is unknown or registered per language."""
    if not registry.has(registry_name, name):
        return None
    return str(registry.find(registry_name, name).get("module"))
