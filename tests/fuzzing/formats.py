"""A small file of every format that is read, and the reader that is to answer whatever becomes of it."""

import gzip
import io
import json
import struct
import wave
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

import recurra
from recurra.cli import config_file
from recurra.data.files import tensor_file
from recurra.data.sentences import vectors
from recurra.data.sequences.readers import idx
from recurra.data.sources import clips, labelled
from recurra.data.text.tokenizers import Tokenizer
from recurra.training import checkpoint

TINY: dict[str, Any] = {"hidden_size": 4, "epochs": 1, "batch_size": 4, "threads": 1, "warmup_steps": 0}


@dataclass(frozen=True)
class Format:
    """A format.

    write: makes good files of it in a folder. use: reads them, as a training or another command does. spoilt: which of
    the files are spoilt, by name; all where empty.
    """

    write: Callable[[Path], None]
    use: Callable[[Path], None]
    spoilt: tuple[str, ...] = ()

    def files(self, folder: Path) -> list[Path]:
        """The files that may be spoilt."""
        every = sorted(path for path in folder.rglob("*") if path.is_file())
        return [path for path in every if not self.spoilt or path.name in self.spoilt]


def _text(name: str, content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(content, encoding="utf-8")  # type: ignore[func-returns-value]


def _bytes(name: str, content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content())  # type: ignore[func-returns-value]


# --- classifiers and regressors ---------------------------------------------------------------------------------------

STEPS = "id,time,x,y,label\n" + "".join(f"{i // 3},{i % 3},{i % 7},{i * 0.5},{'ab'[i // 3 % 2]}\n" for i in range(18))
VISITS = "id,time,shop,price,count\n" + "".join(
    f"{i // 4},2024-01-{1 + i % 4:02d},{'ab'[i // 4 % 2]},{'' if i % 5 == 0 else f'{i * 0.25:.2f}'},{i * i % 7}\n"
    for i in range(16)
)
SERIES = "".join(f"{i * i % 5},{i % 3}.5,{i % 7},{'ab'[i % 2]}\n" for i in range(8))
TEXTS = "".join(f'{i},"good, or ""not""\nword{i}",{["yes", "no"][i % 2]}\n' for i in range(6))
TS = "# about\n@problemName p\n@timeStamps false\n@univariate false\n@classLabel true a b\n@data\n"
ARFF = "% about\n@relation r\n@attribute att1 numeric\n@attribute att2 real\n@attribute target {a,b}\n@data\n"
RELATION = "@relation r\n@attribute bag relational\n@attribute t0 numeric\n@end bag\n@attribute class {a,b}\n@data\n"


def _classify(folder: Path, **settings: Any) -> None:
    """Read, and turn into numbers as for a training; then read as what is to be answered."""
    path = next(folder.iterdir())
    recurra.SequenceClassifier(**TINY, **settings)._prepare(path, None, is_new=True)
    labelled.unanswered(path, texts=False)


def _make_series(folder: Path) -> None:
    settings = {"epoch_steps": 1, "pretraining_epochs": 0}
    recurra.TimeSeriesGAN(**TINY, **settings)._prepare(next(folder.iterdir()), None, is_new=True)


def _classify_steps(folder: Path) -> None:
    _classify(folder, per_step=True)


def _regress(folder: Path) -> None:
    recurra.SequenceRegressor(**TINY)._prepare(next(folder.iterdir()), None, is_new=True)


def _classify_texts(folder: Path) -> None:
    recurra.SequenceClassifier(**TINY, tokenizer="word")._prepare(folder, None, is_new=True)
    labelled.unanswered(next(folder.iterdir()), texts=True)


def _npz(save: Callable[..., None], **arrays: Any) -> Callable[[], bytes]:
    def content() -> bytes:
        buffer = io.BytesIO()
        save(buffer, **arrays)
        return buffer.getvalue()

    return content


def _wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((np.sin(np.arange(400)) * 9000).astype("<i2").tobytes())
    return buffer.getvalue()


def _sound(kind: str) -> Callable[[], bytes]:
    def content() -> bytes:
        import soundfile

        buffer = io.BytesIO()
        soundfile.write(buffer, np.sin(np.arange(400)) * 0.5, 8000, format=kind)
        return buffer.getvalue()

    return content


def _zip_of_sounds() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("yes/1.wav", "yes/2.wav", "no/3.wav"):
            archive.writestr(name, _wav())
    return buffer.getvalue()


def _folder_of_texts(folder: Path) -> None:
    for name in ("cat", "dog"):
        (folder / f"{name}.txt").write_text(f"{name} one\n{name} two\n")


def _read_sound(folder: Path) -> None:
    labelled.resolve(next(folder.iterdir()))


_IDX = struct.pack(">HBB3I", 0, 8, 3, 2, 3, 4) + bytes(range(24))
_X = np.arange(48.0).reshape(8, 3, 2)
_Y = np.array(["a", "b"] * 4)
_JSON = "".join(json.dumps({"x": [[i, 1.5], [None, i % 3]], "label": "ab"[i % 2]}) + "\n" for i in range(6))
_JSON_STEPS = "".join(json.dumps({"x": [i, 2, i % 3], "label": list("aba")}) + "\n" for i in range(6))
_JSON_TEXTS = "".join(json.dumps({"text": f"word {i}", "label": i % 2}) + "\n" for i in range(6))

SEQUENCES = {
    "csv, a row a step": Format(_text("a.csv", STEPS), _classify),
    "csv, labels at every step": Format(_text("a.csv", STEPS), _classify_steps),
    "csv, a row a series": Format(_text("a.csv", "t0,t1,t2,label\n" + SERIES), _classify),
    "csv, numbers as labels": Format(_text("a.csv", "u,v,target\n1,2,0.5\n2,5,1.5\n3,1,-2\n"), _regress),
    "csv, a row a text": Format(_text("a.csv", "id,text,label\n" + TEXTS), _classify),
    "csv, a table of series": Format(_text("a.csv", VISITS), _make_series),
    "tsv, a label and a text": Format(_text("a.tsv", "yes\tit is\nno\tit is not\n" * 3), _classify),
    "tsv, a label and a series": Format(_text("a.tsv", "1\t0.5\t2\tNaN\n2\t1\t3\t4\n" * 3), _classify),
    "txt, a file a class": Format(_folder_of_texts, _classify_texts),
    "jsonl, steps": Format(_text("a.jsonl", _JSON), _classify),
    "jsonl, labels at every step": Format(_text("a.jsonl", _JSON_STEPS), _classify_steps),
    "jsonl, texts": Format(_text("a.jsonl", _JSON_TEXTS), _classify),
    "ts": Format(_text("a.ts", TS + "1,2,3:4,5,?:a\n3,1:2,2:b\n" * 3), _classify),
    "ts, targets": Format(_text("a.ts", "@targetLabel true\n@data\n1,2:0.5\n2,3:1.5\n"), _regress),
    "ts, time stamps": Format(
        _text("a.ts", "@timestamps true\n@classlabel true a b\n@data\n(0,1),(1,2):a\n(0,3),(2,?):b\n"), _classify
    ),
    "arff": Format(_text("a.arff", ARFF + "1,2,a\n?,4,b\n'1',2,'a'\n"), _classify),
    "arff, relational": Format(_text("a.arff", RELATION + "'1,2\\n3,4',a\n\"5,6\\n7,?\",b\n"), _classify),
    "npz": Format(_bytes("a.npz", _npz(np.savez, X=_X, y=_Y)), _classify),
    "npz, compressed": Format(_bytes("a.npz", _npz(np.savez_compressed, X=_X, y=np.arange(8) % 3)), _classify),
    "npz, lengths": Format(
        _bytes("a.npz", _npz(np.savez, X=_X, y=np.arange(8.0), lengths=np.array([1, 2, 3, 3, 2, 1, 1, 2]))), _regress
    ),
    "wav": Format(_bytes("a.wav", _wav), _read_sound),
    "flac": Format(_bytes("a.flac", _sound("FLAC")), _read_sound),
    "ogg": Format(_bytes("a.ogg", _sound("OGG")), _read_sound),
    "zip of recordings": Format(_bytes("a.zip", _zip_of_sounds), _classify),
    "idx": Format(_bytes("a", lambda: _IDX), lambda folder: _nothing(idx.read(folder / "a"))),
    "idx, gzipped": Format(
        _bytes("a.gz", lambda: gzip.compress(_IDX, mtime=0)), lambda folder: _nothing(idx.read(folder / "a.gz"))
    ),
}


def _nothing(_: Any) -> None:
    """Forget a value."""


# --- taggers, translators, language models ----------------------------------------------------------------------------

CONLL = "-DOCSTART- O\n\nAnn B-PER\nSmith I-PER\nwent O\n\nto O\nRome B-LOC\n\n" * 3
CONLLU = (
    "# text = Ann went\n"
    + "1\tAnn\tann\tNOUN\t_\tCase=Nom\t2\tnsubj\t_\tname=B-P\n2\twent\tgo\tVERB\t_\t_\t0\troot\t_\t_\n\n"
)
_SENTENCES = "".join(json.dumps({"words": ["Ann", "went"], "labels": ["B-X", "O"]}) + "\n" for _ in range(4))
_PAIRS = "ein Haus\ta house\nder Hund\tthe dog\n" * 3


def _tag(folder: Path) -> None:
    recurra.Tagger(**TINY, char_encoder="none")._prepare(next(folder.iterdir()), None, is_new=True)


def _translate(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    recurra.Translator(**TINY, embedding_size=4)._prepare(paths[0] if len(paths) == 1 else paths, None, is_new=True)


def _two_files(folder: Path) -> None:
    (folder / "a.de").write_text("ein Haus\nder Hund\n" * 3)
    (folder / "b.en").write_text("a house\nthe dog\n" * 3)


def _model(folder: Path) -> None:
    recurra.LanguageModel(**TINY, sequence_length=4)._prepare(next(folder.iterdir()), None, is_new=True)


def _make_lines(folder: Path) -> None:
    recurra.TextGAN(**TINY)._prepare(next(folder.iterdir()), None, is_new=True)


def _read_settings(folder: Path) -> None:
    """Read, and check as before a training."""
    path = folder / "a.toml"
    settings = config_file.read(path)
    config_file.check(path, settings, recurra.LanguageModel.Config)


OTHERS = {
    "columns": Format(_text("a.conll", CONLL), _tag),
    "columns between tabs": Format(_text("a.txt", CONLL.replace(" ", "\t")), _tag),
    "conllu": Format(_text("a.conllu", CONLLU * 3), _tag),
    "jsonl, sentences": Format(_text("a.jsonl", _SENTENCES), _tag),
    "pairs, tsv": Format(_text("a.tsv", _PAIRS), _translate),
    "pairs, jsonl": Format(
        _text("a.jsonl", "".join(json.dumps({"source": f"ein {i}", "target": f"a {i}"}) + "\n" for i in range(4))),
        _translate,
    ),
    "pairs, two files": Format(_two_files, _translate),
    "text": Format(_text("a.txt", "to be, or not to be\n" * 6), _model),
    "lines to make others like": Format(_text("a.txt", "to be\nor not\nto be\n" * 6), _make_lines),
    "vectors": Format(
        _text("a.vec", "3 2\nein 0.5 1\nHaus 1e-3 -2\na 3 4\n"), lambda f: _nothing(vectors.read(f / "a.vec"))
    ),
    "settings": Format(
        _text("a.toml", 'hidden_size = 4\ntokenizer = "word"\ndropout = 0.5\n'),
        _read_settings,
    ),
}


# --- run folders ------------------------------------------------------------------------------------------------------


def _write_run(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Train a little and keep the run."""

    def write(folder: Path) -> None:
        data = folder.with_name(f"{folder.name} data")
        data.mkdir()
        make(data).fit(next(data.iterdir()), out=folder, overwrite=True, progress=False)
        (folder / "curves.html").unlink()  # large, and read by nobody
        _remove_checksums(folder)

    return write


def _remove_checksums(folder: Path) -> None:
    """Take out the checksums, so that what is spoilt is read and not only noticed."""
    config = json.loads((folder / "config.json").read_text())
    del config["sha256"]
    (folder / "config.json").write_text(json.dumps(config | {"files": {}}, indent=2))
    weights = folder / "model.safetensors"
    tensor_file.write(weights, tensor_file.read(weights, "weights")[0], {"format": "pt"})


def _of(content: Callable[[Path], None], task: Any) -> Callable[[Path], None]:
    def make(data: Path) -> Any:
        content(data)
        return task

    return _write_run(make)


def _load(use: Callable[[Any], Any]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        use(recurra.load(folder))

    return run


def _read_checkpoint(folder: Path) -> None:
    checkpoint.load_tree(folder / "last" / "checkpoint.safetensors")


_LANGUAGE_MODEL = _of(_text("a.txt", "to be, or not to be\n" * 9), recurra.LanguageModel(**TINY, sequence_length=4))
_PARTS = (
    "config.json",
    "labels.json",
    "words.json",
    "tokenizer.json",
    "source.json",
    "target.json",
    "lines.json",
    "encoding.json",
    "context.json",
    "model.safetensors",
)

RUNS = {
    "tokenizer, characters": Format(
        lambda folder: Tokenizer.learn("char", ["to be\n"]).save(folder / "a.json"),
        lambda folder: _nothing(Tokenizer.load(folder / "a.json").encode("to be é")),
    ),
    "tokenizer, byte pairs": Format(
        lambda folder: Tokenizer.learn("bpe", ["to be or not to be\n"]).save(folder / "a.json"),
        lambda folder: _nothing(Tokenizer.load(folder / "a.json").encode("to be é")),
    ),
    "run of a language model": Format(_LANGUAGE_MODEL, _load(lambda lm: lm.generate("to", 3, seed=1)), _PARTS),
    "run of a classifier": Format(
        _of(_text("a.csv", STEPS), recurra.SequenceClassifier(**TINY)),
        _load(lambda classifier: classifier.predict([np.ones((3, 2))])),
        _PARTS,
    ),
    "run of a classifier of texts": Format(
        _of(_text("a.tsv", "yes\tit is\nno\tit is not\n" * 3), recurra.SequenceClassifier(**TINY)),
        _load(lambda classifier: classifier.predict(["it is"])),
        _PARTS,
    ),
    "run of a tagger": Format(
        _of(_text("a.conll", CONLL), recurra.Tagger(**TINY)),
        _load(lambda tagger: tagger.tag([["Ann", "went"]])),
        _PARTS,
    ),
    "run of a translator": Format(
        _of(_text("a.tsv", _PAIRS), recurra.Translator(**TINY, embedding_size=4, max_length=4)),
        _load(lambda translator: translator.translate(["ein Haus"])),
        _PARTS,
    ),
    "run of a generator of text": Format(
        _of(_text("a.txt", "to be\nor not\nto be\n" * 6), recurra.TextGAN(**TINY, likelihood_epochs=0, max_length=4)),
        _load(lambda gan: gan.sample(2, seed=1)),
        _PARTS,
    ),
    "run of a generator of series": Format(
        _of(_text("a.csv", VISITS), recurra.TimeSeriesGAN(**TINY, epoch_steps=1, pretraining_epochs=0)),
        _load(lambda gan: gan.sample(2, seed=1)),
        _PARTS,
    ),
    "checkpoint": Format(_LANGUAGE_MODEL, _read_checkpoint, ("checkpoint.safetensors",)),
}

# --- clips ------------------------------------------------------------------------------------------------------------


def _image(kind: str) -> Callable[[], bytes]:
    def content() -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 24, 3), np.uint8)).save(file, kind)
        return file.getvalue()

    return content


def _video(name: str, codec: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        with av.open(str(folder / name), "w") as container:
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb8" if codec == "gif" else "yuv420p"
            for image in np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), np.uint8):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image)))
            container.mux(stream.encode())

    return write


def _table_of_clips(name: str, content: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(content, encoding="utf-8")
        for clip in ("a.npy", "b.npy"):
            np.save(folder / clip, np.zeros((4, 3), np.float32))

    return write


def _read_clips(folder: Path) -> None:
    """Read the only table in a folder, or else its clips."""
    tables = [path for path in folder.iterdir() if path.suffix in (".csv", ".jsonl")]
    read = clips.resolve(tables or sorted(folder.iterdir()), frame_rate=10, frame_size=8)
    for samples in read.signals.values():
        _nothing([len(of_clip) for of_clip in samples if of_clip is not None])


_CLIP_ROWS = 'file,start,end,label,group\na.npy,0,0.2,"x",p\nb.npy,0.1,0.3,y,q\na.npy,0.2,0.3,y,p\n'
_CLIP_LINES = (
    '{"file": "a.npy", "spans": [{"start": 0, "end": 0.2, "label": "x"}], "group": 1}\n'
    '{"inertial": "b.npy", "frame_labels": ["x", "y", "y", "x"], "group": "q"}\n'
)

CLIPS = {
    "clips in csv": Format(_table_of_clips("a.csv", _CLIP_ROWS), _read_clips, ("a.csv",)),
    "clips in jsonl": Format(_table_of_clips("a.jsonl", _CLIP_LINES), _read_clips, ("a.jsonl",)),
    "npz of a clip": Format(_bytes("a.npz", _npz(np.savez, skeleton=np.ones((4, 5, 3)))), _read_clips),
    "npy": Format(lambda folder: np.save(folder / "a.npy", np.ones((4, 6), np.float32)), _read_clips),
    **{
        f"strip, {kind}": Format(_bytes(f"a.{kind}", _image(kind)), _read_clips)
        for kind in ("png", "jpeg", "webp", "bmp")
    },
    **{
        f"video, {name}": Format(_video(name, codec), _read_clips)
        for name, codec in (
            ("a.mp4", "libx264"),
            ("a.mkv", "ffv1"),
            ("a.avi", "mpeg4"),
            ("a.webm", "libvpx"),
            ("a.gif", "gif"),
        )
    },
}

FORMATS = SEQUENCES | OTHERS | RUNS | CLIPS
