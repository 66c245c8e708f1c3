"""What multiplying and adding reaches on this machine: measured in turn with the work, and the highest rate seen."""

from recurra.kernels import compiled


class Peak:
    """The highest rate of additions and multiplications that was seen, in 10^9 a second.

    A rate that was measured once, while the machine was slow, would lie below what work reaches afterwards. So it is
    measured between the rounds of the work, and what the work itself reaches counts too: no share is above 1.

    Args:
        threads: that multiply and add.
    """

    def __init__(self, threads: int):
        self.threads = threads
        self._measured = self._reached = 0.0

    def measure(self) -> None:
        """Multiply and add in registers for some milliseconds."""
        self._measured = max(self._measured, compiled.peak_gflops(self.threads))

    def reached(self, gflops: float) -> None:
        """Count a rate that work has reached."""
        self._reached = max(self._reached, gflops)

    @property
    def gflops(self) -> float:
        """The highest rate so far; 0 where nobody can tell."""
        return max(self._measured, self._reached) if self._measured else 0.0
