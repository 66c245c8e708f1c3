"""What decoding gives: sequences of symbols, each with its log-probability."""

from dataclasses import dataclass


@dataclass
class Hypothesis:
    """A sequence that was written.

    Attributes:
        symbols: without the one that ends it.
        log_probability: in nats, that of the end included.
        score: by which it ranks among others of its source.
        ended: whether it came to its end, or was cut at the greatest length.
    """

    symbols: list[int]
    log_probability: float
    score: float
    ended: bool = True
