"""Pictures: arrays become figures, for a notebook, a page or paper.

A figure is an Altair chart (Vega-Lite), which a notebook shows as it is. `save` writes it as a page that needs no
network, or as SVG or PNG, which need no browser. All can be read in black and white: curves differ in their strokes and
points, tables show their numbers.

What a person's data say (classes, words) only ever stands among a figure's values, never in its instructions.
"""

from recurra.figures.bars import bars
from recurra.figures.clip_curves import clip_curves
from recurra.figures.colored_series import colored_series
from recurra.figures.colored_text import colored_text
from recurra.figures.connectivity import connectivity
from recurra.figures.files import FORMATS, require_format, save, save_each, save_page
from recurra.figures.gate_shares import gate_shares
from recurra.figures.heat_maps import heat_map
from recurra.figures.label_paths import label_paths
from recurra.figures.lines import lines
from recurra.figures.page import Section, Table
from recurra.figures.points import points
from recurra.figures.reliability import calibration
from recurra.figures.tables import attention, confusion
from recurra.figures.training_curves import Panel, curves

__all__ = [
    "FORMATS",
    "Panel",
    "Section",
    "Table",
    "attention",
    "bars",
    "calibration",
    "clip_curves",
    "colored_series",
    "colored_text",
    "confusion",
    "connectivity",
    "curves",
    "gate_shares",
    "heat_map",
    "label_paths",
    "lines",
    "points",
    "require_format",
    "save",
    "save_each",
    "save_page",
]
