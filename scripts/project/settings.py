"""The vars of `project.yml`: which there are, and which values each may have."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import srsly

from .errors import UserError

PROJECT = Path("project.yml")
NULL = ("null", "None", "")  # a var without a value, as a command is told it
COMPONENTS = ("ner", "textcat", "textcat_multilabel", "spancat", "tagger", "pos")
STRATEGIES = ("double", "two-teacher", "interpolate", "pseudo", "replay", "naive", "auto")
DISTILL = "distill"  # the strategy that learns from vars.teacher
WITH_OTHERS = ("double", "naive")  # strategies for other components than ner
ONLY_NER = {  # vars for ner alone, and what they are for other components
    **{"precedence": "update", "encoder": "full", "shared_on_raw": "base"},
    **{"replay_gold": None, "base_label_map": None},
}


class Rule(NamedTuple):
    """parse: from the var's text to its value, raises ValueError. allowed: in words."""

    parse: Callable[[str], Any]
    allowed: str


def optional(rule: Rule) -> Rule:
    """The rule, or `null`."""
    return Rule(
        lambda text: None if text in NULL else rule.parse(text),
        f"{rule.allowed}, or null",
    )


def one_of(*values: str) -> Rule:
    """One of some words."""

    def parse(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Rule(parse, " or ".join(values))


def matching(pattern: str, allowed: str) -> Rule:
    """A text that a regular expression matches as a whole."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return Rule(parse, allowed)


def number(kind: type[int] | type[float], low: float, high: float) -> Rule:
    """A number from `low` to `high`, both included."""

    def parse(text: str) -> int | float:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    noun = "a whole number" if kind is int else "a number"
    upper = f" to {high:g}" if high < LARGE else " or more"
    return Rule(parse, f"{noun}, {low:g}{upper}")


def refusing(rule: Rule, reasons: Mapping[str, UserError]) -> Rule:
    """The rule; some values that one might expect to be possible are refused with a reason."""

    def parse(text: str) -> Any:
        if text in reasons:
            raise reasons[text]
        return rule.parse(text)

    return Rule(parse, rule.allowed)


LARGE = 10**9
TEXT = Rule(str, "a text")
WHERE = Rule(str, "a file, a folder or a pattern (*)")

NO_PARSER = UserError(
    "vars.component is parser: Label Studio's relations cannot teach one. A parser learns from "
    "whole trees, in which each word of a sentence has one head; relations join the few regions "
    "that were marked, of any number of words, and say nothing of all others.",
    "For syntax, annotate with a treebank tool, train on CoNLL-U (spacy convert, spacy train), and "
    "give that pipeline as base_model: its parser is carried along. For relations among entities "
    "see docs/conversion.md, Relations.",
)

NO_MORPHOLOGIZER = UserError(
    "vars.component is morphologizer: annotators' labels are parts of speech, no features.",
    "Take the component pos: it updates the parts of speech of any base and leaves features alone.",
)

RULES: dict[str, Rule] = {
    # What goes in
    "export": optional(WHERE),
    "raw_text": optional(
        Rule(str, "a file, a folder or a pattern (*), here or at an address (s3://, gs://, hf://)")
    ),
    "raw_source": optional(Rule(str, "where the raw text comes from, in words")),
    "raw_license": optional(Rule(str, "the licence of the raw text, as CC-BY-4.0")),
    "base_model": Rule(
        str,
        "an installed pipeline's name, a folder, a wheel, a name that spacy download knows, demo, "
        "or blank:LANGUAGE",
    ),
    "base_label_map": optional(Rule(str, "a YAML file")),
    "optimize": one_of("efficiency", "accuracy"),
    "vectors": optional(Rule(str, "an installed pipeline's name, a folder, a wheel")),
    "label_map": optional(Rule(str, "a YAML file")),
    "label_config": optional(Rule(str, "an XML file")),
    "text_field": optional(Rule(str, "the key of the text in a task's data")),
    "control": optional(Rule(str, "the name of a Labels tag")),
    "retained_gold": optional(WHERE),
    "retained_gold_map": optional(Rule(str, "a YAML file")),
    "replay_gold": optional(WHERE),
    "replay_gold_map": optional(Rule(str, "a YAML file")),
    "negative_text": optional(WHERE),
    # How the base is updated
    "parts": optional(Rule(str, "a YAML file with the vars of each part")),
    "component": refusing(
        one_of(*COMPONENTS), {"parser": NO_PARSER, "morphologizer": NO_MORPHOLOGIZER}
    ),
    "strategy": one_of(*STRATEGIES, DISTILL),
    "teacher": optional(
        Rule(
            str,
            "a pipeline's installed name, folder or wheel, or a token-classification model's folder"
            " or name on Hugging Face's hub",
        )
    ),
    "teacher_label_map": optional(Rule(str, "a YAML file")),
    "precedence": one_of("update", "base"),
    "encoder": Rule(str, "full, small, or a transformer's folder or name on Hugging Face's hub"),
    "config": optional(Rule(str, "a training config (.cfg)")),
    "seed": number(int, 0, 2**31 - 1),
    "gpu_id": number(int, -1, 63),
    "max_steps": number(int, 0, LARGE),
    "learning_rate": optional(number(float, 1e-9, 10)),
    "update_learning_rate": optional(number(float, 1e-9, 10)),
    "alpha": optional(number(float, 0, 1)),
    "max_epochs": number(int, 0, 10_000),
    "weight_decay": optional(number(float, 0, 1)),
    "rehearsal_docs": number(int, 0, LARGE),
    "rehearsal_ratio": number(float, 0, LARGE),
    "rehearsal_spans": number(int, 0, LARGE),
    "raw_languages": optional(
        matching(r"[a-z]{2}(,[a-z]{2})*", "ISO 639-1 codes without blanks, as en or en,de")
    ),
    "raw_duplicates": one_of("exact", "near"),
    "raw_min_chars": number(int, 0, 1_000_000),
    "raw_max_chars": number(int, 1, 1_000_000),
    "shared_on_raw": one_of("base", "specialist", "missing"),
    "engine": one_of("local", "ray"),
    "workers": number(int, 0, 256),
    "sweep_trials": number(int, 1, 100_000),
    "sweep_jobs": number(int, 0, 4096),
    "max_rejected": number(float, 0, 1),
    "tracking": one_of("none", "mlflow", "wandb"),
    # When it may be released
    "retained_test": one_of("all", "rest"),
    "max_loss": number(float, 0, 100),
    "max_label_loss": number(float, 0, 100),
    "min_label_spans": number(int, 1, LARGE),
    "max_new_width": number(float, 1, 100),
    "min_agreement": number(float, 0, 100),
    "max_false_alarm_ratio": number(float, 0, LARGE),
    "on_inconclusive": one_of("pass", "fail"),
    # What comes out
    "name": matching(
        # The language comes before it, so that a keyword will do: en_class.
        r"[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?",
        "letters, digits and underscores, first a letter and last no underscore",
    ),
    "lang": optional(matching(r"[a-z]{2,3}", "the base's language code, as en")),
    "version": matching(
        r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", "X.Y.Z, as 1.0.0 (0.10 would be read as 0.1)"
    ),
    "author": optional(TEXT),
    "license": optional(TEXT),
    "description": optional(TEXT),
    "released": optional(Rule(str, "a wheel, a folder of wheels or a pattern (*)")),
    "reproduce_from": optional(Rule(str, "a folder with the inputs of a wheel")),
    # Hugging Face's hub (its token: HF_TOKEN)
    "hub_repo": optional(
        matching(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", "OWNER/NAME, as my-team/en_my_pipeline")
    ),
    "hub_visibility": one_of("private", "public"),
    "publish": one_of("dry-run", "push"),
    # Label Studio (its address and token: LABEL_STUDIO_URL, LABEL_STUDIO_API_KEY)
    "project": optional(number(int, 1, LARGE)),
    "pull": one_of("all", "new"),
    "pipeline": optional(Rule(str, "an installed pipeline's name, a folder, a wheel")),
    "push_limit": number(int, 0, LARGE),
    "push_file": optional(Rule(str, "a file that insight wrote, *_push.json")),
    "project_title": optional(TEXT),
    "backend": optional(Rule(str, "the address of a running serve, as http://localhost:9090")),
}


def parse_settings(values: Mapping[str, str]) -> dict[str, Any]:
    """From the vars' texts, as they stand in a command's script, to checked values.

    Raises UserError for a var that is unknown, lacking, or has an impossible value.
    """
    check_names(values)
    for name, rule in RULES.items():
        if name not in values:
            raise UserError(
                f"project.yml has no value for vars.{name}.",
                f"Add {name} to the vars of project.yml: {rule.allowed}.",
            )
    return {name: parse_value(name, values[name]) for name in RULES}


def parse_value(name: str, text: str) -> Any:
    """The checked value of one var. Raises UserError when it is impossible."""
    try:
        return RULES[name].parse(text.strip())
    except ValueError:
        raise UserError(
            f"vars.{name} is {text!r}, which it cannot be.", f"Allowed: {RULES[name].allowed}."
        ) from None


def check_component(settings: Mapping[str, Any]) -> None:
    """Raises UserError for what only an ner can be given."""
    component, strategy = settings["component"], settings["strategy"]
    if component == "ner":
        return
    if strategy not in WITH_OTHERS:
        raise UserError(
            f"vars.strategy is {strategy}, which a {component} cannot be updated by.",
            f"Take {' or '.join(WITH_OTHERS)}, or the component ner.",
        )
    for name, usual in ONLY_NER.items():
        if settings[name] != usual:
            raise UserError(
                f"vars.{name} is {settings[name]}, which a {component} does not take.",
                f"Leave it {'null' if usual is None else usual}, or take the component ner.",
            )


def parse_path(name: str, text: str) -> Path | None:
    """The path that a var gives, None for null. Raises UserError when it is impossible."""
    value = parse_value(name, text)
    return None if value is None else Path(value)


def check_names(names: Iterable[str]) -> None:
    """Raises UserError for a var that does not exist, with the nearest that does."""
    for name in names:
        if name not in RULES:
            near = get_close_matches(name, RULES, n=1)
            raise UserError(
                f"There is no var {name!r}.",
                (f"Did you mean {near[0]}? " if near else "")
                + f"The vars are: {', '.join(RULES)}.",
            )


def read_project_vars() -> dict[str, Any]:
    """The vars block of the project's own `project.yml`. Raises UserError when there is none."""
    return project_vars(srsly.read_yaml(PROJECT), PROJECT)


def project_vars(project: dict[str, Any], path: Path) -> dict[str, Any]:
    """The vars block of a parsed `project.yml`. Raises UserError when there is none."""
    block = project.get("vars")
    if not isinstance(block, dict):
        raise UserError(f"{path} has no vars.", "Restore the vars block of project.yml.")
    return block
