"""The names of the precisions in which a network that has learnt can answer."""

from typing import Literal

AnsweringPrecision = Literal["float32", "bf16", "int8"]
