"""What a client sends, held to the JSON Schemas of a run's signature; by the keywords that signatures use.

A schema is turned into a function once; a keyword that is not known here is refused then, so that none is passed over.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from recurra.serve.errors import ApiError
from recurra.training.signature import Schema

Check = Callable[[Any, str], None]
"""Holds a value to a schema; told what an error calls the value.

Raises:
    ApiError: 400, the value does not fit.
"""

_NOTES = frozenset(
    {"description", "default", "examples", "contentEncoding", "contentMediaType"}
)  # say something, and bound nothing
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minimum": ("at least", lambda value, bound: value >= bound),
    "maximum": ("at most", lambda value, bound: value <= bound),
    "exclusiveMinimum": ("more than", lambda value, bound: value > bound),
}
_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a text", lambda value: isinstance(value, str)),
    "integer": ("a whole number", lambda value: type(value) is int),
    "number": ("a number", lambda value: type(value) is int or (type(value) is float and math.isfinite(value))),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "null": ("null", lambda value: value is None),
    "array": ("a list", lambda value: isinstance(value, list)),
    "object": ("an object", lambda value: isinstance(value, dict)),
}


def check_of(schema: Schema) -> Check:
    """The check of a schema.

    Raises:
        ValueError: it has a keyword that is not known.
    """
    left = {keyword: value for keyword, value in schema.items() if keyword not in _NOTES}
    checks: list[Check] = []
    if "anyOf" in left:
        checks.append(_any_of([check_of(part) for part in left.pop("anyOf")]))
    if "enum" in left:
        checks.append(_one_of(left.pop("enum")))
    if "type" in left:
        checks.append(_of_type(left.pop("type")))
    for keyword in _BOUNDS.keys() & left.keys():
        checks.append(_bounded(keyword, left.pop(keyword)))
    if "pattern" in left:
        checks.append(_matching(left.pop("pattern")))
    if {"items", "minItems", "maxItems"} & left.keys():
        checks.append(_list(left.pop("items", {}), left.pop("minItems", 0), left.pop("maxItems", None)))
    if {"properties", "required", "additionalProperties"} & left.keys():
        checks.append(
            _object(left.pop("properties", {}), left.pop("required", []), left.pop("additionalProperties", True))
        )
    if left:
        raise ValueError(f"schema: expected keywords that are known, got {', '.join(left)}")
    if len(checks) == 1:
        return checks[0]

    def check(value: Any, place: str) -> None:
        for part in checks:
            part(value, place)

    return check


def refuse(place: str, expected: str, value: Any) -> ApiError:
    """The error of a value that does not fit."""
    got = json.dumps(value, ensure_ascii=False)
    got = got if len(got) <= 80 else f"{got[:77]}..."
    return ApiError(400, f"{place}: expected {expected}, got {got}", param=place, code="invalid_value")


def _of_type(names: str | list[str]) -> Check:
    kinds = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    expected = " or ".join(words for words, _ in kinds)
    if len(kinds) == 1:
        ((_, fits),) = kinds
    else:

        def fits(value: Any) -> bool:
            return any(each(value) for _, each in kinds)

    def check(value: Any, place: str) -> None:
        if not fits(value):
            raise refuse(place, expected, value)

    return check


def _one_of(values: list[Any]) -> Check:
    shown = ", ".join("null" if value is None else str(value) for value in values[:20])
    expected = f"one of {shown}{', ...' if len(values) > 20 else ''}"

    def check(value: Any, place: str) -> None:
        if not any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in values):
            raise refuse(place, expected, value)

    return check


def _bounded(keyword: str, bound: float) -> Check:
    words, fits = _BOUNDS[keyword]

    def check(value: Any, place: str) -> None:
        if isinstance(value, int | float) and not fits(value, bound):
            raise refuse(place, f"a number of {words} {bound:g}", value)

    return check


def _matching(pattern: str) -> Check:
    search = re.compile(pattern).search

    def check(value: Any, place: str) -> None:
        if isinstance(value, str) and not search(value):
            raise refuse(place, f"a text that matches {pattern}", value)

    return check


def _list(items: Schema, least: int, most: int | None) -> Check:
    check_item = check_of(items)
    if least == most:
        expected = f"a list of {least}"
    else:
        expected = f"a list of at least {least}" if most is None else f"a list of {least} to {most}"

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list):
            return
        if len(value) < least or (most is not None and len(value) > most):
            raise refuse(place, expected, value)
        for number, item in enumerate(value):
            check_item(item, f"{place}.{number}")

    return check


def _object(properties: dict[str, Schema], required: list[str], additional: bool) -> Check:
    checks = {name: check_of(schema) for name, schema in properties.items()}
    known = ", ".join(properties) or "nothing"

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            return
        for name in required:
            if name not in value:
                raise refuse(place, f"an object with {name}", value)
        for name, part in value.items():
            if name in checks:
                checks[name](part, f"{place}.{name}")
            elif not additional:
                raise refuse(f"{place}.{name}", f"none but {known}", part)

    return check


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any, place: str) -> None:
        errors = []
        for each in checks:
            try:
                return each(value, place)
            except ApiError as error:
                errors.append(error)
        raise max(reversed(errors), key=lambda error: (error.param or "").count("."))  # of what the value is most like

    return check
