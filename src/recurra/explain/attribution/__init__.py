"""Which inputs decided an output: of any torch module with sequences, and of every job."""

from recurra.explain.attribution.attribute import attribution

__all__ = ["attribution"]
