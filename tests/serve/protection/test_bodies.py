import pytest

from recurra.serve.errors import ApiError
from recurra.serve.protection.bodies import Bodies
from recurra.serve.protection.settings import ProtectionSettings

CHUNKED = {"transfer-encoding": "chunked"}
LARGE = "/v1/runs/demo/files"


async def catching(scope, receive, send):
    """An application that answers 400 whatever goes wrong with the body, as web frameworks do."""
    try:
        while (await receive()).get("more_body"):
            pass
        status = 200
    except Exception:
        status = 400
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_a_body_arrives_as_it_was_sent(ask, echo):
    bodies = Bodies(echo, ProtectionSettings(max_body_bytes=6, max_upload_bytes=6))
    for path in ("/path", LARGE):
        assert ask(bodies, [b"abc", b"", b"def"], path=path, headers=CHUNKED).body == b"abcdef"
    assert ask(bodies, path="/path", method="GET").body == b""


@pytest.mark.parametrize("path", ["/path", LARGE])
@pytest.mark.parametrize(("headers", "read"), [(CHUNKED, 2), ({"content-length": "7"}, 0)])
def test_a_body_that_is_too_large_is_refused_as_soon_as_that_is_known(ask, echo, path, headers, read):
    pieces = [b"abcd", b"efg", *[b"x"] * 10]
    before = len(pieces)
    parts = iter(pieces)
    bodies = Bodies(echo, ProtectionSettings(max_body_bytes=6, max_upload_bytes=6))
    with pytest.raises(ApiError, match="body: expected at most 6 bytes") as raised:
        ask(bodies, parts, path=path, headers=headers)
    assert raised.value.status == 413
    assert before == len(pieces)


def test_uploads_have_a_bound_of_their_own(ask, echo):
    bodies = Bodies(echo, ProtectionSettings(max_body_bytes=1, max_upload_bytes=100))
    assert ask(bodies, [b"abcdef"], path=LARGE, headers=CHUNKED).body == b"abcdef"
    with pytest.raises(ApiError, match="1 bytes"):
        ask(bodies, [b"abcdef"], headers=CHUNKED)


@pytest.mark.parametrize("path", ["/path", LARGE])
def test_a_slow_body_is_refused(ask, echo, path):
    bodies = Bodies(echo, ProtectionSettings(body_seconds=0.05, upload_seconds=0.05))
    with pytest.raises(ApiError, match="expected it within") as raised:
        ask(bodies, [b"a"] * 1000, pause=0.01, path=path, headers=CHUNKED)
    assert raised.value.status == 408


def test_the_refusal_is_told_whatever_the_application_makes_of_it(ask):
    bodies = Bodies(catching, ProtectionSettings(max_upload_bytes=2))
    with pytest.raises(ApiError) as raised:
        ask(bodies, [b"abc"], path=LARGE, headers=CHUNKED)
    assert raised.value.status == 413
    assert ask(bodies, [b"ab"], path=LARGE, headers=CHUNKED).status == 200


def test_all_bodies_together_are_bounded_and_given_back(ask, echo):
    bodies = Bodies(echo, ProtectionSettings(max_held_bytes=5))
    with pytest.raises(ApiError) as raised:
        ask(bodies, [b"abc", b"def"], headers=CHUNKED)
    assert (raised.value.status, raised.value.headers) == (503, {"Retry-After": "1"})
    for _ in range(3):
        assert ask(bodies, [b"abc"], headers=CHUNKED).status == 200
