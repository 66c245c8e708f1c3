"""How each named data set is read: from its folder to its parts, "train", "valid" and "test"."""

import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from recurra.data.clips import moving_shapes, utd_mhad, weizmann
from recurra.data.clips.clip_list import ClipList
from recurra.data.files import atomic
from recurra.data.files.cache import cache_folder
from recurra.data.files.lines import numbered_lines
from recurra.data.sentences import columns as column_files
from recurra.data.sentences import conllu
from recurra.data.sentences.sentences import Sentences
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers import arrays, idx, sound, ts
from recurra.data.sequences.readers.labelled_text import read_folder, read_trec
from recurra.data.tables import reading
from recurra.data.tables.in_memory import table_of
from recurra.data.tables.table import Table
from recurra.data.text import oracle
from recurra.data.text.lines import Lines
from recurra.data.text.text_files import Text


def write_python_docs(folder: Path) -> None:
    """Write the documentation text that Python itself holds."""
    from pydoc_data.topics import topics

    atomic.write_text(folder / "topics.txt", "\n".join(topics[name] for name in sorted(topics)))


def text_by_position(folder: Path, name: str) -> dict[str, Text]:
    """The last 10% of a text for validation, cut at the very character, as the published figures are."""
    return {
        "train": Text((folder / name,), stop=0.9, exact=True),
        "valid": Text((folder / name,), start=0.9, exact=True),
    }


def penn_treebank(folder: Path) -> dict[str, Text]:
    """Running text in three files."""
    return {part: Text((folder / f"ptb.{part}.txt",)) for part in ("train", "valid", "test")}


def mnist(folder: Path, steps: int, features: int) -> dict[str, Examples]:
    """Images as sequences, (steps, features)."""
    parts = {}
    for part, name in (("train", "train"), ("test", "t10k")):
        images = idx.read(folder / f"{name}-images-idx3-ubyte.gz")
        labels = idx.read(folder / f"{name}-labels-idx1-ubyte.gz")
        parts[part] = Examples(images.reshape(len(images), steps, features), [str(label) for label in labels])
    return parts


def surnames(folder: Path) -> dict[str, Examples]:
    """A tenth of the names to test on: a name that stands there several times is in one part only."""
    names = read_folder(folder)
    is_test = np.asarray([zlib.crc32(str(name).encode()) % 10 == 0 for name in names.inputs])
    return {"train": names.select(np.flatnonzero(~is_test)), "test": names.select(np.flatnonzero(is_test))}


def questions(folder: Path, fine: bool) -> dict[str, Examples]:
    """Questions by what they ask for, in 6 classes, or in 50 fine ones."""
    return {part: read_trec(folder / f"{part}.txt", fine) for part in ("train", "test")}


def spoken_digits(folder: Path, left_out: str = "") -> dict[str, Examples]:
    """Recordings; to test on those of a speaker, or the first 5 of each digit and speaker."""
    if left_out:
        return sound.spoken_digits(lambda speaker, index: speaker != left_out)(folder)
    return sound.spoken_digits(lambda speaker, index: index >= 5)(folder)


def series(folder: Path, name: str) -> dict[str, Examples]:
    """Time series of the UEA archive."""
    return {part: ts.read(folder / f"{name}_{part.upper()}.ts") for part in ("train", "test")}


def chunks(folder: Path, columns: str) -> dict[str, Sentences]:
    """CoNLL-2000, some of its columns."""
    return {part: column_files.read(folder / f"{part}.txt", columns) for part in ("train", "test")}


def web_treebank(folder: Path) -> dict[str, Sentences]:
    """The English Web Treebank."""
    parts = {"train": "train", "valid": "dev", "test": "test"}
    return {part: conllu.read(folder / f"en_ewt-ud-{name}.conllu") for part, name in parts.items()}


def emerging_entities(folder: Path) -> dict[str, Sentences]:
    """WNUT-17."""
    parts = {"train": "wnut17train.conll", "valid": "emerging.dev.conll", "test": "emerging.test.annotated"}
    return {part: column_files.read(folder / name) for part, name in parts.items()}


def captions(folder: Path) -> dict[str, dict[str, Path]]:
    """Multi30k: the file of each language."""
    parts = {"train": "train", "valid": "val", "test": "test_2016_flickr"}
    return {part: {side: folder / f"{name}.{side}" for side in ("de", "en")} for part, name in parts.items()}


def english_captions(folder: Path) -> dict[str, Lines]:
    """Multi30k's English side."""
    parts = captions(folder)
    return {part: Lines([line for _, line in numbered_lines(files["en"])]) for part, files in parts.items()}


def oracle_sequences(folder: Path) -> dict[str, Lines]:
    """SeqGAN's oracle: 10,000 sequences to learn from, and others of other seeds to validate and to test on.

    They are drawn once, and kept in the cache.
    """
    drawn = oracle.read(folder / "target_params.npz")
    parts = {"train": (10_000, 1), "valid": (2_000, 2), "test": (10_000, 3)}
    return {part: Lines(_drawn_once(drawn, count, seed), oracle=drawn) for part, (count, seed) in parts.items()}


def _drawn_once(source: oracle.Oracle, count: int, seed: int) -> np.ndarray:
    """Sequences that an oracle draws with a seed, from the cache where they are there."""
    path = cache_folder() / "data" / "seqgan_oracle" / f"{source.fingerprint()[:16]}-{count}-{seed}.npy"
    shape = (count, oracle.LENGTH)
    with suppress(OSError, ValueError):
        sequences: np.ndarray = np.load(path, allow_pickle=False)
        if sequences.shape == shape and sequences.dtype == np.int64:
            return sequences
    sequences = source.sample(count, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(path) as aside, aside.open("wb") as file:
        np.save(file, sequences)
    return sequences


def actions_of_several_signals(folder: Path) -> dict[str, ClipList]:
    """UTD-MHAD."""
    return utd_mhad.parts(folder)


def actions_of_persons(folder: Path, left_out: int | None = None) -> dict[str, ClipList]:
    """Weizmann's actions."""
    return weizmann.parts(folder, left_out)


def moving_shapes_of_two_classes(folder: Path) -> dict[str, ClipList]:
    """MoCoGAN's shapes."""
    return moving_shapes.parts(folder)


def table(folder: Path, name: str) -> dict[str, Table]:
    """A table of series, whole."""
    return {"train": reading.read(folder / name)}


_SINES, _ROWS, _WAVES = 10_000, 24, 5


def write_sines(folder: Path) -> None:
    """Draw sine waves of frequencies and phases between 0 and 0.1, as TimeGAN's public code does, (N, T, I)."""
    generator = np.random.default_rng(0)
    frequencies, phases = generator.uniform(0, 0.1, (2, _SINES, 1, _WAVES))
    waves = (np.sin(frequencies * np.arange(_ROWS)[:, None] + phases) + 1) / 2
    with atomic.replacing(folder / "sines.npz") as aside, aside.open("wb") as file:
        np.savez(file, X=waves.astype(np.float32))


def sines(folder: Path) -> dict[str, Table]:
    """Sine waves, whole."""
    return {"train": table_of(arrays.read(folder / "sines.npz").inputs)}
