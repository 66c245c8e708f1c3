"""Which kind of samples a run makes."""

from typing import Any

from recurra.serve.errors import ApiError
from recurra.serve.runs import ServedRun
from recurra.serve.samples.clips import ClipsKind
from recurra.serve.samples.kind import Kind
from recurra.serve.samples.lines import LinesKind
from recurra.serve.samples.series import SeriesKind
from recurra.training.sampler import Sampler

_KINDS: dict[str, Kind] = {"series-gan": SeriesKind(), "text-gan": LinesKind(), "clip-gan": ClipsKind()}
MEDIA_TYPES = tuple(media_type for kind in _KINDS.values() for media_type in kind.media_types)


def generator_of(run: ServedRun) -> tuple[Sampler[Any, Any], Kind]:
    """The generator of a run, and what its samples are.

    Raises:
        ApiError: 400, the run is of a job that makes no samples.
    """
    if isinstance(run.task, Sampler) and run.job in _KINDS:
        return run.task, _KINDS[run.job]
    hint = "; it writes at /v1/completions" if run.job == "language-model" else ""
    message = f"model {run.name}: expected one of {', '.join(_KINDS)}, got a {run.job}{hint}"
    raise ApiError(400, message, "model", "wrong_job")
