"""How much the answer at the last step depends on each step before it: the norm of its gradient, by distance."""

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.explain.compare.network import ComparedNetwork
from recurra.nn.device import device_of
from recurra.tasks.classification.network import SequenceBatch
from recurra.training.validation import evaluating


def distance_profile(network: ComparedNetwork, batch: SequenceBatch) -> list[float]:
    """The norm of the gradient of the last step's loss with respect to the input at each distance from that step.

    It is measured at what the recurrence reads, so that a window, a cell of any kind and two directions can be
    compared: a window's is 0 beyond its reach, and that of a recurrence falls as its Jacobians do (Pascanu et al.,
    2013).

    Args:
        network: whose parameters and modes stay as they are.
        batch: sequences, T steps in the longest.

    Returns:
        Norms, over the features and averaged over the sequences that reach so far, for the distances 0 to T - 1.
    """
    batch = batch.to(device_of(network))
    last = batch.lengths - 1  # (B,)
    with evaluating(network), torch.enable_grad():
        vectors = _vectors(network, batch.inputs).detach().requires_grad_()  # (B, T, I)
        outputs, state = network.recurrence(vectors, lengths=batch.lengths)  # (B, T, D H)
        if network.answers.per_step:
            rows = torch.arange(len(last), device=last.device)
            loss = network.mean_loss(network.head(outputs[rows, last]), batch.targets[rows, last])
        else:
            loss = network.mean_loss(network.head(network.last_state(state)), batch.targets)
        (gradient,) = torch.autograd.grad(loss, vectors)  # (B, T, I)
    norms, last = gradient.norm(dim=-1).cpu(), last.cpu()  # (B, T), (B,)
    distances = last.unsqueeze(1) - torch.arange(norms.shape[1])  # (B, T), below 0 after the end
    is_step = distances >= 0
    sums = torch.zeros(norms.shape[1]).index_add_(0, distances[is_step], norms[is_step])
    counts = torch.zeros(norms.shape[1]).index_add_(0, distances[is_step], torch.ones_like(norms[is_step]))
    profile: list[float] = (sums / counts).tolist()
    return profile


def _vectors(network: ComparedNetwork, inputs: Tensor) -> Tensor:
    """What the recurrence reads at each step, (B, T, I)."""
    if network.standardize is None:
        return F.embedding(inputs, network.embedding.weight)
    standardized: Tensor = network.standardize(inputs)
    return standardized
