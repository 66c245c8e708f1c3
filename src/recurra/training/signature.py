"""What goes into a trained task and what comes out of it, as JSON Schemas (json-schema.org, draft 2020-12)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
PROBABILITY: Schema = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Schema = {"type": "integer", "minimum": 0}


@dataclass(frozen=True)
class Signature:
    """What `describe` of a task takes and gives.

    task: the job's name. input: the schema of one input; `describe` takes a list of them. output: of one answer; it
    gives one for each. options: of each further argument, by name.
    """

    task: str
    input: Schema
    output: Schema
    options: dict[str, Schema] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"task": self.task, "input": self.input, "output": self.output, "options": self.options}


def list_of(items: Schema, length: int | None = None) -> Schema:
    """The schema of a list; of so many items, where a length is named."""
    bounds = {} if length is None else {"minItems": length, "maxItems": length}
    return {"type": "array", "items": items} | bounds


def object_of(properties: dict[str, Schema], optional: Sequence[str] = ()) -> Schema:
    """The schema of an object with these properties, all of them there but for the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def either(*schemas: Schema) -> Schema:
    """The schema of what fits one schema or another."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def default(schema: Schema, value: Any) -> Schema:
    """A schema that says what is taken where nothing is chosen."""
    return schema | {"default": value}
