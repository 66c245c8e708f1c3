import pytest

from recurra.serve.errors import ApiError
from recurra.serve.protection.content_types import ContentTypes


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_taken(ask, echo, content_type):
    headers = {"content-type": content_type, "content-length": "2"}
    assert ask(ContentTypes(echo), [b"{}"], headers=headers).body == b"{}"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""]
)
def test_what_a_form_may_send_is_refused(ask, echo, content_type):
    headers = {"content-type": content_type, "content-length": "2"}
    with pytest.raises(ApiError, match="content-type: expected application/json") as raised:
        ask(ContentTypes(echo), [b"{}"], headers=headers)
    assert raised.value.status == 415


def test_a_body_without_a_type_is_refused_and_no_body_needs_none(ask, echo):
    with pytest.raises(ApiError, match="got none"):
        ask(ContentTypes(echo), [b"{}"], headers={"content-length": "2"})
    assert ask(ContentTypes(echo), headers={"content-length": "0"}).status == 200


def test_a_path_of_files_takes_those_alone(ask, echo):
    path, length = "/v1/runs/demo/files", {"content-length": "2"}
    assert ask(ContentTypes(echo), [b"ab"], path=path, headers={"content-type": "multipart/form-data", **length}).body
    with pytest.raises(ApiError, match=r"multipart/form-data or .* or video/\*, got 'application/json'"):
        ask(ContentTypes(echo), [b"{}"], path=path, headers={"content-type": "application/json", **length})
