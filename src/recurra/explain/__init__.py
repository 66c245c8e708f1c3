"""What a network remembers, why its training fails, and what cures it: measured, drawn and said in words."""

from recurra.explain.attribution import attribution
from recurra.explain.compare import Comparison, compare
from recurra.explain.explanation import Explanation, Picture
from recurra.explain.gradients import gradients
from recurra.explain.memory import memory

__all__ = ["Comparison", "Explanation", "Picture", "attribution", "compare", "gradients", "memory"]
