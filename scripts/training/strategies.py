"""The strategies: how each makes an update of base, specialist and corpora."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
from spacy.language import Language
from spacy.util import load_config

from ..corpora.corpus import count_docs
from ..evaluation.bootstrap import Sampling
from ..functions import read_scheme
from ..project.encoder import SIZES, Transformer, find_transformer
from ..project.errors import UserError
from ..project.files import hash_file, new_directory
from ..project.settings import DISTILL
from .actions import hold_back_outside
from .beside import TEMPLATE as COMPONENT
from .beside import UPDATE_CORPORA, stand_behind
from .blank import BLANK_SIZING
from .boldness import taken, try_boldness
from .choosing import Condition, judge_keeping
from .dev import DevSet, load_entities_only, read_dev, score_pipeline
from .extent import describe_length
from .interpolation import ALPHAS, best_share, interpolate
from .learning import Learning
from .merging import Scheme
from .pipelines import (
    BaseRecord,
    add_recognizer,
    copy_pipeline,
    fingerprint,
    replace_recognizers,
)
from .records import BoldnessTrial, Candidate, Scored, SharedTrial
from .runs import (
    CONFIG,
    SMALL_SIZING,
    TRANSFORMER_SIZING,
    UPDATE_SIZING,
    TrainingRun,
    read_scores,
    trained_pipeline,
)
from .shared_labels import describe_trials, set_merging, settle_shared_labels
from .tracking import Tracker

CONFIGS = {
    "double": Path("configs/update.cfg"),
    "two-teacher": Path("configs/two-teacher.cfg"),
    "pseudo": Path("configs/pseudo.cfg"),
    "replay": Path("configs/replay.cfg"),
    DISTILL: Path("configs/distill.cfg"),
}
DOUBLE = {  # by the size of the second ner's encoder
    "full": (CONFIGS["double"], UPDATE_SIZING),
    "small": (Path("configs/update-small.cfg"), SMALL_SIZING),
}
TRANSFORMER = (Path("configs/transformer.cfg"), TRANSFORMER_SIZING)
DISTILLED_TRANSFORMER = (Path("configs/distill-transformer.cfg"), TRANSFORMER_SIZING)
WITH_TRANSFORMER = ("double", DISTILL)
STUDENT = "two-teacher"  # what interpolate goes back from
TRIED = ("double", "two-teacher", "interpolate")  # by auto, and replay where there is gold for it
CORPORA = ("gold/dev", "merged", "rehearsal", "replay")
MODEL, MADE = "model", "made.json"  # in the folder of a candidate


@dataclass(frozen=True)
class Recipe:
    """What an update is made from.

    config: one of the user's own in the place of the strategy's. encoder: of double's second ner,
    one of DOUBLE, or a transformer by its name or folder. candidates: a folder for updates
    that are made on the way, which a later run takes as they are. alpha: of interpolate, the share
    of the base's weights; None for the best on dev. teacher: what speaks in the base's place, None
    for the base itself.
    """

    base: Path
    specialist: Path
    corpus: Path
    candidates: Path
    config: Path | None
    precedence: str
    encoder: str
    seed: int
    gpu_id: int
    max_steps: int
    learning: Learning = field(default_factory=Learning)
    alpha: float | None = None
    tracking: Tracker = "none"
    teacher: Path | None = None

    @property
    def record(self) -> BaseRecord:
        """What is known about the base."""
        return BaseRecord.read(self.base.with_suffix(".json"))

    @property
    def scheme(self) -> Scheme:
        """The labels of the update."""
        speaker = self.teacher or self.base
        return read_scheme(self.corpus / "conversion.json", speaker.with_suffix(".json"))

    @cached_property
    def transformer(self) -> Transformer | None:
        """The second ner's transformer, None for an encoder of ours."""
        return None if self.encoder in SIZES else find_transformer(self.encoder)

    @property
    def replays(self) -> bool:
        """Whether there is gold for labels of the base to train on."""
        return count_docs(self.corpus / "replay" / "train") > 0

    def run(self, strategy: str) -> TrainingRun:
        """The training of a strategy that has one."""
        template, sizing = CONFIGS[strategy], UPDATE_SIZING
        if self.record.component != "ner":
            template = COMPONENT
        elif strategy == "double":
            # The former update's ner is trained further, with its own encoder.
            further = self.transformer is None and self.record.former_encoder
            template, sizing = TRANSFORMER if further else DOUBLE.get(self.encoder, TRANSFORMER)
        elif strategy == DISTILL and self.transformer:
            template, sizing = DISTILLED_TRANSFORMER
        elif strategy == DISTILL and not self.record.labels:
            sizing = BLANK_SIZING
        return TrainingRun(
            template=self.config or template,
            base=self.base,
            specialist=self.specialist,
            conversion=self.corpus / "conversion.json",
            corpus=self.corpus,
            sizing=None if self.config else sizing,
            seed=self.seed,
            gpu_id=self.gpu_id,
            max_steps=self.max_steps,
            precedence=self.precedence,
            encoder=self.transformer if strategy in WITH_TRANSFORMER else None,
            learning=self.learning,
            tracking=self.tracking,
            corpora=UPDATE_CORPORA,
            teacher=self.teacher,
        )

    def dev(self, condition: Condition | None = None) -> DevSet:
        """The dev set, with the gold for retained labels that the condition has.

        Raises UserError for another component than ner, which only spaCy's training scores on dev.
        """
        if self.record.component != "ner":
            raise UserError(
                f"Updates of a {self.record.component} are not compared on dev.",
                "Compare their evaluations on the test sets (training/evaluation.json).",
            )
        return read_dev(self.corpus, condition.gold if condition else None, self.base, self.scheme)


class Made(NamedTuple):
    """How an update was made, kept beside a candidate.

    key: a hash of all that it was made from. scores: of the checkpoint or the share, on dev, in
    percent. shares: of the base's weights that were tried, for interpolate. shared: the ways of
    merging shared labels that were tried, and boldness: what was tried of that, for double. length:
    of the training in words, empty where there was none.
    """

    strategy: str
    key: str
    scores: dict[str, float]
    shares: list[Scored]
    shared: list[SharedTrial]
    boldness: list[BoldnessTrial]
    length: str
    seconds: float


def make_candidate(strategy: str, recipe: Recipe) -> Made:
    """Make an update in the folder of candidates, unless it lies there finished already."""
    folder, key = recipe.candidates / strategy, candidate_key(strategy, recipe)
    known = read_made(folder / MADE)
    if known and known.key == key:
        return known
    with new_directory(folder) as partial:
        made = make_update(strategy, recipe, partial / MODEL)
        (partial / MADE).write_bytes(msgspec.json.encode(made))
    return made


def read_made(path: Path) -> Made | None:
    """What is known of a candidate, None where there is none, or one of another version of ours."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Made)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def candidate_key(strategy: str, recipe: Recipe) -> str:
    """SHA-256 over all that decides what an update becomes, as hexadecimal digits."""
    template = None if strategy == "naive" else recipe.run(config_of(strategy)).template
    encoder = recipe.transformer.name if recipe.transformer else recipe.encoder
    parts = (
        strategy,
        recipe.record.fingerprint,
        fingerprint(recipe.specialist),
        *(fingerprint(recipe.corpus / name) for name in CORPORA),
        template and hash_file(template),
        *(recipe.precedence, encoder, recipe.seed, recipe.max_steps),
        *astuple(recipe.learning),
        *([recipe.alpha] if strategy == "interpolate" else []),
    )
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def refuse_teacher(strategy: str, what: str) -> None:
    """Raises UserError for the strategy that needs a teacher. what: what is asked of it."""
    if strategy == DISTILL:
        raise UserError(
            f"vars.strategy is {DISTILL}, of which there is no {what}.",
            "Run the workflow with other vars (rehearsal_docs, learning_rate), and compare the "
            "evaluations.",
        )


def config_of(strategy: str) -> str:
    """The strategy whose config is trained."""
    return STUDENT if strategy == "interpolate" else strategy


def make_update(strategy: str, recipe: Recipe, output: Path) -> Made:
    """Write the update of a strategy (a pipeline). Raises UserError when that is impossible."""
    start, key = time.monotonic(), candidate_key(strategy, recipe)
    scores: dict[str, float] = {}
    shares: list[Scored] = []
    trained = Trained({}, [], [], "")
    if strategy == "naive":
        copy_pipeline(recipe.specialist, output)
    elif strategy == "interpolate":
        make_candidate(STUDENT, recipe)
        student = recipe.candidates / STUDENT / MODEL
        alphas = ALPHAS if recipe.alpha is None else [recipe.alpha]
        nlp, shares = interpolate(recipe.base, recipe.record, student, recipe.dev(), alphas)
        write_pipeline(nlp, output)
        scores = asdict(best_share(shares))
    else:
        trained = train_update(recipe.run(strategy), recipe.record, output)
        scores = trained.scores
    _, shared, boldness, length = trained
    seconds = time.monotonic() - start
    return Made(strategy, key, scores, shares, shared, boldness, length, seconds)


def score_candidate(made: Made, recipe: Recipe, dev: DevSet, condition: Condition) -> Candidate:
    """What dev says of a candidate that was made, as it would be packaged."""
    nlp = load_entities_only(recipe.candidates / made.strategy / MODEL)
    scores = score_pipeline(nlp, dev, Sampling())
    keeps, why = judge_keeping(scores, condition)
    return Candidate(made.strategy, scores, keeps, why, made.seconds)


class Trained(NamedTuple):
    """What came of a training: the dev scores in percent, and the rest as in `Made`."""

    scores: dict[str, float]
    shared: list[SharedTrial]
    boldness: list[BoldnessTrial]
    length: str


def train_update(run: TrainingRun, base: BaseRecord, output: Path) -> Trained:
    """Train, put the ner into the base's pipeline, write that."""
    shared: list[SharedTrial] = []
    boldness: list[BoldnessTrial] = []
    with trained_pipeline(run, base, output.parent / ".work") as trained:
        component, frozen = trained_components(trained)
        if base.component != "ner":
            scheme = read_scheme(run.conversion, run.base.with_suffix(".json"))
            nlp = stand_behind(run.base, trained, scheme)
        elif frozen:
            scheme = read_scheme(run.conversion, run.base.with_suffix(".json"))
            nlp = add_recognizer(run.base, trained)
            boldness = try_boldness(nlp, component, run.corpus, scheme)
            if boldness:
                nlp = add_bold(run.base, trained, component, boldness)
            settled = settle_shared_labels(nlp, run.corpus, scheme)
            if settled:
                nlp = add_bold(run.base, trained, component, boldness)
                set_merging(nlp, settled[-1].merging)
                shared = describe_trials(settled, scheme)
        else:
            nlp = replace_recognizers(run.base, trained, component)
        if run.encoder:
            nlp.meta["sources"] = [*(nlp.meta.get("sources") or []), encoder_source(run.encoder)]
        write_pipeline(nlp, output)
        scores = {name: 100 * score for name, score in read_scores(trained).items()}
        return Trained(scores, shared, boldness, describe_length(trained.parent / CONFIG))


def add_bold(
    base: Path, trained: Path, component: str, boldness: Sequence[BoldnessTrial]
) -> Language:
    """The update as it was trained, but for how bold its second ner is.

    Anew, because an ner that meets Docs grows rows (`Parser._ensure_labels_are_added`).
    """
    nlp = add_recognizer(base, trained)
    hold_back_outside(nlp.get_pipe(component), taken(boldness))
    return nlp


def encoder_source(encoder: Transformer) -> dict[str, str]:
    """A transformer as a source in a pipeline's meta: its weights are inside."""
    return {"name": encoder.name} | ({"license": encoder.license} if encoder.license else {})


def write_pipeline(nlp: Language, output: Path) -> None:
    """Write a pipeline, whole or not at all."""
    with new_directory(output) as folder:
        nlp.to_disk(folder)


def trained_components(trained: Path) -> tuple[str, list[str]]:
    """The component of a trained pipeline that was trained, and those that were frozen."""
    config = load_config(trained / "config.cfg", interpolate=False)
    frozen = config["training"]["frozen_components"]
    (component,) = [name for name in config["nlp"]["pipeline"] if name not in frozen]
    return str(component), frozen
