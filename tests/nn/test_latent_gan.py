import torch

from recurra.nn.latent_gan import LatentCritic, LatentGenerator


def test_vectors_and_scores_have_their_shapes_and_depend_on_all_that_is_given():
    generator, critic = LatentGenerator(4, 2, 8, 5), LatentCritic(5, 2, 8)
    noise, condition = torch.randn(3, 4), torch.randn(3, 2)
    vectors = generator(noise, condition)
    assert vectors.shape == (3, 5)
    assert critic(vectors, condition).shape == (3,)
    assert not torch.allclose(vectors, generator(noise, condition + 1))
    assert not torch.allclose(vectors, generator(noise + torch.randn(3, 4), condition))
    assert not torch.allclose(critic(vectors, condition), critic(vectors, condition + 1))


def test_no_condition_is_none():
    assert LatentGenerator(4, 0, 8, 5)(torch.randn(3, 4), torch.zeros(3, 0)).shape == (3, 5)
