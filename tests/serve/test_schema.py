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

from recurra.serve import ServeSettings, create_app
from recurra.serve.runs import Runs

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


def test_so_are_those_of_generators(series_run, clips_run, serve_app):
    app = create_app(Runs([series_run, clips_run]), ServeSettings(sessions="", real_samples="all"))
    with serve_app(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
        for path, method in (("sample", "POST"), ("real", "GET"), ("generator", "GET")):
            operation = schema[f"/v1/runs/{{name}}/{path}"][method]
            for run in (series_run, clips_run):
                hold(operation, path_parameters={"name": run.name})


def test_so_are_those_of_files_and_of_hugging_face(tones_run, moves_run, classifier_run, tagger_run, run, serve_app):
    runs = [tones_run, moves_run, classifier_run, tagger_run, run]
    app = create_app(Runs(runs), ServeSettings(sessions=""))
    with serve_app(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
        for path in ("/v1/runs/{name}/files", "/models/{name}"):
            for folder in runs:
                hold(schema[path]["POST"], path_parameters={"name": folder.name})


def test_so_are_those_of_explanations(run, serve_app, stand_in):
    stand_in("write()")
    app = create_app(Runs([run]), ServeSettings(sessions="", real_samples="all"))
    with serve_app(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
        operation = schema["/v1/runs/{name}/explain"]["POST"]
        hold(operation, path_parameters={"name": "fox"})
        case = operation.Case(path_parameters={"name": "fox"}, body={}, media_type="application/json")
        answer = case.call_and_validate(headers=HEADERS, checks=CHECKS)
        [page] = [schema["/v1/reports/{report}"]["GET"]]
        number = answer.json()["html"].rpartition("/")[2]
        for report, status in ((number, 200), ("0" * 64, 404)):
            case = page.Case(path_parameters={"report": report})
            assert case.call_and_validate(headers=HEADERS, checks=CHECKS).status_code == status


def hold(operation, **fixed):
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
        case = data.draw(operation.as_strategy(**fixed))
        case.call_and_validate(headers=HEADERS, checks=CHECKS)

    ask()
