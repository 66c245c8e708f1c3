"""Clips classified: from arrays and files, at the end and at every frame, from Python to a folder and back."""

import numpy as np
import pytest
import torch

import recurra
from recurra import DataError, VideoClassifier
from recurra.data.clips.clips import Clips
from recurra.nn.encoders.pretrained import FRAME_ENCODERS
from recurra.tasks.video import data

QUICK = {"hidden_size": 8, "channels": 2, "batch_size": 8, "frame_size": 8, "threads": 1, "warmup_steps": 0}
QUICK |= {"learning_rate": 0.02, "augment": False, "dropout": 0.0}


def clips(count: int, seed: int, frames: int = 8) -> tuple[list[np.ndarray], list[str]]:
    """Clips that grow brighter or darker: no single frame tells which."""
    random = np.random.default_rng(seed)
    made, labels = [], []
    for number in range(count):
        label = ("brighter", "darker")[number % 2]
        light = np.linspace(20, 200, frames) if label == "brighter" else np.linspace(200, 20, frames)
        noise = random.integers(40, size=(frames, 8, 8, 3))
        made.append((noise + light[:, None, None, None]).astype(np.uint8))
        labels.append(label)
    return made, labels


@pytest.fixture(scope="module")
def fitted() -> VideoClassifier:
    return VideoClassifier(**QUICK, epochs=12).fit(*clips(48, seed=1), progress=False)


def test_it_tells_what_happens(fitted):
    scores = fitted.evaluate(*clips(20, seed=2))
    assert scores["accuracy"] == 1.0
    assert scores["examples"] == 20
    assert fitted.predict(clips(3, seed=3)[0]).tolist() == ["brighter", "darker", "brighter"]
    probabilities = fitted.predict_proba(clips(3, seed=3)[0])
    assert probabilities.shape == (3, 2)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)


def test_scores_say_when_it_knew(fitted):
    scores = fitted.evaluate(*clips(20, seed=2))
    assert [row["seen"] for row in scores["by_share"]] == pytest.approx([0.1 * tenth for tenth in range(1, 11)])
    assert scores["by_share"][-1]["accuracy"] == 1.0
    assert 0 < scores["share_to_know"] <= 1


def test_each_clip_is_described_with_the_moment_from_which_it_was_known(fitted):
    [content] = fitted.describe(clips(1, seed=3)[0], per_frame=True)
    frames = content["frames"]
    assert content["answer"] == "brighter"
    assert len(frames) == 8
    assert [frame["time"] for frame in frames] == pytest.approx([0.1 * step for step in range(8)])
    knew = content["knew_at"]["frame"]
    likeliest = [max(frame["probabilities"], key=frame["probabilities"].get) for frame in frames]
    assert all(label == "brighter" for label in likeliest[knew:])
    assert knew == 0 or likeliest[knew - 1] == "darker"
    assert frames[-1]["probabilities"] == pytest.approx(content["probabilities"])


def test_long_clips_are_watched_in_pieces_with_the_same_answers(fitted, monkeypatch):
    made = clips(3, seed=5, frames=30)[0]
    whole = fitted.describe(made, per_frame=True)
    sizes = []
    encoder = fitted.network.fusion.encoders["video"]
    stream = encoder.stream
    monkeypatch.setattr(encoder, "stream", lambda x, state: sizes.append(x.shape[1]) or stream(x, state))
    monkeypatch.setattr(data, "_NUMBERS_AT_ONCE", 20 * 8 * 8 * 3)
    monkeypatch.setattr(data, "_NUMBERS_IN_A_PIECE", 7 * 8 * 8 * 3)
    pieces = fitted.describe(made, per_frame=True)
    assert sizes == [7, 7, 7, 7, 2] * 3
    for of_pieces, of_whole in zip(pieces, whole, strict=True):
        for frame, expected in zip(of_pieces["frames"], of_whole["frames"], strict=True):
            assert frame["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


def test_a_stream_is_answered_as_the_clip(fitted):
    [clip] = clips(1, seed=3)[0]
    [content] = fitted.describe([clip], per_frame=True)
    watching = fitted.stream()
    scores = np.concatenate([watching.step(frame[None]) for frame in clip])
    probabilities = fitted.answers.probabilities(scores)
    expected = [[frame["probabilities"][label] for label in fitted.answers.labels] for frame in content["frames"]]
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    with pytest.raises(DataError, match=r"video: expected samples \(8, 8, 3\), got \(4, 4, 3\)"):
        watching.step(np.zeros((1, 4, 4, 3), np.uint8))


def test_a_run_is_opened_as_it_was_left(fitted, tmp_path):
    fitted.save(tmp_path / "run")
    opened = recurra.load(tmp_path / "run")
    assert isinstance(opened, VideoClassifier)
    assert opened.describe(clips(2, seed=3)[0]) == fitted.describe(clips(2, seed=3)[0])


def test_the_same_seed_gives_the_same_weights():
    settings = QUICK | {"epochs": 2, "augment": True, "dropout": 0.2}
    first, second = (VideoClassifier(**settings).fit(*clips(16, seed=1), progress=False) for _ in range(2))
    for name, weight in first.network.state_dict().items():
        assert (weight == second.network.state_dict()[name]).all(), name


@pytest.mark.parametrize("settings", [{"bidirectional": True}, {"pooling": "last"}, {"encoder": "conv-gru"}], ids=str)
def test_other_networks_learn_it_too(settings):
    classifier = VideoClassifier(**QUICK | settings, epochs=12).fit(*clips(48, seed=1), progress=False)
    assert classifier.evaluate(*clips(20, seed=2))["accuracy"] > 0.85


class Brightness(torch.nn.Module):
    """A network of images that knows how bright they are, and nothing else."""

    def forward(self, images):
        means = images.mean((1, 2, 3))
        return torch.stack([means, means.square(), 1 + means], 1)


def test_frames_may_be_encoded_by_a_network_of_ones_own_that_stays_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(FRAME_ENCODERS, "brightness", Brightness)
    settings = QUICK | {"encoder": "brightness", "epochs": 12, "augment": True}
    classifier = VideoClassifier(**settings).fit(*clips(48, seed=1), progress=False)
    assert classifier.evaluate(*clips(20, seed=2))["accuracy"] == 1.0
    classifier.save(tmp_path / "run")
    opened = recurra.load(tmp_path / "run")
    [clip] = clips(1, seed=3)[0]
    assert opened.describe([clip]) == classifier.describe([clip])
    watching = opened.stream()
    scores = np.concatenate([watching.step(frame[None]) for frame in clip])
    expected = opened.describe([clip])[0]["probabilities"]
    np.testing.assert_allclose(opened.answers.probabilities(scores[-1:])[0], list(expected.values()), atol=1e-5)
    monkeypatch.delitem(FRAME_ENCODERS, "brightness")
    with pytest.raises(DataError, match=r"encoder: expected cnn.*got 'brightness'"):
        recurra.load(tmp_path / "run")


def test_a_network_of_two_directions_answers_at_the_end_only():
    settings = QUICK | {"bidirectional": True, "epochs": 1}
    classifier = VideoClassifier(**settings).fit(*clips(8, seed=1), progress=False)
    [content] = classifier.describe(clips(1, seed=3)[0])
    assert "knew_at" not in content
    assert "by_share" not in classifier.evaluate(*clips(4, seed=2))
    for call in (lambda: classifier.describe(clips(1, seed=3)[0], per_frame=True), classifier.stream):
        with pytest.raises(DataError, match=r"expected a network of one direction.*train without --bidirectional"):
            call()


def test_an_answer_at_every_frame():
    """Whether a frame is brighter than the one before."""
    random = np.random.default_rng(1)
    steps = [np.cumsum(random.choice([-9, 9], 10)) + 120 for _ in range(40)]
    made = [np.broadcast_to(light[:, None, None, None], (10, 8, 8, 3)).astype(np.uint8) for light in steps]
    labels = [np.where(np.diff(light, prepend=light[:1] - 1) > 0, "up", "down") for light in steps]
    settings = QUICK | {"per_step": True, "pooling": "last", "epochs": 15}
    classifier = VideoClassifier(**settings).fit(made, labels, progress=False)
    assert classifier.evaluate(made, labels)["accuracy"] > 0.8
    answers = classifier.predict(made[:2])
    assert [len(answer) for answer in answers] == [10, 10]
    assert set(answers[0]) <= {"up", "down"}
    [content] = classifier.describe(made[:1])
    assert len(content["answer"]) == len(content["probabilities"]) == 10


def test_several_labels_at_once():
    made, labels = clips(24, seed=1)
    several = [[label, "any"] if i % 4 < 2 else [label] for i, label in enumerate(labels)]
    classifier = VideoClassifier(**QUICK, epochs=1).fit(made, several, progress=False)
    assert set(classifier.evaluate(made, several)) >= {"accuracy", "f1_micro"}
    with pytest.raises(DataError, match="expected a classifier of one class each"):
        classifier.assess(made, several)


def signals(count: int, seed: int) -> tuple[dict[str, list], list[str]]:
    """Of each clip a skeleton and a sensor, either of which tells the class."""
    joints = np.random.default_rng(0).normal(size=(20, 3))
    random = np.random.default_rng(seed)
    skeletons, sensors, labels = [], [], []
    for number in range(count):
        label = ("up", "down")[number % 2]
        way = np.linspace(0, 1 if label == "up" else -1, 12)
        skeleton = joints + 0.02 * random.normal(size=(12, 20, 3))
        skeleton[:, 7, 1] += 3 * way
        skeletons.append(skeleton)
        sensors.append(np.repeat(way, 2)[:, None] * 2 + 0.1 * random.normal(size=(24, 2)))
        labels.append(label)
    return {"skeleton": skeletons, "inertial": sensors}, labels


@pytest.mark.parametrize("fusion", ["late", "early"])
def test_one_network_answers_from_any_of_several_signals(fusion):
    settings = QUICK | {"epochs": 20, "fusion": fusion, "signal_dropout": 0.3}
    classifier = VideoClassifier(**settings).fit(*signals(48, seed=1), progress=False)
    test, labels = signals(20, seed=2)
    nothing = [None] * 20
    accuracies = [
        classifier.evaluate(part, labels)["accuracy"]
        for part in (test, test | {"inertial": nothing}, test | {"skeleton": nothing}, {"inertial": test["inertial"]})
    ]
    assert min(accuracies) > 0.8
    assert accuracies[2] == accuracies[3]


def test_what_is_answered_may_lack_signals_that_were_named_and_what_is_learnt_from_may_not():
    some, labels = signals(8, seed=1)
    classifier = VideoClassifier(**QUICK | {"epochs": 1, "signals": "skeleton,inertial"})
    with pytest.raises(DataError, match="signals: expected some of skeleton, got 'inertial'"):
        classifier.fit({"skeleton": some["skeleton"]}, labels, progress=False)
    classifier.fit(some, labels, progress=False)
    assert len(classifier.predict({"skeleton": some["skeleton"]})) == 8
    assert "accuracy" in classifier.evaluate({"inertial": some["inertial"]}, labels)
    with pytest.raises(DataError, match="signals: expected some of depth, got 'skeleton'"):
        classifier.predict({"depth": [np.zeros((4, 8, 8, 1), np.uint8)]})


def test_a_training_may_start_from_another_whose_classes_are_kept(fitted):
    tuned = VideoClassifier().fit(*clips(16, seed=6), start_from=fitted, epochs=2, progress=False)
    assert tuned.answers == fitted.answers
    assert tuned.evaluate(*clips(20, seed=2))["accuracy"] == 1.0
    made, labels = clips(4, seed=6)
    with pytest.raises(DataError, match="clip 1: expected one of the labels brighter, darker, got 'up'"):
        VideoClassifier().fit(made, ["up", *labels[1:]], start_from=fitted, progress=False)
    with pytest.raises(DataError, match="frame_size: expected 8"):
        VideoClassifier().fit(made, labels, start_from=fitted, frame_size=16, progress=False)


def test_groups_are_held_out_whole():
    made, labels = clips(24, seed=1)
    groups = [f"person {i // 6}" for i in range(24)]
    classifier = VideoClassifier(**QUICK, epochs=1, valid_fraction=0.25)
    module = classifier._prepare((made, labels, groups), None, is_new=True).data
    assert len(module.train), len(module.valid) == (18, 6)


def test_a_clip_of_another_size_is_brought_to_that_of_the_training(fitted):
    larger = [clip.repeat(3, 1).repeat(3, 2) for clip in clips(4, seed=3)[0]]
    assert fitted.predict(larger).tolist() == ["brighter", "darker"] * 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda task: task.predict([]), "expected"),
        (lambda task: task.predict(["nothing.mp4"]), "nothing.mp4: expected a clip, found nothing"),
        (lambda task: task.predict([np.zeros((4, 20, 3))]), "expected one of the signals video, got none"),
        (lambda task: task.evaluate(clips(2, 1)[0], ["up", "down"]), "expected one of the labels brighter, darker"),
        (lambda task: task.evaluate(clips(2, 1)[0]), "expected an answer for each clip, got none"),
        (lambda task: task.evaluate(*clips(2, 1), part="test"), "expected one of the parts train, got 'test'"),
    ],
)
def test_what_does_not_fit_is_refused(fitted, call, message):
    with pytest.raises(DataError, match=message):
        call(fitted)


def test_nothing_is_known_before_it_has_learnt():
    for call in (lambda task: task.predict(clips(1, 1)[0]), lambda task: task.signature(), lambda task: task.stream()):
        with pytest.raises(DataError, match="expected a fitted model"):
            call(VideoClassifier())


def test_the_loss_of_a_data_module_is_that_of_an_evaluation(fitted):
    data = clips(12, seed=2)
    module = fitted.data_module(data)
    network = fitted.network.eval()
    total = 0.0
    for batch in module.batches(0, 0, 0, 1):
        logits, _ = network(batch.inputs, batch.lengths)
        total += network.losses(logits, batch.targets).sum().item()
    assert isinstance(fitted.labelled(data), Clips)
    assert total / 12 == pytest.approx(fitted.evaluate(*data)["nats"], rel=1e-4)
