"""A process that holds one pipeline and predicts for the texts that come through its stdin.

`python -m scripts.serving.predicting FOLDER [scores]`, started by `pool`. It ends when its stdin
does, so it does not outlive the server, whatever ends that.
"""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from spacy.language import Language

from ..kinds.known import kinds_in
from ..kinds.ner import NER
from ..label_studio.confidence import judge
from ..label_studio.regions import Labels, entities, other_answers
from ..project.errors import UserError
from ..training import token_classification  # noqa: F401  (registers what a baseline may need)
from .frames import Predicted, Predictions, Ready, Texts, read_frame, write_frame
from .loading import found_labels, load_for_prediction

Run = Callable[[Sequence[str]], list[Predicted]]
SCORES = "scores"
BATCH = 64  # texts that go through the models together
log = logging.getLogger("serve.predicting")


def main() -> None:
    """Load, say so, answer until stdin ends."""
    requests, answers = take_streams()
    try:
        nlp = load_for_prediction(Path(sys.argv[1]))
    except UserError as error:
        write_frame(answers, Ready({}, [], error.fact))
        return
    labels, kinds = found_labels(nlp), kinds_in(nlp)
    # What is no ner has its scores anyway.
    scored = SCORES in sys.argv or (kinds and NER not in kinds)
    run = partial(find_and_judge, nlp, labels) if scored else partial(find, nlp)
    write_frame(answers, Ready(labels, list(nlp.pipe_names)))
    try:
        while True:
            write_frame(answers, Predictions(predict(run, read_frame(requests, Texts).texts)))
    except (EOFError, BrokenPipeError):
        return
    except KeyboardInterrupt:  # Ctrl-C reaches the whole group; the server tells us by stdin
        return


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Our stdin and stdout; what a pipeline prints goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb"), answers


def find(nlp: Language, texts: Sequence[str]) -> list[Predicted]:
    """The answers for each text."""
    kinds = kinds_in(nlp)
    docs = nlp.pipe(texts, batch_size=BATCH)
    return [Predicted([*entities(doc), *other_answers(doc, kinds)]) for doc in docs]


def find_and_judge(nlp: Language, labels: Labels, texts: Sequence[str]) -> list[Predicted]:
    """The same answers with scores: of entities by a beam search, which takes twice the time."""
    wanted = {label for some in labels.values() for label in some}
    judged = judge(nlp, texts, wanted, kinds_in(nlp))
    return [Predicted(found, certainty) for found, certainty in judged]


def predict(run: Run, texts: Sequence[str]) -> list[Predicted | None]:
    """What is found in each text, None for one that the pipeline fails on."""
    try:
        return list(run(texts))
    except Exception:  # whatever a component raises
        if len(texts) > 1:
            return [predict(run, [text])[0] for text in texts]
        log.exception("The pipeline fails on a text of %d characters", len(texts[0]))
        return [None]


if __name__ == "__main__":
    main()
