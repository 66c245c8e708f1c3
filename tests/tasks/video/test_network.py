"""The network of clips: any of its signals, in batches and alone, whole and in pieces."""

import dataclasses

import pytest
import torch

from recurra.data.sequences.answers import Answers
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.network import ClipBatch, VideoNetwork
from recurra.tasks.video.signal import Signal

THREE = Answers("class", ["a", "b", "c"])
DEPTH, SKELETON, INERTIAL = (
    Signal("frames", (16, 24, 1), 10.0),
    Signal("skeleton", (20, 3), 30.0),
    Signal("series", (6,), 50.0),
)
VIDEO = Signal("frames", (16, 16, 3), 10.0)
ALL = {"depth": DEPTH, "skeleton": SKELETON, "inertial": INERTIAL}
KINDS = {
    "late": {},
    "early": {"fusion": "early"},
    "both ways": {"bidirectional": True},
    "convolutions that recur": {"encoder": "conv-lstm"},
    "last": {"pooling": "last"},
    "both ways, last": {"bidirectional": True, "pooling": "last"},
}
LENGTHS = {
    "depth": torch.tensor([12, 9, 0, 6]),
    "skeleton": torch.tensor([12, 0, 8, 6]),
    "inertial": torch.tensor([20, 15, 0, 10]),
}


def _network(signals: dict[str, Signal], answers: Answers = THREE, **settings) -> VideoNetwork:
    torch.manual_seed(1)
    return VideoNetwork(signals, answers, VideoConfig(hidden_size=8, channels=4, **settings))


def _samples(signals: dict[str, Signal], lengths: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    samples = {}
    for name, signal in signals.items():
        shape = (len(lengths[name]), int(lengths[name].max()), *signal.shape)
        if signal.kind == "frames":
            samples[name] = torch.randint(256, shape, generator=generator, dtype=torch.uint8)
        else:
            samples[name] = torch.randn(shape, generator=generator)
        for row, length in zip(samples[name], lengths[name].tolist(), strict=True):
            row[length:] = 0
    return samples


def _batch(answers: Answers = THREE) -> ClipBatch:
    return ClipBatch(_samples(ALL, LENGTHS), LENGTHS, torch.tensor([0, 2, 1, 2]) % max(2, len(answers.labels)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_is_answered_as_alone_whatever_stands_beside_it(kind):
    network, batch = _network(ALL, **KINDS[kind]).eval(), _batch()
    together, _ = network(batch.inputs, batch.lengths)
    for i in range(batch.size):
        lengths = {name: length[i : i + 1] for name, length in batch.lengths.items()}
        inputs = {name: x[i : i + 1, : max(1, int(lengths[name]))] for name, x in batch.inputs.items()}
        torch.testing.assert_close(network(inputs, lengths)[0][0], together[i])


@pytest.mark.parametrize("kind", ["late", "early", "last"])
def test_the_last_running_answer_is_the_final_one(kind):
    network, batch = _network(ALL, **KINDS[kind]).eval(), _batch()
    scores = network.scores(batch.inputs, batch.lengths)
    assert scores.lengths.tolist() == [12, 9, 3, 6]  # 8 samples of a skeleton at 30 a second are 3 at 10
    ends = scores.running[torch.arange(4), scores.lengths - 1]
    torch.testing.assert_close(ends, scores.final)


@pytest.mark.parametrize("kind", ["late", "both ways"])
def test_a_signal_that_is_left_out_is_one_that_is_missing(kind):
    network, batch = _network(ALL, **KINDS[kind]).eval(), _batch()
    whole = {"skeleton": batch.inputs["skeleton"][:1]}
    lengths = {name: torch.tensor([12 if name == "skeleton" else 0]) for name in ALL}
    inputs = {name: x[:1] for name, x in batch.inputs.items()}
    alone, _ = network(whole)
    missing, _ = network(inputs, lengths)
    torch.testing.assert_close(alone, missing)


PIECES = [{}, {"pooling": "last"}, {"cell": "lstm", "num_layers": 2}, {"encoder": "conv-lstm"}, {"encoder": "conv-gru"}]


@pytest.mark.parametrize("settings", PIECES, ids=str)
def test_a_clip_in_pieces_is_answered_as_the_whole(settings):
    network = _network({"video": VIDEO}, **settings).eval()
    [frames] = _samples({"video": VIDEO}, {"video": torch.tensor([10])}).values()
    scores = network.scores({"video": frames})
    state, running = None, []
    for piece in frames.split([1, 1, 3, 5], 1):
        part, state = network.stream("video", piece, state)
        running.append(part)
    torch.testing.assert_close(torch.cat(running, 1), scores.running)


def test_a_later_sample_changes_no_earlier_answer():
    network = _network(ALL).eval()
    batch = _batch()
    before = network.scores(batch.inputs, batch.lengths)
    changed = {name: x.clone() for name, x in batch.inputs.items()}
    changed["inertial"][0, 10:] += 1.0  # from 0.2 seconds on, which is frame 2
    after = network.scores(changed, batch.lengths)
    torch.testing.assert_close(after.running[0, :2], before.running[0, :2])
    assert not torch.allclose(after.final[0], before.final[0])


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_learns(kind):
    network = _network(ALL, **KINDS[kind], dropout=0.0).train()
    loss, _ = network.loss(_batch())
    loss.backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_without_signals_left_out_the_loss_is_that_of_the_answers():
    settings = {"running_weight": 0.0, "dropout": 0.0}  # labels are smoothed in training only
    network = _network({"other": INERTIAL}, **settings).eval()  # of one view
    lengths = {"other": torch.tensor([25, 13])}
    batch = ClipBatch(_samples({"other": INERTIAL}, lengths), lengths, torch.tensor([0, 2]))
    logits, _ = network(batch.inputs, batch.lengths)
    expected = torch.nn.functional.cross_entropy(logits, batch.targets)
    torch.testing.assert_close(network.loss(batch)[0], expected)


def test_each_view_of_a_signal_is_asked_for_the_answer():
    network = _network({"skeleton": SKELETON}, running_weight=0.0, dropout=0.0).eval()
    lengths, targets = {"skeleton": torch.tensor([5, 3])}, torch.tensor([0, 2])
    batch = ClipBatch(_samples({"skeleton": SKELETON}, lengths), lengths, targets)
    scores = network.scores(batch.inputs, batch.lengths)
    losses = [torch.nn.functional.cross_entropy(view, targets) for view in scores.alone["skeleton"]]
    assert len(losses) == 3
    expected = torch.nn.functional.cross_entropy(scores.final, targets) + sum(losses) / 3
    torch.testing.assert_close(network.loss(batch)[0], expected)


def test_training_leaves_signals_out_but_never_all():
    network = _network(ALL, signal_dropout=0.9).train()
    counts = torch.zeros(4)
    for _ in range(50):
        lengths = network._without_some(LENGTHS)
        there = torch.stack([length > 0 for length in lengths.values()]).sum(0)
        assert (there >= 1).all()
        assert all(((lengths[name] == 0) | (lengths[name] == LENGTHS[name])).all() for name in ALL)
        counts += there
    assert (counts[[0, 3]] < 100).all()  # of 150
    assert all((network.eval()._without_some(LENGTHS)[name] == LENGTHS[name]).all() for name in ALL)


@pytest.mark.parametrize("answers", [Answers("class", ["no", "yes"]), Answers("labels", ["x", "y", "z"]), THREE])
@pytest.mark.parametrize("per_step", [False, True])
def test_answers_of_every_kind_once_or_at_every_frame(answers, per_step):
    answers = dataclasses.replace(answers, per_step=per_step)
    network = _network({"depth": DEPTH}, answers, per_step=per_step)
    lengths = {"depth": torch.tensor([4, 2])}
    shape = (2, 4) if per_step else (2,)
    targets = torch.ones(shape, dtype=torch.int64)
    if answers.kind == "labels":
        targets = torch.ones(*shape, 3)
    batch = ClipBatch(_samples({"depth": DEPTH}, lengths), lengths, targets)
    loss, _ = network.loss(batch)
    assert loss.isfinite()
    logits, _ = network(batch.inputs, batch.lengths)
    assert logits.shape == (*shape, answers.outputs)
    assert network.loss_weight(batch) == (6 if per_step else 2)
