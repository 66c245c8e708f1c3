"""Which frames decided the answer to a clip."""

import numpy as np
import pytest

import recurra
from recurra.explain import attribution


@pytest.mark.parametrize("method", ["integrated-gradients", "gradient-times-input", "erasure", "connectivity"])
def test_the_frame_that_tells_is_the_one_that_decided(video_classifier, flashes, method):
    made = attribution(video_classifier, flashes[0][:4], method=method)
    assert len(made.sequences) == 4
    for sequence, label in zip(made.sequences, flashes[1], strict=False):
        assert sequence.inputs == ["0.00 s", "0.10 s", "0.20 s", "0.30 s", "0.40 s", "0.50 s"]
        assert sequence.outputs == [label]
        if method in ("integrated-gradients", "erasure"):
            assert sequence.strongest(0, 2)[0] in (3, 4)  # a frame later its change is seen once more


def test_the_picture_shows_the_frames_themselves(video_classifier, flashes):
    made = attribution(video_classifier, flashes[0][:1])
    np.testing.assert_array_equal(np.stack(made.sequences[0].frames), flashes[0][0])
    content = made.figures()["attribution"].chart.to_dict()
    assert len(content["vconcat"]) == 2


def test_integrals_miss_little(video_classifier, flashes):
    assert attribution(video_classifier, flashes[0][:2], points=200).largest_gap() < 0.05


def test_another_label_may_be_asked_for(video_classifier, flashes):
    of_red = attribution(video_classifier, flashes[0][:1], "red").sequences[0]
    of_blue = attribution(video_classifier, flashes[0][:1], "blue").sequences[0]
    np.testing.assert_allclose(of_red.matrix, -of_blue.matrix, atol=1e-5)
    with pytest.raises(recurra.DataError, match=r"target: expected one of .*, got 'green'"):
        attribution(video_classifier, flashes[0][:1], "green")


def test_of_several_signals_each_is_explained_by_itself():
    random = np.random.default_rng(1)
    signals = {
        "depth": [random.integers(1, 200, size=(6, 8, 8), dtype=np.uint8) for _ in range(12)],
        "inertial": [random.normal(size=(20, 3)) for _ in range(12)],
    }
    settings = {"hidden_size": 4, "channels": 2, "epochs": 1, "threads": 1}
    task = recurra.VideoClassifier(**settings).fit(signals, ["a", "b", "c"] * 4, progress=False)
    made = attribution(task, {name: samples[:2] for name, samples in signals.items()})
    names = [sequence.outputs[0].split(" by ")[1] for sequence in made.sequences]
    assert names == ["depth", "inertial"] * 2
    assert [len(sequence.frames) > 0 for sequence in made.sequences] == [True, False] * 2


def test_an_answer_at_every_frame_is_not_one_to_explain():
    clips = [np.zeros((4, 8, 8, 3), np.uint8)] * 6
    labels = [np.array(["a", "b", "a", "b"])] * 6
    settings = {"hidden_size": 4, "channels": 2, "frame_size": 8, "epochs": 1, "threads": 1}
    task = recurra.VideoClassifier(**settings, per_step=True, pooling="last").fit(clips, labels, progress=False)
    with pytest.raises(recurra.DataError, match="expected a classifier with one answer a clip"):
        attribution(task, clips[:1])
