import torch

from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.signal_classifier import SignalClassifier


def _classifier(sizes, **settings):
    torch.manual_seed(0)
    return SignalClassifier(sizes, 4, VideoConfig(hidden_size=8, **settings)).eval()


def test_the_scores_of_the_parts_are_added():
    classifier, features = _classifier((3, 5)), torch.randn(2, 6, 8)
    scores, parts, _ = classifier(features, torch.tensor([6, 2]))
    assert scores.shape == (2, 6, 4)
    torch.testing.assert_close(scores, (parts[0] + parts[1]) * 2**-0.5)


def test_each_part_is_read_by_a_recurrence_of_its_own():
    classifier, features = _classifier((3, 5)), torch.randn(1, 6, 8)
    _, before, _ = classifier(features, None)
    features[..., 3:] += 1.0
    _, after, _ = classifier(features, None)
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[1], after[1])


def test_one_part_is_the_whole():
    classifier = _classifier((3,))
    scores, parts, _ = classifier(torch.randn(1, 6, 3), None)
    assert scores.shape == (1, 6, 4)
    assert parts == []
    assert classifier.scale is None


def test_pieces_have_the_scores_of_the_whole():
    classifier, features = _classifier((3, 5)), torch.randn(1, 7, 8)
    whole, _, _ = classifier(features, None)
    state, pieces = None, []
    for piece in features.split([2, 1, 4], 1):
        scores, _, state = classifier(piece, None, state)
        pieces.append(scores)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-5, rtol=1e-5)
