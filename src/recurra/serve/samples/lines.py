"""Lines of text over HTTP: a list in JSON, and plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

from recurra.serve.errors import ApiError
from recurra.serve.samples.kind import Kind
from recurra.serve.samples.request import SampleRequest
from recurra.tasks.text_gan.task import TextGAN


class LinesKind(Kind):
    """Lines of text."""

    field = "lines"
    media_types = ("text/plain",)

    def given(self, task: Any, value: str | list[str]) -> list[str]:
        """The beginnings of lines; a text would name a file to the job."""
        if isinstance(value, str):
            raise ApiError(400, "given: expected a list of beginnings, got a text", "given", "wrong_form")
        return value

    def labels(self, task: TextGAN) -> Sequence[str]:
        """The classes of lines."""
        return () if task.symbols_ is None else task.symbols_.labels

    def content(self, task: Any, samples: Sequence[str], request: SampleRequest) -> Mapping[str, Any]:
        """The lines."""
        return {"lines": list(samples)}
