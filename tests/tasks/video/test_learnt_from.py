"""A score on what was learnt from is seen for what it is."""

import json

import numpy as np
import pytest

import recurra
from recurra import DataError, VideoClassifier

QUICK = {"hidden_size": 4, "channels": 2, "frame_size": 8, "epochs": 1, "threads": 1}


def _clips(count: int, seed: int) -> tuple[list[np.ndarray], list[str]]:
    random = np.random.default_rng(seed)
    return [random.integers(256, size=(4, 8, 8, 3), dtype=np.uint8) for _ in range(count)], ["a", "b"] * (count // 2)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for part, seed in (("learnt", 1), ("other", 2)):
        for number, (clip, label) in enumerate(zip(*_clips(8, seed), strict=True)):
            (folder / part / label).mkdir(parents=True, exist_ok=True)
            np.save(folder / part / label / f"person{number // 2}_{part}_{number}.npy", clip)
    return folder


def test_copies_of_files_that_were_learnt_from_are_counted(files, tmp_path):
    VideoClassifier(**QUICK, valid_fraction=0.0).fit(files / "learnt", out=tmp_path / "run", progress=False)
    opened = recurra.load(tmp_path / "run")
    assert opened.evaluate(files / "learnt")["learnt_from"] == 8
    assert opened.evaluate(files / "other")["learnt_from"] == 0


def test_other_clips_of_the_same_persons_are_counted(files):
    by_person = QUICK | {"group_pattern": r"person(\d)_", "valid_fraction": 0.5}
    classifier = VideoClassifier(**by_person).fit(files / "learnt", progress=False)
    learnt = len(classifier.learnt_from_.groups)
    assert classifier.evaluate(files / "other")["learnt_from"] == 2 * learnt


def test_groups_in_memory_are_known_by_name():
    made, labels = _clips(8, 1)
    classifier = VideoClassifier(**QUICK, valid_fraction=0.0).fit((made, labels, [f"p{i // 2}" for i in range(8)]))
    made, labels = _clips(4, 2)
    assert classifier.evaluate((made, labels, ["p0", "p0", "q", "q"]))["learnt_from"] == 2


def test_a_broken_file_is_named(files, tmp_path):
    VideoClassifier(**QUICK).fit(files / "learnt", out=tmp_path / "run", progress=False)
    file = tmp_path / "run" / "learnt_from.json"
    file.write_text(json.dumps({"groups": 3}))
    with pytest.raises(DataError, match=r"learnt_from\.json: expected"):
        recurra.load(tmp_path / "run")
