import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import recurra
from recurra import ClipGAN, DataError
from recurra.data.clips import frame_source, writing
from recurra.data.clips.sampling import sample

QUIET = {"progress": False}


@pytest.fixture
def folder(squares, tmp_path):
    """A folder with a folder a class, with strips."""
    for number, (clip, label) in enumerate(zip(*squares, strict=True)):
        path = tmp_path / "clips" / label / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        writing.write(path, clip, 8)
    return tmp_path / "clips"


@pytest.fixture(scope="module")
def fitted(squares, small):
    return ClipGAN(**small).fit(*squares, **QUIET)


def frames(path, rate=8, size=(16, 16)):
    return np.stack([frame.image for frame in sample(frame_source.frames(path, rate), rate, size)])


def test_a_generator_learns_a_folder_and_makes_clips(folder, small, tmp_path):
    gan = ClipGAN(**small).fit(folder, out=tmp_path / "run", **QUIET)
    assert gan.labels_ == ["down", "right"]
    assert gan.scores_["valid_deviation"] > 0
    loaded = recurra.load(tmp_path / "run")
    made = loaded.sample(2, length=12, seed=1)
    assert made.shape == (2, 12, 16, 16, 3)
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made, gan.sample(2, length=12, seed=1))


def test_a_seed_gives_the_same_clips_however_many_and_however_long(fitted):
    many = fitted.sample(3, length=9, seed=4)
    np.testing.assert_array_equal(fitted.sample(1, length=9, seed=4), many[:1])
    shorter = fitted.sample(1, length=5, seed=4)
    assert np.abs(shorter.astype(int) - many[:1, :5]).max() <= 1  # sums of another order
    assert (fitted.sample(1, length=9, seed=5) != many[:1]).any()
    assert fitted.sample(1).shape == (1, 6, 16, 16, 3)
    assert (fitted.sample() != fitted.sample()).any()


def test_the_motion_of_one_clip_goes_with_the_content_of_another(fitted):
    first, second = fitted.sample(seed=1, label="down"), fitted.sample(seed=2, label="down")
    both = fitted.sample(content_seed=1, motion_seed=2, label="down")
    np.testing.assert_array_equal(fitted.sample(content_seed=1, motion_seed=1, label="down"), first)
    np.testing.assert_array_equal(fitted.sample(seed=2, content_seed=1, label="down"), both)
    assert (both != first).any()
    assert (both != second).any()


def test_the_label_can_be_chosen(fitted):
    of_label = [fitted.sample(2, seed=1, label=label) for label in fitted.labels_]
    drawn = fitted.sample(2, seed=1)
    assert (of_label[0] != of_label[1]).any()
    assert all(any((clip == of[number]).all() for of in of_label) for number, clip in enumerate(drawn))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count: expected a whole number of at least 1, got 0"),
        ({"length": 2.5}, "length: expected a whole number"),
        ({"seed": -1}, "seed: expected a whole number of at least 0, got -1"),
        ({"motion_seed": "x"}, "motion_seed: expected a whole number"),
        ({"label": "up"}, "label: expected one of down, right, got 'up'"),
        ({"given": "clip.gif"}, "given: expected nothing, since clips do not go on from others, got 'clip.gif'"),
    ],
)
def test_what_cannot_be_made_is_refused(fitted, arguments, message):
    with pytest.raises(DataError, match=message):
        fitted.sample(**arguments)


def test_clips_without_labels_are_learnt_too(squares, small):
    gan = ClipGAN(**small).fit(squares[0], **QUIET)
    assert gan.labels_ == []
    assert gan.sample(seed=1).shape == (1, 6, 16, 16, 3)
    with pytest.raises(DataError, match="label: expected none, since the clips had no labels, got 'down'"):
        gan.sample(label="down")
    assert ClipGAN(**small, use_labels=False).fit(*squares, **QUIET).labels_ == []


def test_clips_of_several_labels_are_refused(squares, small):
    labels = [["down"], ["down", "right"]] * 12
    with pytest.raises(DataError, match="clip 1: expected one label a clip, got others; use_labels=False learns none"):
        ClipGAN(**small).fit(squares[0], labels, **QUIET)
    ClipGAN(**small, use_labels=False).fit(squares[0], labels, **QUIET)


def test_what_is_held_out_is_not_learnt_from(squares, small):
    gan = ClipGAN(**small, valid_fraction=0.25)
    preparation = gan._prepare(squares, None, is_new=True)
    assert len(preparation.data.train) == 18
    compared = preparation.data.compared.clips
    for clip in preparation.data.train.samples:
        assert not any((clip[start : start + 6] == real).all() for real in compared for start in range(4))


def test_clips_to_compare_with_can_be_named(squares, small):
    clips, labels = squares
    preparation = ClipGAN(**small)._prepare((clips[:16], labels[:16]), (clips[16:], labels[16:]), is_new=True)
    assert len(preparation.data.train) == 16
    assert len(preparation.data.compared.clips) == 8


def test_what_is_both_learnt_from_and_compared_with_is_said(squares, small):
    clips, labels = squares
    preparation = ClipGAN(**small)._prepare((clips, labels), (clips[:4], labels[:4]), is_new=True)
    [warning] = preparation.data.warnings
    assert "4 clips are in both parts" in warning


def test_a_training_that_was_stopped_goes_on_to_the_same_bits(folder, small, tmp_path):
    settings = small | {"epochs": 2, "average_decay": 0.9, "penalty_probability": 0.5}
    ClipGAN(**settings).fit(folder, out=tmp_path / "whole", **QUIET)
    part = ClipGAN(**settings, max_minutes=1e-9).fit(folder, out=tmp_path / "part", **QUIET)
    assert not part.finished_
    resumed = ClipGAN.resume(tmp_path / "part", max_minutes=0, **QUIET)
    assert resumed.finished_
    last = [load_file(tmp_path / name / "last" / "checkpoint.safetensors") for name in ("whole", "part")]
    names = [name for name in last[0] if last[0][name].is_floating_point()]
    assert names
    for name in names:
        torch.testing.assert_close(last[0][name], last[1][name], rtol=0, atol=0)


@pytest.mark.parametrize("name", ["clip.gif", "clip.mp4", "clip.png"])
def test_one_clip_is_a_file_and_several_are_numbered(fitted, name, tmp_path):
    made = fitted.sample(2, seed=1)
    fitted.write_samples(made[:1], tmp_path / name)
    fitted.write_samples(made, tmp_path / name)
    stem, _, ending = name.partition(".")
    assert {path.name for path in tmp_path.iterdir()} == {name, f"{stem}-1.{ending}", f"{stem}-2.{ending}"}
    again = frames(tmp_path / f"{stem}-2.{ending}")
    assert np.abs(again.astype(int) - made[1]).mean() < (8 if ending == "mp4" else 3)


def test_clips_in_a_folder_are_gifs(fitted, tmp_path):
    fitted.write_samples(fitted.sample(2, seed=1), tmp_path / "made")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["1.gif", "2.gif"]
    assert len(frames(tmp_path / "made" / "1.gif")) == 6


def test_clips_are_no_text(fitted, tmp_path):
    with pytest.raises(DataError, match=r"out: expected a folder for the clips, or a name that ends in .gif, .mp4"):
        fitted.format_samples(fitted.sample())
    with pytest.raises(DataError, match=r"made.csv: expected .gif, .mp4, .png or a folder, got .csv"):
        fitted.write_samples(fitted.sample(), tmp_path / "made.csv")


def test_the_report_compares_with_what_was_held_out(fitted, squares):
    report = fitted.report(squares)
    assert report.scores["learnt_from"] + report.scores["compared_with"] == 24
    assert report.scores["compared_with"] == 2


def test_what_a_client_asks_for_is_made(fitted):
    [described] = fitted.describe([{"seed": 3, "length": 4, "label": "down"}])
    assert described["frames"] == 4
    with pytest.raises(DataError, match="input 1: expected some of length, seed, label, content_seed, motion_seed"):
        fitted.describe([{"frames": 3}])


def test_nothing_learnt_makes_nothing():
    with pytest.raises(DataError, match="ClipGAN: expected a fitted model"):
        ClipGAN().sample()
