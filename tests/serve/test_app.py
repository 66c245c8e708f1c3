import subprocess
import sys


def test_what_is_served_is_described(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/health", "/v1/models", "/v1/completions", "/tokenize", "/v1/runs/{name}/describe"} <= set(paths)


def test_pages_that_load_from_other_machines_are_off(client):
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_what_no_path_names_is_answered_in_the_apis_form(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "not_found_error"


def test_the_package_needs_no_server_to_be_imported():
    code = "import recurra, recurra.serve, sys; assert 'fastapi' not in sys.modules, 'fastapi'"
    subprocess.run([sys.executable, "-c", code], check=True)
