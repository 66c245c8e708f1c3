"""Samples made for one request, in the thread of its run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recurra.errors import DataError
from recurra.serve.errors import as_api_error
from recurra.serve.samples.kind import JSON, Kind, require_options
from recurra.serve.samples.request import SampleRequest
from recurra.training.sampler import Sampler


@dataclass(frozen=True)
class Order:
    """What one request asks of a generator.

    kind: of the samples. request: what the client wants, with a seed. media_type: of the answer. most: steps, at most.
    """

    kind: Kind
    request: SampleRequest
    media_type: str
    most: int


def make(task: Sampler[Any, Any], orders: Sequence[Order]) -> list[bytes]:
    """Make what is ordered: of each order the body of its answer.

    Raises:
        ApiError: 400, something is not as expected.
    """
    try:
        return [_made(task, order) for order in orders]
    except DataError as error:
        raise as_api_error(error) from error


def _made(task: Sampler[Any, Any], order: Order) -> bytes:
    kind, request = order.kind, order.request
    options = require_options(task, request, kind)
    given = None if request.given is None else kind.given(task, request.given)
    kind.require_bounds(task, given, request, order.most)
    samples = task.sample(request.count, length=request.length, seed=request.seed, given=given, **options)
    if order.media_type != JSON:
        return kind.encoded(task, samples, order.media_type)
    return json_bytes({"job": task.name, "seed": request.seed} | dict(kind.content(task, samples, request)))


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """An answer as the bytes of JSON."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
