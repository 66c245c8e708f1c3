"""What the units of a network do: how their gates stand, and which of them follows what is read."""

from recurra.explain.activations.measure import activations

__all__ = ["activations"]
