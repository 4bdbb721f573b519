"""Settings of the ML backend: those of the code, the README, the container and compose agree."""

import re
from pathlib import Path
from typing import Any

import srsly

from scripts.serving.environment import Environment

README = Path("README.md").read_text(encoding="utf8")
COMPOSE: dict[str, Any] = srsly.read_yaml("compose.yml")
DOCKERFILE = Path("Dockerfile").read_text(encoding="utf8")
NAMES = {name.upper() for name in Environment.model_fields} | {"LABEL_STUDIO_URL"}
# The vars of the updates, as for any run.
OF_WEASEL = {"WEASEL_CONFIG_OVERRIDES"}
# The container sets them itself.
OF_THE_CONTAINER = {"HOST", "PORT", "MODEL_DIR"}
# Under which people know them from Label Studio's example backends.
KNOWN = {
    *("PORT", "WORKERS", "THREADS", "SPACY_MODEL", "BASIC_AUTH_USER", "BASIC_AUTH_PASS"),
    *("LOG_LEVEL", "LABEL_STUDIO_HOST", "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"),
    *("START_TRAINING_EACH_N_UPDATES", "BASELINE_MODEL_NAME", "FINETUNED_MODEL_NAME"),
    *("LEARNING_RATE", "NUM_TRAIN_EPOCHS", "WEIGHT_DECAY", "MODEL_DIR"),
}


def test_the_readme_lists_every_setting() -> None:
    section = README.split("## The ML backend")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(rows))) == NAMES
    assert KNOWN <= NAMES


def test_compose_sets_what_there_is() -> None:
    backend, studio = COMPOSE["services"]["backend"], COMPOSE["services"]["label-studio"]
    read = set(re.findall(r"\$\{([A-Z_]+)", " ".join(backend["environment"].values())))
    assert read == NAMES - OF_THE_CONTAINER | OF_WEASEL
    assert set(backend["environment"]) == read - {"LABEL_STUDIO_HOST"}
    assert studio["profiles"] == ["label-studio"]
    volumes = {volume.split(":")[0] for volume in backend["volumes"] + studio["volumes"]}
    assert {name for name in volumes if "$" not in name} == set(COMPOSE["volumes"])
    assert backend["ports"][0].endswith(":9090:9090")
    for name, value in backend["environment"].items():
        assert re.fullmatch(rf"\$\{{{name}:[-?][^}}]*\}}+", value), value


def test_the_container_copies_what_an_update_needs() -> None:
    copied = set(re.findall(r"[\w./-]+", " ".join(re.findall(r"COPY (.*)", DOCKERFILE))))
    assert {"scripts", "configs", "project.yml", "constraints.txt", "assets"} <= copied
    ignored = Path(".dockerignore").read_text(encoding="utf8")
    for name in copied - {"chown", "backend", "--chown", "./", ".", "assets"}:
        assert Path(name).exists(), name
        assert f"!{name}\n" in ignored, name
    for name in re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)[0].split():
        assert name.split("=")[0] in NAMES | {"PYTHONUNBUFFERED"}
