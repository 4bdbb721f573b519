"""Train the specialist: the base's ner on gold alone. It is the naive update, too."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from wasabi import msg

from .corpora.corpus import count_docs
from .project.errors import UserError, run
from .project.files import new_directory
from .training.beside import SPECIALIST_CORPORA, TEMPLATE, replace_component
from .training.blank import BLANK_SIZING
from .training.extent import describe_dev, describe_length
from .training.learning import LearningRate, MaxEpochs, WeightDecay, read_learning
from .training.options import BaseFolder, GpuId, MaxSteps, Seed, TeacherFolder
from .training.pipelines import BaseRecord, copy_pipeline, has_teacher, replace_recognizers
from .training.runs import CONFIG, SPECIALIST_SIZING, TrainingRun, read_scores, trained_pipeline
from .training.tracking import TrackerOption


class Specialist(NamedTuple):
    """f: of the annotated labels, 0 to 1, where the checkpoint was chosen. length: in words."""

    f: float
    length: str


def main(
    base: BaseFolder,
    teacher: TeacherFolder,
    corpus: Annotated[Path, typer.Option(help="folder with gold/ and conversion.json")],
    config: Annotated[Path, typer.Option(help="training config to complete")],
    output: Annotated[Path, typer.Option(help="folder of the model to write")],
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    max_steps: MaxSteps = 0,
    learning_rate: LearningRate = "null",
    max_epochs: MaxEpochs = 0,
    weight_decay: WeightDecay = "null",
    tracking: TrackerOption = "none",
) -> None:
    """Train the specialist: the base's ner on gold alone (also the naive update)."""
    if not count_docs(corpus / "gold" / "train"):
        if has_teacher(teacher):
            copy_pipeline(base, output)
            msg.good("No annotated text: the teacher is all that there is to learn from.")
            return
        raise UserError(
            "No annotated text falls to training.",
            "Annotate more: of ten texts seven are for training, by a hash of the text.",
        )
    record = BaseRecord.read(base.with_suffix(".json"))
    training = TrainingRun(
        template=config if record.component == "ner" else TEMPLATE,
        base=base,
        specialist=output,
        conversion=corpus / "conversion.json",
        corpus=corpus,
        sizing=SPECIALIST_SIZING if record.labels else BLANK_SIZING,
        seed=seed,
        gpu_id=gpu_id,
        max_steps=max_steps,
        learning=read_learning(learning_rate, max_epochs, weight_decay),
        tracking=tracking,
        corpora=SPECIALIST_CORPORA,
    )
    msg.info(f"Texts to train on: {count_docs(corpus / 'gold' / 'train'):,} annotated")
    made = train_specialist(training, record, output)
    msg.good(
        f"Specialist: F {100 * made.f:.1f} on {describe_dev(corpus)}; {made.length}", str(output)
    )


def train_specialist(run: TrainingRun, base: BaseRecord, output: Path) -> Specialist:
    """Train, put the ner in the place of the base's, and write the pipeline."""
    with trained_pipeline(run, base, output.parent / ".work") as trained:
        if base.component == "ner":
            nlp = replace_recognizers(run.base, trained, base.recognizers[-1])
        else:
            nlp = replace_component(run.base, trained)
        with new_directory(output) as folder:
            nlp.to_disk(folder)
        length = describe_length(trained.parent / CONFIG)
        return Specialist(read_scores(trained)["annotated_f"], length)


if __name__ == "__main__":
    run(main)
