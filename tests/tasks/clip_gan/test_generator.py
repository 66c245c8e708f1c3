import torch

from recurra.nn.generators import seeded
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.generator import ClipGenerator, ClipNoise


def make(small, labels=0):
    with seeded(1):
        return ClipGenerator(ClipGANConfig(**small), labels).eval()


def test_clips_are_as_many_and_as_long_as_their_noise(small):
    generator = make(small)
    assert generator(generator.noise(3, 11)).shape == (3, 11, 3, 16, 16)


def test_a_longer_clip_begins_as_a_shorter_one(small):
    generator = make(small)
    noise = generator.noise(2, 20)
    shorter = ClipNoise(noise.content, noise.motion[:, :8])
    torch.testing.assert_close(generator(noise)[:, :7], generator(shorter))


def test_parts_are_those_of_whole_clips(small):
    generator = make(small, labels=2)
    noise = generator.noise(2, 11, torch.tensor([0, 1]))
    parts = list(generator.parts(noise, 4))
    assert [part.shape[1] for part in parts] == [4, 4, 3]
    torch.testing.assert_close(torch.cat(parts, 1), generator(noise))


def test_the_label_says_what_a_clip_is_and_how_it_moves(small):
    generator = make(small, labels=2)
    noise = generator.noise(1, 5, torch.tensor([0]))
    other = ClipNoise(noise.content, noise.motion, torch.tensor([1]))
    condition = [generator.of_label(source.labels) for source in (noise, other)]
    motions = [generator.motion(noise.motion, each) for each in condition]
    assert (motions[0] != motions[1]).any()
    assert (generator(noise) != generator(other)).any()


def test_rows_are_those_of_all_parts(small):
    generator = make(small, labels=3)
    noise = generator.noise(5, 4, torch.arange(5) % 3)
    part = noise.rows(slice(2, 4)).to(torch.device("cpu"))
    assert part.labels.tolist() == [2, 0]
    torch.testing.assert_close(generator(part), generator(noise)[2:4])
