import pytest

from recurra.serve.errors import ApiError
from recurra.serve.protection.origins import Origins
from recurra.serve.protection.settings import ProtectionSettings

HOST = {"host": "127.0.0.1:8000"}


def origins(app, *allowed):
    return Origins(app, ProtectionSettings(cors=allowed))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": "same-origin", "origin": "https://behind.a.proxy"},
        {"sec-fetch-site": "none"},
    ],
)
def test_programs_and_the_page_itself_are_let_in(ask, echo, headers):
    assert ask(origins(echo), headers=HOST | headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9000"},
        {"origin": "null"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_pages_of_other_sites_change_nothing(ask, echo, headers, method):
    with pytest.raises(ApiError, match="origin: expected this server's own page") as raised:
        ask(origins(echo), method=method, headers=HOST | headers)
    assert raised.value.status == 403


def test_reading_is_left_to_what_browsers_hold_pages_to(ask, echo):
    assert ask(origins(echo), method="GET", headers=HOST | {"sec-fetch-site": "cross-site"}).status == 200


@pytest.mark.parametrize("allowed", ["https://good.example", "https://Good.example/", "*"])
def test_an_origin_can_be_let_in(ask, echo, allowed):
    headers = HOST | {"origin": "https://good.example", "sec-fetch-site": "cross-site"}
    assert ask(origins(echo, allowed), headers=headers).status == 200


def test_what_another_origin_may_ask_is_off_unless_it_is_let_in(run, serve):
    wish = {"origin": "https://good.example", "access-control-request-method": "POST"}
    with serve(run) as client:
        assert "access-control-allow-origin" not in client.options("/v1/completions", headers=wish).headers
    with serve(run, cors=("https://good.example",)) as client:
        answer = client.options("/v1/completions", headers=wish | {"access-control-request-headers": "authorization"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://good.example")
        wrong = client.post("/v1/completions", headers={"origin": "https://good.example"}, content=b"x")
        assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (415, "https://good.example")
        assert client.options("/v1/completions", headers=wish | {"origin": "https://evil.example"}).status_code == 400
