"""A job that makes samples like those that it has learnt from, and reports how good they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from recurra.data.files import atomic
from recurra.training.model import ConfigT, NetworkT
from recurra.training.sources import Fingerprints, Source
from recurra.training.task import Task

if TYPE_CHECKING:
    from recurra.figures import Table


@dataclass(frozen=True)
class SampleReport:
    """What was measured of made samples.

    Attributes:
        scores: all numbers, nested by name, as JSON holds them.
        conclusion: the sentence that says whether the adversarial part beats the likelihood model, with the interval.
        page: the same with figures, as HTML in one file.
        summary: the few scores that people read first, a dozen lines at most.
    """

    scores: dict[str, Any]
    conclusion: str
    page: str
    summary: "Table"


@dataclass(frozen=True)
class RealSamples:
    """Real samples, to be seen beside made ones.

    Attributes:
        samples: in the form in which `Sampler.sample` gives them.
        is_held_out: whether nothing was learnt from them.
        fingerprint: of the data that they are drawn from, see `recurra.training.sources`.
    """

    samples: Any
    is_held_out: bool
    fingerprint: Fingerprints


class Sampler(Task[ConfigT, NetworkT]):
    """A job that makes samples; on these methods stand `recurra sample` and `recurra evaluate`."""

    sample_options: ClassVar[frozenset[str]] = frozenset()
    """Names of what `sample` takes besides what every job does."""

    @property
    def longest(self) -> int:
        """Steps of the longest sample that is made where no length is named.

        Raises:
            DataError: nothing was learnt yet.
        """
        raise NotImplementedError

    def sample(
        self,
        count: int,
        *,
        length: int | None = None,
        seed: int | None = None,
        given: Source | None = None,
        **options: Any,
    ) -> Any:
        """Make samples.

        Args:
            count: how many.
            length: of each, in steps; None as the job has learnt.
            seed: makes the result repeatable; None draws anew each time.
            given: what the samples are to go on from, or to have; a file, or the same in memory.
            options: named in `sample_options`.

        Raises:
            DataError: nothing was learnt yet, or an argument is not as expected.
        """
        raise NotImplementedError

    def real(self, data: Source, valid: Source | None = None, *, count: int = 1, seed: int = 0) -> RealSamples:
        """Draw real samples: of those that a training holds out or, where it holds out none, that it learns from.

        Args:
            data, valid: as of `fit`, and divided as there.
            count: how many, each once at most; fewer where there are fewer.
            seed: of the drawing.

        Raises:
            DataError: nothing was learnt yet, or the data are not as expected.
        """
        raise NotImplementedError

    def format_samples(self, samples: Any) -> str:
        """Give what `sample` gave as the text of a file, such as CSV or lines.

        Raises:
            DataError: samples of this job are no text; says what `out` should be.
        """
        raise NotImplementedError

    def write_samples(self, samples: Any, out: Path) -> None:
        """Write what `sample` gave to a file, or where a job has no text, to files in a folder.

        Raises:
            DataError: they cannot be written there.
        """
        atomic.write_text(out, self.format_samples(samples))

    def report(self, data: Source, valid: Source | None = None, folder: Path | None = None) -> SampleReport:
        """Measure how good made samples are, beside real ones and those of the likelihood model.

        Args:
            data, valid: as of `fit`, and divided as there: what was learnt from, and what was held out.
            folder: of the run, where a job may keep what the next report needs again; None keeps nothing.

        Raises:
            DataError: nothing was learnt yet, or the data are not as expected.
        """
        raise NotImplementedError
