"""Real samples of a run's own data, to be seen beside made ones; or why there are none.

They are drawn once for each state of a run, and kept: to find which samples were held out, all data have to be read.
Nothing is downloaded for them, and data that have changed since the training are not shown: nobody could tell then
what was learnt from.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from recurra.errors import DataError
from recurra.serve.real_data import is_at_hand, sources_of
from recurra.serve.runs import ServedRun
from recurra.serve.samples.kind import Kind
from recurra.serve.samples.making import json_bytes
from recurra.serve.samples.request import SampleRequest
from recurra.training.run import RunFolder
from recurra.training.sampler import RealSamples, Sampler

log = logging.getLogger(__name__)

MOST = 64  # real samples that are kept
Reason = Literal["not_shown", "private", "unnamed", "gone", "changed", "unreadable"]
REASONS: dict[Reason, str] = {
    "not_shown": "this server shows real samples to other clients only (--real-samples)",
    "private": "the run was trained so that it tells nothing of any single sample (epsilon)",
    "unnamed": "the run was trained on data in memory, and names no files",
    "gone": "the data that the run names are not on this machine any more",
    "changed": "the data that the run names have changed since it was trained",
    "unreadable": "the data that the run names cannot be read; the server's log says why",
}


@dataclass(frozen=True)
class RealOrder:
    """What one request asks of real samples: how many, drawn by which seed, and clips of which type."""

    run: ServedRun
    kind: Kind
    count: int
    seed: int
    form: SampleRequest


_samples_of: "WeakKeyDictionary[ServedRun, RealSamples | Reason]" = WeakKeyDictionary()


def show(task: Sampler[Any, Any], orders: Sequence[RealOrder]) -> list[bytes]:
    """Give real samples: of each order the body of its answer."""
    return [_shown(task, order) for order in orders]


def _shown(task: Sampler[Any, Any], order: RealOrder) -> bytes:
    if order.run not in _samples_of:
        _samples_of[order.run] = _draw(task, RunFolder(order.run.path))
    real = _samples_of[order.run]
    if isinstance(real, str):
        return none_for(task.name, real)
    positions = np.random.default_rng(order.seed).permutation(len(real.samples))[: order.count].tolist()
    chosen = order.kind.select(real.samples, positions)
    about = {"job": task.name, "seed": order.seed, "is_held_out": real.is_held_out, "missing": None}
    return json_bytes(about | dict(order.kind.content(task, chosen, order.form)))


def none_for(job: str, reason: Reason) -> bytes:
    """The answer of a run that shows no real samples."""
    return json_bytes({"job": job, "missing": {"code": reason, "message": REASONS[reason]}})


def _draw(task: Sampler[Any, Any], folder: RunFolder) -> RealSamples | Reason:
    """Draw real samples of the data that a run names, if they are what they were."""
    sources = sources_of(task, folder)
    if isinstance(sources, str):
        return sources
    if not (is_at_hand(sources.data) and is_at_hand(sources.valid)):
        return "gone"
    try:
        real = task.real(sources.data, sources.valid, count=MOST)
    except DataError as error:
        log.warning("run %s: no real samples: %s", folder.path.name, error)
        return "unreadable"
    try:
        sources.require_same(real.fingerprint, folder.path)
    except DataError:
        return "changed"
    return real
