import torch

from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.seeded_noise import draw

CONFIG = ClipGANConfig()


def test_a_clip_is_the_same_however_many_there_are_and_however_long():
    many, few = draw(CONFIG, 5, 40, 1, 1, labels=3), draw(CONFIG, 2, 16, 1, 1, labels=3)
    torch.testing.assert_close(many.content[:2], few.content)
    torch.testing.assert_close(many.motion[:2, :17], few.motion)
    assert many.labels[:2].tolist() == few.labels.tolist()


def test_contents_and_motions_have_seeds_of_their_own():
    first, second, both = draw(CONFIG, 1, 4, 1, 1), draw(CONFIG, 1, 4, 2, 2), draw(CONFIG, 1, 4, 1, 2)
    torch.testing.assert_close(both.content, first.content)
    torch.testing.assert_close(both.motion, second.motion)
    assert (first.content != second.content).all()
    assert first.labels is None


def test_numbers_are_normal_and_labels_even():
    noise = draw(CONFIG, 300, 8, 7, 7, labels=2)
    for numbers in (noise.content, noise.motion):
        assert abs(float(numbers.mean())) < 0.05
        assert abs(float(numbers.std()) - 1) < 0.05
    assert 100 < int(noise.labels.sum()) < 200
    assert draw(CONFIG, 3, 4, 7, 7, label=1, labels=2).labels.tolist() == [1, 1, 1]
