"""What a network remembers, why its training fails, and what cures it: measured, drawn and said in words."""

from recurra.explain.explanation import Explanation, Picture

__all__ = ["Explanation", "Picture"]
