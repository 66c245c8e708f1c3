"""Which sequences are so short that PyTorch's own function is faster than the compiled kernels.

A call of the kernels costs more before it begins: settings are asked, and without gradients all numbers of the weights
are summed, to see whether the packed ones are still theirs (`weight_cache`); with gradients weights are packed anew.
PyTorch's function reads the weights as they are, and takes longer at every step. So it wins where steps and rows are
few, and where the weights are so many that to sum them costs as much as some steps. oneDNN's LSTM never does.

The tables were measured by benchmarks/changed_weights.py and small_layers.py, one thread, on an Intel Xeon.
"""

from dataclasses import dataclass, field

_ANY = float("inf")


@dataclass(frozen=True)
class RowLimits:
    """The most rows (steps times sequences) at which PyTorch's function is faster, for layers of some size.

    Attributes:
        weights: for layers that have at most so many numbers in their matrices.
        rows: for sequences of 1 step, 2, 3, ...; for longer ones never.
    """

    weights: float
    rows: tuple[int, ...]


@dataclass(frozen=True)
class ShortSequences:
    """Those of one cell: the limits of small layers first."""

    without_gradients: tuple[RowLimits, ...]
    with_gradients: tuple[RowLimits, ...]
    most_steps: int = field(init=False)
    """Longer sequences are never short; to be asked first, since it costs next to nothing."""

    def __post_init__(self) -> None:
        tables = self.without_gradients + self.with_gradients
        object.__setattr__(self, "most_steps", max(len(limits.rows) for limits in tables))

    def include(self, steps: int, rows: int, weights: int, learns: bool) -> bool:
        """Whether sequences are short.

        Args:
            steps: of the longest sequence.
            rows: steps of all sequences.
            weights: numbers in the two matrices of a layer.
            learns: whether gradients will be asked for.
        """
        for limits in self.with_gradients if learns else self.without_gradients:
            if weights <= limits.weights:
                return 0 < steps <= len(limits.rows) and rows <= limits.rows[steps - 1]
        return False


SHORT_FOR_RNN = ShortSequences(
    without_gradients=(
        RowLimits(10_000, (512,) * 4 + (350,) * 3 + (256,) * 4),
        RowLimits(64_000, (512, 512, 300, 200) + (100,) * 7),
        RowLimits(_ANY, (256, 128, 96) + (48,) * 8),
    ),
    with_gradients=(RowLimits(_ANY, (128, 256, 300)),),
)
SHORT_FOR_GRU = ShortSequences(
    without_gradients=(
        RowLimits(10_000, (512, 300, 200, 8)),
        RowLimits(150_000, (200, 100, 30, 4)),
        RowLimits(800_000, (100, 32, 20, 20, 20, 7, 7)),
        RowLimits(_ANY, (64, 6, 4, 4)),
    ),
    with_gradients=(RowLimits(_ANY, (128,)),),
)
