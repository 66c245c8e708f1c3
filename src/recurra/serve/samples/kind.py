"""What the samples of one job are over HTTP: what may go in, and the forms in which they come out."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from recurra.serve.errors import ApiError
from recurra.serve.samples.request import SampleRequest
from recurra.serve.settings import ServeSettings
from recurra.training.sampler import Sampler

JSON = "application/json"


class Kind:
    """The samples of a job; one of them for each job.

    field: of the answer, that holds the samples. media_types: of an answer besides JSON.
    """

    field: ClassVar[str]
    media_types: ClassVar[tuple[str, ...]]

    def given(self, task: Any, value: str | list[str]) -> Any:
        """What samples are to go on from, as the job's `sample` takes it.

        Raises:
            ApiError: 400, it is of another form.
            DataError: it is not as expected.
        """
        raise NotImplementedError

    def most(self, settings: ServeSettings) -> int:
        """Steps that one request may ask for, over all of its samples."""
        return settings.max_tokens

    def require_bounds(self, task: Any, given: Any, request: SampleRequest, most: int) -> None:
        """Refuse to make too many steps.

        Args:
            task: that is to make them.
            given: as of `given`; None where nothing is.
            request: what is asked for.
            most: as of `most`.

        Raises:
            ApiError: 400, they are more.
        """
        require_steps(request.count * (request.length or task.longest), most)

    def labels(self, task: Any) -> Sequence[str]:
        """The classes that samples can be of; none where none were learnt."""
        return ()

    def select(self, samples: Any, positions: Sequence[int]) -> Any:
        """Some of the samples."""
        return [samples[i] for i in positions]

    def content(self, task: Any, samples: Any, request: SampleRequest) -> Mapping[str, Any]:
        """Samples as JSON holds them, by the fields of the answer."""
        raise NotImplementedError

    def encoded(self, task: Any, samples: Any, media_type: str) -> bytes:
        """Samples as one of `media_types`."""
        return str(task.format_samples(samples)).encode()


def require_steps(steps: int, most: int) -> None:
    """Refuse to make too many steps.

    Raises:
        ApiError: 400, they are more than `most`.
    """
    if steps > most:
        expected = f"at most {most:,} steps over all samples of a request"
        raise ApiError(400, f"length: expected {expected}, got {steps:,}", "length", "too_long")


def require_options(task: Sampler[Any, Any], request: SampleRequest, kind: Kind) -> dict[str, Any]:
    """What `sample` takes besides what every job does.

    Raises:
        ApiError: 400, the job does not know one of them.
    """
    named = ("temperature", "label", "content_seed", "motion_seed")
    options = {name: getattr(request, name) for name in named if getattr(request, name) is not None}
    for name in options:
        if name not in task.sample_options:
            raise ApiError(400, f"{name}: expected none for a run of {task.name}", name, "unknown_option")
    if request.clip_type is not None and request.clip_type not in kind.media_types:
        raise ApiError(400, f"clip_type: expected none for a run of {task.name}", "clip_type", "unknown_option")
    return options
