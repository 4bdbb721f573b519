"""Training by config: complete a config with what the base and the data tell, run `spacy train`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import srsly
from spacy.util import load_config
from spacy.vocab import Vocab
from thinc.api import Config

from .. import trainer
from ..beside import write_labels
from ..corpora.corpus import MIN_DEV_SPANS, count_tokens, has_spans, read_corpus
from ..functions import read_scheme
from ..kinds.kind import Kind
from ..kinds.known import find_kind
from ..kinds.ner import NER
from ..project.encoder import Transformer
from ..project.errors import UserError
from ..project.files import scratch_directory
from .beside import UPDATE_CORPORA, set_component
from .encoders import copy_encoder, forget_place
from .learning import Learning, set_optimizer
from .pipelines import HOLD, MERGE, BaseRecord, unused_name, use_gpu
from .tracking import Tracker, make_logger


@dataclass(frozen=True)
class Sizing:
    """How long to train when nobody says so.

    words: words to read in all, as often as the corpus must be repeated for them.
    epochs: the least and the most repetitions of the corpus.
    """

    words: int
    epochs: tuple[int, int]

    def epochs_for(self, corpus_words: int) -> int:
        """Repetitions of a corpus of so many words."""
        least, most = self.epochs
        return max(least, min(most, round(self.words / max(corpus_words, 1))))


# Measured with a base of 18 labels and 1,500 annotated sentences: longer training of either gained
# nothing on dev. A few corrections need many repetitions, 100,000 tasks few.
SPECIALIST_SIZING = Sizing(words=600_000, epochs=(3, 30))
UPDATE_SIZING = Sizing(words=1_000_000, epochs=(2, 15))
# A small ner that starts from nothing gains by twice the words, and loses by over eight epochs.
SMALL_SIZING = Sizing(words=2_000_000, epochs=(2, 8))
TRANSFORMER_SIZING = Sizing(words=600_000, epochs=(2, 8))
WARM_UP = 0.1  # share of a training in which a transformer's learning rate rises
CONFIG = "train.cfg"  # beside the checkpoints
EVALUATIONS = 20  # of the dev set, in one training


@dataclass(frozen=True)
class TrainingRun:
    """One `spacy train`: its config's template and what it is completed with.

    max_steps: 0 for a length from the data. precedence: "update" when a second ner stands before
    the base's, "base" when after; a config with one ner ignores it. encoder: a transformer,
    for a config that takes one. corpora: to train on, for another component than ner. teacher: what
    speaks in the base's place, None for the base itself: its record tells the labels.
    """

    template: Path
    base: Path
    specialist: Path
    conversion: Path
    corpus: Path
    sizing: Sizing | None
    seed: int
    gpu_id: int
    max_steps: int
    precedence: str = "update"
    encoder: Transformer | None = None
    learning: Learning = field(default_factory=Learning)
    tracking: Tracker = "none"
    corpora: Sequence[str] = ()
    teacher: Path | None = None


def complete_config(run: TrainingRun, base: BaseRecord) -> Config:
    """The config of a run. Raises UserError when the template is no config of ours."""
    try:
        config = load_config(run.template, interpolate=False)
        own = load_config(run.base / "config.cfg", interpolate=False)
        config["paths"].update(
            base=str(run.base),
            base_record=str((run.teacher or run.base).with_suffix(".json")),
            conversion=str(run.conversion),
        )
        if "specialist" in config["paths"]:
            config["paths"]["specialist"] = str(run.specialist)
        if run.encoder:
            config["paths"]["encoder"] = str(run.encoder.folder)
        config["system"]["seed"] = run.seed
        config["nlp"].update(lang=own["nlp"]["lang"], tokenizer=own["nlp"]["tokenizer"])
        if base.component == "ner":
            set_components(config, base, own["nlp"]["pipeline"], run)
            use_vectors(config, srsly.read_json(run.base / "meta.json").get("vectors", {}))
        else:
            scheme = read_scheme(run.conversion, run.base.with_suffix(".json"))
            gold = read_corpus(run.corpus / "gold" / "train", Vocab())
            start = run.specialist if run.corpora == UPDATE_CORPORA else None
            set_component(config, base, run.base, scheme, run.corpora, gold, start)
        place_corpora(config, run.corpus, find_kind(base.component))
        set_optimizer(config["training"]["optimizer"], run.learning)
        set_length(config, run)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"{run.template} is no training config for an update: {reason}.",
            "Start from a copy of configs/update.cfg, and give it as vars.config.",
        ) from error
    config["training"]["logger"] = make_logger(
        run.tracking,
        run.template.stem,
        {"base": f"{base.lang}_{base.name} {base.version}", "seed": str(run.seed)},
        progress_bar="train" if sys.stderr.isatty() else None,
    )
    return config


def set_components(config: Config, base: BaseRecord, taken: list[str], run: TrainingRun) -> None:
    """Name the base's recognizers where the template says `ner`, and freeze all of them.

    The template has one component to train, and, for a second ner, the base's frozen one.
    taken: the names of all components of the base.
    """
    frozen = config["training"]["frozen_components"]
    (trained,) = [name for name in config["nlp"]["pipeline"] if name not in frozen]
    block = dict(config["components"][trained])
    if "source" in block:
        block["component"] = base.recognizers[-1]
    if block.get("source") == "${paths.base}":
        block["component"] = base.start
        if base.upstream:
            # A ner that is trained without the tok2vec that others share needs one of its own.
            block["replace_listeners"] = ["model.tok2vec"]
    if frozen and base.former:
        name = base.former
        if not starts_anew(run, base):
            block = {"source": "${paths.base}", "component": name}
            config["initialize"]["after_init"].pop("forget", None)  # its own labels stay
        beside = stand_beside(name, block, base, taken, run)
    elif frozen:
        name = unused_name(taken, trained)
        beside = stand_beside(name, block, base, taken, run)
    else:
        name = base.recognizers[-1]
        beside = {name: block}
    config["components"] = beside
    config["nlp"]["pipeline"] = list(beside)
    config["training"]["frozen_components"] = [other for other in beside if other != name]
    config["initialize"]["after_init"]["component"] = name


def starts_anew(run: TrainingRun, base: BaseRecord) -> bool:
    """Whether a transformer takes the place of the former update's ner, which has another encoder.

    It learns the former's labels from what the former finds, as those of the base.
    """
    return run.encoder is not None and run.encoder.name != base.former_encoder


def use_vectors(config: Config, vectors: dict[str, Any]) -> None:
    """Let a new ner see the base's word vectors, where there are any (md and lg pipelines).

    vectors: what the base's meta.json says of them.
    """
    for block in config["components"].values():
        embed = block.get("model", {}).get("tok2vec", {}).get("embed")
        if embed and vectors.get("vectors"):
            embed["include_static_vectors"] = True


def stand_beside(
    name: str, block: dict[str, Any], base: BaseRecord, taken: list[str], run: TrainingRun
) -> dict[str, dict[str, Any]]:
    """The component blocks of a pipeline with a second ner, in the order of the pipeline.

    For labels that the base shares with the annotators the second ner comes first: it has learnt
    the base's word on raw text and the annotators' on theirs. It takes nothing from the base's
    entities of other labels, and where it finds nothing, what the base finds stands.
    """
    frozen = {other: {"source": "${paths.base}"} for other in base.frozen}
    scheme = read_scheme(run.conversion, run.base.with_suffix(".json"))
    shared = sorted(scheme.shared | set(base.shared))
    taken = [other for other in taken if other not in base.former_companions]
    first = run.precedence == "update"
    settings = {"labels": write_labels(shared), "group": name}
    dropped = write_labels(base.dropped)
    hold = {"factory": HOLD, **settings}
    merge = {"factory": MERGE, **settings, "held_first": first, "dropped": dropped}
    held = {unused_name(taken, "hold_shared"): hold} if shared else {}
    merged = {unused_name(taken, "merge_shared"): merge} if shared else {}
    if first:
        return {name: block, **held, **frozen, **merged}
    return {**frozen, **held, name: block, **merged}


def place_corpora(config: Config, corpus: Path, kind: Kind = NER) -> None:
    """Point the readers at the folder of the corpora.

    Where dev has too few gold spans to choose a checkpoint by, the training texts help, which a
    few corrections have to bear (in merged/dev, `rehearsal` has put them already).
    """
    for split in ("train", "dev"):
        reader = config["corpora"][split]
        reader["paths"] = [
            str(corpus / Path(path).relative_to("corpus")) for path in reader["paths"]
        ]
    gold, dev = corpus / "gold", config["corpora"]["dev"]
    if str(gold / "dev") in dev["paths"] and not has_spans(gold / "dev", MIN_DEV_SPANS, kind.read):
        dev["paths"].append(str(gold / "train"))


def set_length(config: Config, run: TrainingRun) -> None:
    """Epochs, steps and how often to evaluate: from the data unless the run or the config says."""
    training, reader = config["training"], config["corpora"]["train"]
    words = sum(count_tokens(Path(path)) for path in reader["paths"])
    words += (reader.get("gold_repeat", 1) - 1) * count_tokens(run.corpus / "gold" / "train")
    if run.max_steps:
        training.update(max_steps=run.max_steps, max_epochs=0)
        training["eval_frequency"] = max(1, min(training["eval_frequency"], run.max_steps // 2))
        set_warm_up(training["optimizer"]["learn_rate"], run.max_steps)
    elif epochs := run.learning.max_epochs or (run.sizing and run.sizing.epochs_for(words)):
        steps = steps_for(epochs * words, **_schedule(training["batcher"]["size"]))
        training.update(max_epochs=epochs, eval_frequency=max(10, steps // EVALUATIONS))
        set_warm_up(training["optimizer"]["learn_rate"], steps)


def set_warm_up(learn_rate: float | dict[str, Any], steps: int) -> None:
    """Let a learning rate that rises and falls do so within a training of so many steps."""
    if isinstance(learn_rate, dict) and "total_steps" in learn_rate:
        learn_rate.update(total_steps=steps, warmup_steps=max(1, round(WARM_UP * steps)))


def steps_for(words: int, start: float, stop: float, compound: float) -> int:
    """Batches that hold so many words, under the schedule `compounding.v1` of their size."""
    steps, size = 0, start
    while words > 0:
        words, size, steps = words - int(size), min(size * compound, stop), steps + 1
    return steps


def _schedule(block: dict[str, Any]) -> dict[str, float]:
    return {key: float(block[key]) for key in ("start", "stop", "compound")}


@contextmanager
def trained_pipeline(run: TrainingRun, base: BaseRecord, work: Path) -> Iterator[Path]:
    """Train in `work`, which is removed afterwards, and give the folder of the best checkpoint.

    Beside it lies the config of the training (CONFIG).

    Raises UserError when the training fails.
    """
    with scratch_directory(work) as folder:
        if run.encoder:
            copy = copy_encoder(run.encoder, folder / run.encoder.name)
            run = replace(run, encoder=copy)
        config = complete_config(run, base)
        config.to_disk(folder / CONFIG, interpolate=False)
        spacy_train(folder / CONFIG, folder, gpu_id=run.gpu_id)
        if run.encoder:
            forget_place(run.encoder, folder / "model-best" / "config.cfg")
        if base.component != "ner":
            scheme = read_scheme(run.conversion, run.base.with_suffix(".json"))
            settle = find_kind(base.component).settle
            settle(folder / "model-best", run.corpus / "gold" / "dev", scheme.annotated)
        yield folder / "model-best"


def spacy_train(config: Path, output: Path, *, gpu_id: int) -> None:
    """Run `spacy train`, its output shown as it comes. Raises UserError when it fails."""
    use_gpu(gpu_id)  # where there is none, spacy train would end in a traceback
    command = [sys.executable, "-m", trainer.__name__, str(config), str(output)]
    status = run_apart([*command, "--parent", str(os.getpid()), "--gpu-id", str(gpu_id)])
    if status or not (output / "model-best").is_dir():
        raise UserError(
            f"spacy train failed with exit status {status}.",
            "Its message stands above. A config of your own: compare it with configs/update.cfg.",
        )


def run_apart(command: list[str]) -> int:
    """Run a program that ignores Ctrl-C, which it would answer with a traceback: we end it.

    It stays in our process group, so that what kills the group kills it too; when we are killed
    alone, it has to end by itself. Returns its exit status.
    """
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the program inherits
    try:
        with subprocess.Popen(command) as process:

            def end(signum: int, frame: FrameType | None) -> None:
                # At once: weasel kills us a quarter of a second after Ctrl-C, and `wait` would
                # spend just that on waiting for a program that Ctrl-C has reached.
                process.terminate()
                if callable(ours):
                    ours(signum, frame)

            signal.signal(signal.SIGINT, end)
            return process.wait()
    finally:
        signal.signal(signal.SIGINT, ours)


def read_scores(pipeline: Path) -> dict[str, float]:
    """The dev scores of a checkpoint, as `spacy train` left them."""
    performance = srsly.read_json(pipeline / "meta.json")["performance"]
    return {name: performance[name] for name in ("update_score", "annotated_f", "retained_f")}
