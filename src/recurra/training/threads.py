"""The processor threads that a training asks for; a library gives back what it took."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")


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
