"""The processor threads that a training asks for; a library gives back what it took."""

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")


def use(count: int) -> None:
    """Compute with so many threads, or with as many as this machine has processors where these are fewer."""
    torch.set_num_threads(min(count, os.cpu_count() or count))


def put_back(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function leave torch's number of threads as it was before the call."""

    @wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        before = torch.get_num_threads()
        try:
            return function(*arguments, **named)
        finally:
            torch.set_num_threads(before)

    return call
