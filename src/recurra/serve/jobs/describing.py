"""What a client asks of `describe`: held to the run's signature and the server's bounds, then answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from recurra.serve.errors import ApiError
from recurra.serve.jobs.schema import Check, check_of
from recurra.serve.runs import ServedRun
from recurra.serve.settings import ServeSettings
from recurra.training.signature import Signature

_checks: "WeakKeyDictionary[ServedRun, Checks]" = WeakKeyDictionary()
_STEPS = "length"  # of an option, or of an input: how many steps are to be made


@dataclass(frozen=True, eq=False)
class Checks:
    """What a run's signature asks of requests."""

    signature: Signature

    @cached_property
    def input(self) -> Check:
        """Holds an input to its schema."""
        return check_of(self.signature.input)

    @cached_property
    def options(self) -> dict[str, Check]:
        """Hold each option to its schema."""
        return {name: check_of(schema) for name, schema in self.signature.options.items()}

    def require(self, inputs: Sequence[Any], options: Mapping[str, Any], settings: ServeSettings) -> None:
        """Refuse what the signature or the server's settings do not allow.

        Raises:
            ApiError: 400, something is not as expected; named by its place, such as inputs.0.3.
        """
        require_bounds(inputs, settings)
        for name, value in options.items():
            if name not in self.options:
                known = ", ".join(["inputs", *self.options])
                raise ApiError(400, f"{name}: expected one of {known}, got another option", name, "unknown_option")
            self.options[name](value, name)
        for number, value in enumerate(inputs):
            self.input(value, f"inputs.{number}")
        self._require_steps(inputs, options, settings)

    def _require_steps(self, inputs: Sequence[Any], options: Mapping[str, Any], settings: ServeSettings) -> None:
        """Refuse to make more steps than the settings allow, over all inputs."""
        lengths = [value.get(_STEPS) for value in inputs if isinstance(value, dict)]
        lengths += [options.get(_STEPS)] * len(inputs)
        steps = sum(length for length in lengths if length) * (options.get("samples") or 1)
        if steps > settings.max_tokens:
            most = f"at most {settings.max_tokens:,} steps over all inputs of a request"
            raise ApiError(400, f"{_STEPS}: expected {most}, got {steps:,}", _STEPS, "too_long")


def checks_of(run: ServedRun) -> Checks:
    """The checks of a run; made once.

    Raises:
        ApiError: 400, its job takes no inputs, or files, which are no paths on this machine.
    """
    if run.job == "video":
        message = f"model {run.name}: expected clips as files, sent to /v1/runs/{run.name}/files"
        raise ApiError(400, message, "model", "expects_files")
    checks = _checks.get(run)
    if checks is None:
        try:
            checks = Checks(run.task.signature())
        except NotImplementedError:
            raise ApiError(400, f"model {run.name}: expected a job with inputs, got {run.job}", "model") from None
        _checks[run] = checks
    return checks


def require_bounds(inputs: Sequence[Any], settings: ServeSettings) -> None:
    """Refuse more inputs, or larger ones, than the settings allow.

    Raises:
        ApiError: 400, there are more.
    """
    if len(inputs) > settings.max_inputs:
        most = f"at most {settings.max_inputs:,} inputs a request"
        raise ApiError(400, f"inputs: expected {most}, got {len(inputs):,}", "inputs", "too_many_inputs")
    size = size_of(inputs)
    if size > settings.max_input_symbols:
        most = f"at most {settings.max_input_symbols:,} characters and numbers over all inputs of a request"
        raise ApiError(400, f"inputs: expected {most}, got {size:,}", "inputs", "too_long")


def size_of(value: Any) -> int:
    """How many characters and numbers a value of JSON holds."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    return 1
