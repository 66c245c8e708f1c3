"""Requests in which null stands for the default, as clients of such APIs send it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class NullDefaults(BaseModel):
    """What a client may send: fields that are null are as those that are missing, and unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None}
