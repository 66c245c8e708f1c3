"""How far back a network remembers: by what it loses without, and by what its states still tell."""

from recurra.explain.memory.measure import memory

__all__ = ["memory"]
