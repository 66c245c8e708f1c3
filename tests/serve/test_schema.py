"""The application held to its own description: what it answers has the form that it promises, and nothing fails."""

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
HEADERS = {"host": "127.0.0.1"}


def test_answers_are_as_the_description_says(app, serve_app):
    with serve_app(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
        operations = [result.ok() for result in schema.get_all_operations()]
        assert len(operations) > 8
        for operation in operations:
            hold(operation)


def hold(operation):
    """Ask one operation in many ways, alike at every run."""

    @given(st.data())
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(data):
        case = data.draw(operation.as_strategy())
        case.call_and_validate(headers=HEADERS, checks=CHECKS)

    ask()
