"""The sections of a model card on where the pipeline comes from, and how to make it again."""

from collections.abc import Mapping
from typing import Any

from ..kinds.ner import NER
from .lineage import Agreement, Lineage
from .markdown import code, table
from .released import wheel_name


def tell_provenance(lineage: Lineage) -> list[str]:
    """Sections on the annotations, on the rehearsal, on the training."""
    return [
        "## Where it comes from",
        "All of this stands in `meta.json` under `lineage`, with the hash of every input.",
        tell_annotations(lineage),
        tell_rehearsal(lineage),
        tell_training(lineage),
    ]


def tell_annotations(lineage: Lineage) -> str:
    """What people annotated, and how far they agree where several annotated the same."""
    export, words = lineage.export, lineage.kind.words
    splits = ", ".join(f"{count:,} {split}" for split, count in export.splits.items())
    labels = ", ".join(f"{code(label)} {count:,}" for label, count in export.labels.items())
    empty = export.tasks.get("annotated_empty", 0)
    annotated = export.tasks.get("annotated", 0) + empty
    told = (
        f"### Annotations\n\nExported from Label Studio: {export.tasks.get('tasks', 0):,} tasks, "
        f"{annotated:,} of them annotated ({empty:,} without any {words.answer}). Texts to learn "
        f"and test on: {splits}. {words.answers.capitalize()}: {labels}. SHA-256 over the export: "
        f"{code(export.fingerprint)}."
    )
    if not export.agreement:
        return f"{told} No text was annotated by several people."
    rows = [_agreement_row(row) for row in export.agreement]
    header = ("label", f"{words.answers} of both", "exact", "partial")
    return (
        f"{told}\n\nWhere several people annotated the same text they agree so far, F1 by pairs:"
        f"\n\n{table(header, rows)}"
    )


def _agreement_row(row: Agreement) -> tuple[str, ...]:
    name = "**all**" if row.label is None else code(row.label)
    return name, f"{row.support:,}", f"{100 * row.exact:.1f}", f"{100 * row.partial:.1f}"


def tell_rehearsal(lineage: Lineage) -> str:
    """The text in which the base's labels were rehearsed: its source, licence and amount."""
    rehearsal, base = lineage.rehearsal, lineage.teacher or lineage.base
    if lineage.base.kind == "blank" and lineage.teacher is None:
        return "### Rehearsal\n\nThe base knew no labels, so that there was nothing to rehearse."
    project = rehearsal.texts["merged"].get("train", 0) - lineage.export.splits.get("train", 0)
    raw = rehearsal.texts["rehearsal"]
    read = rehearsal.raw_text.get("read", 0)
    told = (
        f"### Rehearsal\n\nThe base's labels were rehearsed in text that {base.name} "
        f"{base.version} labelled (SHA-256 over the base: {code(base.fingerprint)}; licence: "
        f"{base.license or 'not stated'}): {max(project, 0):,} texts of the export that nobody had "
        f"annotated"
    )
    if not read:
        return f"{told}, and no general text."
    return (
        f"{told}, and general text, {raw.get('train', 0):,} for training, {raw.get('dev', 0):,} to "
        f"choose by, {raw.get('test', 0):,} for the test, of {read:,} that were read. General "
        f"text: {rehearsal.source}; licence: {rehearsal.license or 'not stated'}; SHA-256: "
        f"{code(rehearsal.fingerprint or '')}."
    )


def tell_training(lineage: Lineage) -> str:
    """Strategy, config, seeds, versions."""
    recipe, environment = lineage.recipe, lineage.environment
    config = recipe.config
    chosen = f"{recipe.chosen} (by auto)" if recipe.asked == "auto" else recipe.chosen
    given = [f"{name} {value}" for name, value in recipe.vars.items() if value is not None]
    packages = ", ".join(f"{name} {found}" for name, found in environment.packages.items())
    rows = [
        ("strategy", chosen),
        *([("second recognizer's encoder", recipe.encoder)] if lineage.kind is NER else []),
        ("training config", f"{config.name}, SHA-256 {code(config.sha256)}" if config else "none"),
        ("vars that are not null", ", ".join(given)),
        ("seeds", ", ".join(f"{name} {seed}" for name, seed in recipe.seeds.items())),
        ("Python", f"{environment.python}, {environment.system} {environment.machine}"),
        ("packages", packages),
        ("code", f"SHA-256 {code(environment.code)}" + _commit(environment.commit)),
    ]
    return "### Training\n\n" + table(("", ""), rows)


def _commit(commit: str | None) -> str:
    return f", commit {code(commit)}" if commit else ""


def show_reproduction(meta: Mapping[str, Any], lineage: Lineage) -> str:
    """The commands that make the same pipeline from the same inputs, and how they compare it."""
    wheel, wanted = wheel_name(meta), "\n".join(f"- {one}" for one in list_wanted(lineage))
    return f"""## How to make it again

In the project that made it (the same code and pinned packages, see above), with a folder that holds
under any names:

{wanted}

```bash
python -m spacy project run reproduce . \\
  --vars.pipeline {wheel} --vars.reproduce_from FOLDER
```

It finds the files by their hashes, trains with the same vars, and compares weights and predictions.
On the same machine, on the CPU, they are identical."""


def list_wanted(lineage: Lineage) -> list[str]:
    """What somebody needs to make a pipeline again."""
    base, teacher, models = lineage.base, lineage.teacher, ("encoder", "teacher")
    inputs = sorted(name for name in lineage.inputs if name not in models)
    wanted = [f"the files of {', '.join(map(code, inputs))}"] if inputs else []
    if base.kind not in ("demo", "blank"):
        wanted.append(f"the base {base.name} {base.version}")
    elif base.original:
        wanted.append("the pipeline with the word vectors")
    if "encoder" in lineage.inputs:
        wanted.append(f"the transformer {lineage.recipe.encoder}")
    return wanted + ([f"the teacher {teacher.name} {teacher.version}"] if teacher else [])
