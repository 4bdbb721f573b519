"""The `meta.json` of a package: the pipeline's own, what the user says, scores and lineage."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import spacy
import srsly
from spacy.util import get_minor_version_range, split_requirement

from ..evaluation.records import Evaluation, Figures
from ..kinds.known import find_kind
from ..project.errors import UserError
from ..training.pipelines import BaseRecord
from .earlier import all_updates
from .lineage import Lineage
from .released import package_name


@dataclass(frozen=True)
class Identity:
    """What the user says of the package; None where the data say it."""

    name: str
    version: str
    author: str | None
    license: str | None
    description: str | None


def read_meta(model: Path) -> dict[str, Any]:
    """The `meta.json` of a pipeline. Raises UserError when there is none."""
    try:
        return dict(srsly.read_json(model / "meta.json"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{model} is no pipeline: its meta.json cannot be read ({error}).",
            "Run the command train first.",
        ) from error


def build_meta(
    own: dict[str, Any],
    *,
    identity: Identity,
    base: BaseRecord,
    evaluation: Evaluation,
    lineage: Lineage,
) -> dict[str, Any]:
    """The package's `meta.json`, from the pipeline's own and the evidence.

    What the base's meta says of licence and sources is kept: its weights are inside.
    """
    lang = own["lang"]
    performance = own.get("performance", {})
    prefix = find_kind(base.component).scores
    kept = {key: value for key, value in performance.items() if not key.startswith(f"{prefix}_")}
    return own | {
        "name": package_name(lang, identity.name).removeprefix(f"{lang}_"),
        "version": identity.version,
        "author": identity.author or "",
        "email": "",
        "url": "",
        "license": identity.license or own.get("license") or "",
        "description": " ".join((identity.description or describe(base, lineage)).split()),
        "spacy_version": get_minor_version_range(spacy.__version__),
        # `spacy package` adds spaCy's own, for this version.
        "requirements": [
            requirement
            for requirement in own.get("requirements", [])
            if split_requirement(requirement)[0] != "spacy"
        ],
        "sources": [*_sources(own), *base_source(own, base)],
        "performance": kept | scores_of(evaluation, prefix),
        "lineage": asdict(lineage),
    }


def _sources(meta: dict[str, Any]) -> list[dict[str, str]]:
    """What a meta says of its sources, always as records: spaCy allows names alone, too."""
    sources = meta.get("sources") or []
    return [source if isinstance(source, dict) else {"name": source} for source in sources]


def base_source(own: dict[str, Any], base: BaseRecord) -> list[dict[str, str]]:
    """The base as a source, none where there is none.

    What the pipeline's meta says of author and licence is the base's.
    """
    known = {key: own[key] for key in ("url", "author", "license") if own.get(key)}
    return [{"name": f"{base.lang}_{base.name} {base.version}"} | known] if base.labels else []


def describe(base: BaseRecord, lineage: Lineage) -> str:
    """A line on what the pipeline is, for where the user says nothing."""
    if lineage.earlier:
        return describe_all(lineage)
    labels, teacher = ", ".join(lineage.labels["annotated"]), lineage.teacher
    if teacher:
        more = f", and from annotations of {labels}" if labels else ""
        whole = f"{teacher.name} {teacher.version} ({', '.join(teacher.labels)})"
        start = f"{base.lang}_{base.name} {base.version}, updated" if base.labels else "Learnt"
        return f"{start} from the word of {whole}{more}."
    if not base.labels:
        return f"Learnt from nothing ({base.source}) from annotations of {labels}."
    return f"{base.lang}_{base.name} {base.version}, updated with annotations of {labels}."


def describe_all(lineage: Lineage) -> str:
    """The same for a pipeline that several updates made."""
    first = lineage.earlier[0].base
    known = f"{first.name} {first.version}" if first.kind != "blank" else first.source
    updates = [f"{one.kind.component} ({', '.join(one.learnt)})" for one in all_updates(lineage)]
    return f"{known}, updated several times: {', '.join(updates)}."


def scores_of(evaluation: Evaluation, prefix: str) -> dict[str, Any]:
    """Scores on the gold test set under spaCy's names, 0 to 1 as in its own pipelines.

    prefix: what the names of the component's scores begin with.
    """
    if "annotated" not in evaluation.gold.micro:
        return {}
    per_type = {label: _prf(row.update) for label, row in evaluation.gold.labels.items()}
    scores = _prf(evaluation.gold.micro["annotated"].update)
    named = {f"{prefix}_{key}": value for key, value in scores.items()}
    return named | {f"{prefix}_per_type": per_type}


def _prf(figures: Figures) -> dict[str, float]:
    values = {"p": figures.precision, "r": figures.recall, "f": figures.f}
    return {key: round(value / 100, 6) for key, value in values.items()}
