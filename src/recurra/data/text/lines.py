"""Lines to make others like: texts, or the symbols of an oracle; each of a class, where they have labels."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recurra.data.text.oracle import Oracle


@dataclass(frozen=True)
class Lines:
    """Lines of one part of the data.

    Attributes:
        texts: the lines; of an oracle its symbols (T,), numbers, in the place of each text.
        labels: the class of each, or None.
        oracle: that the lines were drawn from, or None.
        source: the files that they are from, to name them; "" for what is in memory.
    """

    texts: Sequence[str] | np.ndarray
    labels: Sequence[str] | None = None
    oracle: Oracle | None = None
    source: str = field(default="", compare=False)

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, indices: np.ndarray) -> "Lines":
        """Take those at some positions."""
        labels = None if self.labels is None else [self.labels[i] for i in indices]
        if isinstance(self.texts, np.ndarray):
            return replace(self, texts=self.texts[indices], labels=labels)
        return replace(self, texts=[self.texts[i] for i in indices], labels=labels)

    def fingerprint(self) -> str:
        """Give a hash of all that is learnt from them."""
        digest = hashlib.sha256()
        if isinstance(self.texts, np.ndarray):
            digest.update(self.texts.tobytes())
        else:
            digest.update("\n".join(self.texts).encode("utf-8", "surrogatepass"))
        if self.labels is not None:
            digest.update("\0".join(["", *self.labels]).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()
