import jsonschema
import pytest

from recurra.serve.errors import ApiError
from recurra.serve.jobs.schema import check_of

SCHEMAS = [
    {"type": "string"},
    {"type": ["integer", "null"], "minimum": 0, "maximum": 5},
    {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "a share", "default": 1},
    {"type": "boolean"},
    {"enum": [None, "a", 1, True]},
    {"type": "array", "items": {"type": "string", "pattern": r"\S"}},
    {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "number"}, {"type": "array", "items": {}}]}},
    {
        "type": "object",
        "properties": {"seed": {"type": "integer"}, "label": {"type": "string", "enum": ["x", "y"]}},
        "required": ["seed"],
        "additionalProperties": False,
    },
    {"type": "object", "properties": {"seed": {"type": "null"}}},
]
VALUES = [None, True, False, 0, 1, -1, 5, 6, 0.5, 1.5, "", "a", " ", [], [1], [1, 2], ["a"], ["a", " "], [[1], 2], [[]]]
VALUES += [{}, {"seed": 1}, {"seed": "a"}, {"seed": 1, "label": "x"}, {"seed": 1, "label": "z"}, {"seed": 1, "more": 2}]


def _fits(schema, value):
    try:
        check_of(schema)(value, "value")
    except ApiError:
        return False
    return True


@pytest.mark.parametrize("schema", SCHEMAS)
def test_it_agrees_with_jsonschema(schema):
    validator = jsonschema.Draft202012Validator(schema)
    fitting = [value for value in VALUES if validator.is_valid(value)]
    assert [value for value in VALUES if _fits(schema, value)] == fitting
    assert 0 < len(fitting) < len(VALUES)


def test_a_keyword_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="expected keywords that are known, got multipleOf"):
        check_of({"type": "integer", "multipleOf": 2})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.0])
def test_what_is_no_whole_number_in_json_is_refused(value):
    assert not _fits({"type": "integer"}, value)


def test_errors_name_the_place_and_what_was_expected():
    check = check_of({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}})
    with pytest.raises(ApiError) as caught:
        check([{"a": 1}, {"a": "x" * 200}], "inputs")
    assert caught.value.param == "inputs.1.a"
    assert caught.value.message.startswith('inputs.1.a: expected a whole number, got "xxx')
    assert len(caught.value.message) < 140
