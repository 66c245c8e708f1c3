import pytest

from recurra.serve.errors import ApiError
from recurra.serve.protection.error_answers import ErrorAnswers


def failing(error, begins=False):
    async def app(scope, receive, send):
        if begins:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return app


def test_an_error_is_answered_in_the_apis_form(ask):
    answer = ask(ErrorAnswers(failing(ApiError(413, "body: too large", code="large", headers={"Retry-After": "1"}))))
    assert (answer.status, answer.headers["retry-after"], answer.error["code"]) == (413, "1", "large")


def test_nothing_of_an_error_of_the_program_is_told(ask, caplog):
    answer = ask(ErrorAnswers(failing(RuntimeError("secret"))))
    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    assert b"secret" not in answer.body
    assert "a request failed" in caplog.text


def test_an_answer_that_has_begun_cannot_become_another(ask):
    with pytest.raises(RuntimeError, match="late"):
        ask(ErrorAnswers(failing(RuntimeError("late"), begins=True)))
