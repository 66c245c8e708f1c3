"""A generator and a critic of vectors, such as those of a recurrent autoencoder (RTSGAN: Pei et al., 2021)."""

import torch
from torch import Tensor, nn

_SLOPE = 0.2  # of what is below 0


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.LeakyReLU(_SLOPE))


class LatentGenerator(nn.Module):
    """Makes vectors of noise, by blocks of a linear layer, layer norm and leaky ReLU, the first of them residual.

    Args:
        noise_size: numbers of noise, Z.
        condition_size: numbers of what the vectors are made for, C; 0 for none.
        hidden_size: units of the later blocks.
        latent_size: numbers of a vector, L.
    """

    def __init__(self, noise_size: int, condition_size: int, hidden_size: int, latent_size: int):
        super().__init__()
        size = noise_size + condition_size
        self.residual = nn.ModuleList([_block(size, size), _block(size, size)])
        self.blocks = nn.Sequential(_block(size, hidden_size), _block(hidden_size, hidden_size))
        self.head = nn.Linear(hidden_size, latent_size)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        """Make vectors (B, L) of noise (B, Z) for conditions (B, C)."""
        x = torch.cat([noise, condition], -1)
        for block in self.residual:
            x = x + block(x)
        vectors: Tensor = self.head(self.blocks(x))
        return vectors


class LatentCritic(nn.Module):
    """Scores vectors, higher where they look real.

    Args:
        latent_size: numbers of a vector, L.
        condition_size: numbers of what it is said to be for, C; 0 for none.
        hidden_size: units of both hidden layers.
    """

    def __init__(self, latent_size: int, condition_size: int, hidden_size: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_size + condition_size, hidden_size),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(hidden_size, hidden_size),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(hidden_size, 1),
        )

    def forward(self, vectors: Tensor, condition: Tensor) -> Tensor:
        """Give a score of each vector (B, L) for its condition (B, C), (B,)."""
        scores: Tensor = self.layers(torch.cat([vectors, condition], -1))[:, 0]
        return scores
