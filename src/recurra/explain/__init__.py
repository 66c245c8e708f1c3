"""What a network remembers, why its training fails, and what cures it: measured, drawn and said in words."""

from recurra.explain.activations import activations
from recurra.explain.attribution import attribution
from recurra.explain.compare import Comparison, compare
from recurra.explain.explanation import Explanation, Picture
from recurra.explain.gradients import gradients
from recurra.explain.memory import memory
from recurra.explain.report import Report, report

__all__ = [
    "Comparison",
    "Explanation",
    "Picture",
    "Report",
    "activations",
    "attribution",
    "compare",
    "gradients",
    "memory",
    "report",
]
