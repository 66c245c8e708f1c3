"""What no honest client sends: it is refused, nothing fails, and the next honest request is answered as before."""

import json
import socket

import pytest

BODY = {"model": "fox", "prompt": "the ", "max_tokens": 20, "seed": 3}
JSON = {"content-type": "application/json"}

BODIES = {
    "nothing": b"",
    "no UTF-8": b"\xff\xfe\x00",
    "half a character": b'{"model": "\xc3\x28"}',
    "half of a surrogate pair": b'{"model": "fox", "prompt": "\\ud800"}',
    "half of a pair as the model": b'{"model": "\\ud800", "prompt": "a"}',
    "half of a pair as a name": b'{"model": "fox", "\\udc00": 1}',
    "half of a pair to stop at": b'{"model": "fox", "prompt": "a", "stop": ["\\ud800"]}',
    "deep lists": b"[" * 200_000,
    "deep lists that end": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep lists as a prompt": b'{"model": "fox", "prompt": ' + b"[" * 900 + b"]" * 900 + b"}",
    "a long number": b"1" * 100_000,
    "a long number of symbols": b'{"model": "fox", "prompt": "a", "max_tokens": ' + b"9" * 5000 + b"}",
    "numbers that are none": b'{"model": "fox", "max_tokens": NaN, "temperature": Infinity}',
    "a number beyond all": b'{"model": "fox", "temperature": 1e999}',
    "many small objects": b"[" + b"{}," * 100_000 + b"{}]",
    "many symbols": b'{"model": "fox", "prompt": [' + b"0," * 300_000 + b"99]}",
    "the wrong kind": b'{"model": ["fox"], "prompt": {"a": 1}}',
    "null": b"null",
    "zeros": b"\x00" * 1000,
    "a form": b"model=fox&prompt=a",
    "two values": b'{"model": "fox"} {"model": "fox"}',
    "a comma too many": b'{"model": "fox",}',
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "UTF-16": json.dumps({"model": 1}).encode("utf-16"),
}

PATHS = [
    "/../../etc/passwd",
    "/page/../../../../etc/passwd",
    "/page/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/page/..%2f..%2f..%2fetc%2fpasswd",
    "/page/%2fetc%2fpasswd",
    "/page/%00",
    "/v1/models/..%2f..%2fetc%2fpasswd",
    "/v1/models/%00",
    "/v1/models/%ff%fe",
    "/v1/models/" + "a" * 10_000,
    "/sessions/..%2f..%2fetc%2fpasswd",
    "/sessions/%00",
    "/sessions/%ff",
    "/sessions/" + "a" * 10_000,
    "/sessions/x/export",
    "/v1/runs/..%2f../describe",
    "/models/..%2f..",
    "//evil.example/",
    "/%ff%fe",
]


POST = b"POST /v1/completions HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture
def honest(client):
    """What an honest client is answered before, which must be the same after."""

    def text():
        return client.post("/v1/completions", json=BODY).json()["choices"][0]["text"]

    before = text()
    yield
    assert text() == before


@pytest.mark.usefixtures("honest")
@pytest.mark.parametrize("path", ["/v1/completions", "/tokenize", "/detokenize", "/sessions"])
def test_bodies_of_rubbish_are_refused(client, path):
    for name, body in BODIES.items():
        answer = client.post(path, content=body, headers=JSON)
        assert 400 <= answer.status_code < 500, name
        assert answer.json()["error"]["message"], name
        assert len(answer.content) < 5_000, name


@pytest.mark.usefixtures("honest")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_paths_lead_nowhere(client, path):
    for method in ("GET", "POST", "DELETE"):
        answer = client.request(method, f"http://127.0.0.1{path}", json=None if method == "GET" else {})
        assert 400 <= answer.status_code < 500
        assert "root:" not in answer.text


@pytest.mark.usefixtures("honest")
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "TRACE", "OPTIONS", "BREW"])
def test_other_methods_are_refused(client, method):
    for path in ("/health", "/v1/models", "/v1/completions", "/metrics", "/nowhere"):
        assert client.request(method, path).status_code in (404, 405)


@pytest.mark.usefixtures("honest")
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json; charset=utf-7"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "authorization": "Bearer " + "a" * 10_000},
        {"content-type": "application/json", "x-request-id": "a" * 10_000},
        {"content-type": "application/json", "origin": "http://["},
        {"content-type": "application/json", "x-forwarded-for": "not, an, address"},
    ],
)
def test_odd_headers_break_nothing(client, headers):
    answer = client.post("/v1/completions", content=json.dumps(BODY).encode(), headers=headers)
    assert answer.status_code in (200, 400, 403, 415)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"CONNECT evil.example:80 HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\nhost: localhost\r\n\r\n",
        POST + b"content-length: -1\r\n\r\n",
        POST + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab",
        POST + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\nrubbish\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET /health HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: \xff\xfe\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: localhost\r\nx: a\x00b\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:30]),
)
def test_what_is_hardly_http_is_answered_or_closed(listen, app, sent, caplog):
    with listen(app, header_seconds=0.3) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(sent)
        answer = connection.recv(1 << 16)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
        assert not answer.startswith(b"HTTP/1.1 5")
    assert "Exception" not in caplog.text
