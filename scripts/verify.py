"""Install the wheel in a clean environment and check that it finds there what it finds here."""

import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab
from wasabi import msg

from .corpora.corpus import read_corpus
from .evaluation.scores import CharSpan
from .project.errors import UserError, check_disk_space, run
from .project.files import hash_file, hash_text, scratch_directory, write_json
from .project.settings import parse_value
from .release.released import package_name
from .training.finding import find_wheel
from .training.pipelines import load_pipeline

TEST_SETS = [Path("corpus/gold/test"), Path("corpus/rehearsal/test")]
MAX_TEXTS = 500
THRESHOLD = 0.5  # of a class's score
SHOWN = 3  # differing texts in an error

# Runs in the clean environment, which has nothing of this project: package, texts, output.
PROBE = """
import json, sys
import spacy

package, texts, output = sys.argv[1:]
nlp = spacy.load(package)


def find(doc):
    spans = list(doc.ents) + [span for group in sorted(doc.spans) for span in doc.spans[group]]
    found = [(span.start_char, span.end_char, span.label_) for span in spans]
    found += [(0, len(doc.text), name) for name in sorted(doc.cats) if doc.cats[name] >= 0.5]
    words = [(t.idx, t.idx + len(t), label) for t in doc for label in (t.tag_, t.pos_) if label]
    return found + words


with open(texts, encoding="utf8") as file:
    entities = [find(doc) for doc in nlp.pipe(json.load(file))]
with open(output, "w", encoding="utf8") as file:
    found = {"version": nlp.meta["version"], "spacy": spacy.__version__, "entities": entities}
    json.dump(found, file)
"""


class Text(NamedTuple):
    """A text to compare on. name: its corpus, its task if it is of one, and its hash."""

    name: str
    text: str


class Found(msgspec.Struct):
    """What the probe writes: the package's version, spaCy's, and what it finds in each text."""

    version: str
    spacy: str
    entities: list[list[CharSpan]]


class Installed(NamedTuple):
    """What the clean environment holds, and what the package finds there.

    packages: of each its name and version, as `pip list --format=freeze` writes them.
    """

    found: Found
    packages: list[str]


def main(
    packages: Annotated[Path, typer.Option(help="folder that the command package wrote to")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="the package's")],
    model: Annotated[Path, typer.Option(help="the pipeline that was packaged")],
    output: Annotated[Path, typer.Option(help="verify.json to write")],
    texts: Annotated[
        list[Path], typer.Option(help="a corpus to take texts from, repeatable")
    ] = TEST_SETS,
    constraints: Annotated[Path, typer.Option(help="versions to install")] = Path(
        "constraints.txt"
    ),
) -> None:
    """Install the wheel in a clean environment, compare what it finds with what the model finds."""
    output.unlink(missing_ok=True)
    start = time.monotonic()
    name, version = parse_value("name", name), parse_value("version", version)
    nlp = load_pipeline(model)
    package = package_name(nlp.lang, name)
    wheel = find_wheel(None, name=package, version=version, packages=packages)
    chosen = choose_texts(texts, nlp.vocab, MAX_TEXTS)
    installed = try_installed(wheel, package, [text.text for text in chosen], constraints)
    compare(chosen, find_entities(nlp, chosen), installed.found.entities, package, model)
    write_json(output, record(wheel, len(chosen), installed))
    seconds = time.monotonic() - start
    msg.good(
        f"{package} {version} installs and finds the same in {len(chosen)} texts ({seconds:.0f} s)",
        str(output),
    )


def record(wheel: Path, texts: int, installed: Installed) -> dict[str, object]:
    """The content of `verify.json`; no path and no time, so that it tells of the wheel alone."""
    return {
        "wheel": wheel.name,
        "sha256": hash_file(wheel),
        "bytes": wheel.stat().st_size,
        "version": installed.found.version,
        "spacy_version": installed.found.spacy,
        "python": sys.version.split()[0],
        "texts": texts,
        "packages": installed.packages,
    }


def choose_texts(corpora: Sequence[Path], vocab: Vocab, limit: int) -> list[Text]:
    """Texts of all corpora in turn, until there are enough. Raises UserError without any."""
    turns = zip_longest(*(_read_texts(corpus, vocab) for corpus in corpora))
    texts = list(islice((text for text in chain.from_iterable(turns) if text), limit))
    if not texts:
        raise UserError(
            f"No text in {', '.join(map(str, corpora))} to compare on.",
            "Run the commands convert and rehearse again.",
        )
    return texts


def _read_texts(corpus: Path, vocab: Vocab) -> Iterator[Text]:
    for doc in read_corpus(corpus, vocab):
        tasks = ", ".join(map(str, doc.user_data.get("tasks", ())))
        task = f", task {tasks}" if tasks else ""
        yield Text(f"{corpus}{task}, text {hash_text(doc.text)[:12]}", doc.text)


def find_entities(nlp: Language, texts: Sequence[Text]) -> list[list[CharSpan]]:
    """What the pipeline finds in each text, as the probe does: entities, spans, classes, words."""
    return [find(doc) for doc in nlp.pipe(text.text for text in texts)]


def find(doc: Doc) -> list[CharSpan]:
    """What stands in a Doc."""
    groups = [span for group in sorted(doc.spans) for span in doc.spans[group]]
    found = [CharSpan(s.start_char, s.end_char, s.label_) for s in [*doc.ents, *groups]]
    classes = [name for name in sorted(doc.cats) if doc.cats[name] >= THRESHOLD]
    found += [CharSpan(0, len(doc.text), name) for name in classes]
    words = [CharSpan(t.idx, t.idx + len(t), label) for t in doc for label in (t.tag_, t.pos_)]
    return found + [word for word in words if word.label]


def compare(
    texts: Sequence[Text],
    expected: Sequence[Sequence[CharSpan]],
    found: Sequence[Sequence[CharSpan]],
    package: str,
    model: Path,
) -> None:
    """Raises UserError, with the first texts' names, when the entities of any text differ."""
    differing = [
        f"{text.name}: {_missing(a, b)} only in {model}, {_missing(b, a)} only in {package}"
        for text, a, b in zip(texts, expected, found, strict=True)
        if a != b
    ]
    if differing:
        count = f"{len(differing)} of {len(texts)} texts"
        raise UserError(
            "\n".join([f"{package} differs from {model} in {count}:", *differing[:SHOWN]]),
            "Run the command package again. If it still differs: does a component come from code "
            "outside scripts/components.py, or do versions differ from constraints.txt?",
        )


def _missing(spans: Sequence[CharSpan], others: Sequence[CharSpan]) -> str:
    return ", ".join(f"{s.label} {s.start}-{s.end}" for s in spans if s not in others) or "nothing"


def try_installed(wheel: Path, package: str, texts: list[str], constraints: Path) -> Installed:
    """Install a wheel in a clean environment outside the project and let it find entities there.

    The environment is removed in the end, or, after a kill, by the next run in this project.
    Raises UserError when the wheel cannot be installed or loaded.
    """
    place = Path(tempfile.gettempdir(), f"verify-{hash_text(str(Path.cwd()))[:12]}")
    with scratch_directory(place) as folder:
        python = make_environment(folder / "venv")
        install(python, wheel.resolve(), constraints.resolve(), folder)
        (folder / "texts.json").write_bytes(msgspec.json.encode(texts))
        call(
            [str(python), "-I", "-c", PROBE, package, "texts.json", "found.json"],
            folder,
            fact=f"{package} is installed, but does not load and run",
            remedy="Is it a component from code outside scripts/components.py that is missing?",
        )
        found = msgspec.json.decode((folder / "found.json").read_bytes(), type=Found)
        listed = call(
            [str(python), "-I", "-m", "pip", "list", "--format=freeze"],
            folder,
            fact="pip list failed",
            remedy="Run the command again.",
        )
    return Installed(found, sorted(line for line in listed.splitlines() if "==" in line))


def make_environment(folder: Path) -> Path:
    """A virtual environment with pip and nothing else; returns its Python."""
    venv.create(folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    call(
        [str(python), "-I", "-m", "ensurepip", "--default-pip"],
        folder.parent,
        fact=f"No virtual environment can be made in {folder}",
        remedy="Install Python's venv and ensurepip (Debian: apt-get install python3-venv).",
    )
    return python


def install(python: Path, wheel: Path, constraints: Path, folder: Path) -> None:
    """Install a wheel and what it requires, by the user's own settings of pip."""
    # Bytecode of all that is installed takes longer than that of what is loaded.
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    call(
        [*pip, "--constraint", str(constraints), str(wheel)],
        folder,
        fact=f"{wheel.name} cannot be installed in a clean environment",
        remedy="pip needs a package index for what the wheel requires: check the network, the "
        "proxy and pip's settings (pip config list).",
    )


def call(command: list[str], folder: Path, *, fact: str, remedy: str) -> str:
    """Run a command of the clean environment in a folder; returns what it printed.

    Raises UserError with the fact and the end of its output when it fails, OSError when the disk
    is full.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean_environment() | {"TMPDIR": str(folder)},  # so that what pip leaves goes, too
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        check_disk_space(done.stdout + done.stderr, folder)
        reason = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise UserError(f"{fact}:\n{reason}", remedy)
    return done.stdout


def clean_environment() -> dict[str, str]:
    """This process's environment without what would let the project, or the user's packages, in."""
    keep = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    # An install for the user, or elsewhere, would miss the environment. pip's index, proxy and
    # certificates are kept. Without a network five attempts a package would take minutes.
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "VIRTUAL_ENV")
    kept = {key: value for key, value in keep.items() if key not in elsewhere}
    return {"PIP_RETRIES": "2"} | kept | {"PIP_USER": "0"}


if __name__ == "__main__":
    run(main)
