"""A process that holds one pipeline and predicts for the texts that come through its stdin.

`python -m scripts.serving.predicting FOLDER`, started by `pool`. It ends when its stdin does, so
it does not outlive the server, whatever ends that.
"""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from spacy.language import Language

from ..label_studio.regions import Found, entities
from ..project.errors import UserError
from .frames import Ready, Spans, Texts, read_frame, write_frame
from .loading import found_labels, load_for_prediction

BATCH = 64  # texts that go through the models together
log = logging.getLogger("serve.predicting")


def main() -> None:
    """Load, say so, answer until stdin ends."""
    requests, answers = take_streams()
    try:
        nlp = load_for_prediction(Path(sys.argv[1]))
    except UserError as error:
        write_frame(answers, Ready([], [], error.fact))
        return
    write_frame(answers, Ready(found_labels(nlp, nlp.pipe_names), list(nlp.pipe_names)))
    try:
        while True:
            write_frame(answers, Spans(predict(nlp, read_frame(requests, Texts).texts)))
    except (EOFError, BrokenPipeError):
        return
    except KeyboardInterrupt:  # Ctrl-C reaches the whole group; the server tells us by stdin
        return


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Our stdin and stdout; what a pipeline prints goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return os.fdopen(os.dup(0), "rb"), answers


def predict(nlp: Language, texts: Sequence[str]) -> list[list[Found] | None]:
    """The entities of each text, None for one that the pipeline fails on."""
    try:
        return [entities(doc) for doc in nlp.pipe(texts, batch_size=BATCH)]
    except Exception:  # whatever a component raises
        if len(texts) > 1:
            return [predict(nlp, [text])[0] for text in texts]
        log.exception("The pipeline fails on a text of %d characters", len(texts[0]))
        return [None]


if __name__ == "__main__":
    main()
