import asyncio

import pytest

from recurra.serve.protection.security_headers import SECURITY_HEADERS, SecurityHeaders


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/v1/completions", 415),
        ("DELETE", "/health", 405),
        ("GET", "/openapi.json", 200),
    ],
)
def test_every_answer_has_them(client, method, path, status):
    answer = client.request(method, path, content=b"x" if method == "POST" else None)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name.decode()] == value.decode()
    assert "server" not in answer.headers


def test_a_stream_has_them_too(client):
    body = {"model": "fox", "prompt": "a", "stream": True}
    with client.stream("POST", "/v1/completions", json=body) as answer:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.read().endswith(b"[DONE]\n\n")


def test_a_route_may_say_otherwise():
    sent = []

    async def app(scope, receive, send):
        headers = [(b"Content-Security-Policy", b"default-src 'self'")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send(message):
        sent.append(message)

    asyncio.run(SecurityHeaders(app)({"type": "http"}, None, send))
    policies = [value for name, value in sent[0]["headers"] if name.lower() == b"content-security-policy"]
    assert policies == [b"default-src 'self'"]
