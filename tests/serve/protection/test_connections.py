import asyncio
import json
import socket
import threading
import time

import pytest

ONE = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi"


def connected(address):
    return socket.create_connection(address, timeout=20)


def read_all(connection):
    """What comes until the server closes."""
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def read_one(connection):
    """An answer with two bytes of a body."""
    data = b""
    while not data.endswith((b"\r\n\r\nhi", b"\r\nhi\r\n0\r\n\r\n")):
        part = connection.recv(1 << 16)
        assert part, data
        data += part
    return data


def error_of(answer):
    assert b"x-content-type-options: nosniff" in answer
    return json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


def test_requests_follow_each_other_on_a_connection(listen, echo):
    with listen(echo) as address, connected(address) as connection:
        for _ in range(3):
            connection.sendall(ONE)
            assert read_one(connection).startswith(b"HTTP/1.1 200 OK")
        connection.sendall(ONE + ONE)  # together: answered one after the other
        data = read_one(connection)
        while data.count(b"HTTP/1.1 200 OK") < 2:
            data += read_one(connection)


def test_a_connection_that_says_nothing_is_closed(listen, echo):
    with listen(echo, header_seconds=0.1) as address, connected(address) as connection:
        assert read_all(connection) == b""


@pytest.mark.parametrize("begun", [b"POST / HT", b"POST / HTTP/1.1\r\nhost: loc", b"POST / HTTP/1.1\r\nhost: a\r\n"])
def test_headers_that_do_not_end_are_refused(listen, echo, begun):
    with listen(echo, header_seconds=0.2) as address, connected(address) as connection:
        connection.sendall(begun)
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert error_of(answer)["code"] == "headers_too_slow"


def test_the_next_request_on_a_connection_is_bounded_too(listen, echo):
    with listen(echo, header_seconds=0.2) as address, connected(address) as connection:
        connection.sendall(ONE)
        read_one(connection)
        connection.sendall(b"\r\n")  # nothing of a request, though something
        assert read_all(connection)[:13] in (b"HTTP/1.1 408 ", b"")


def test_an_idle_connection_is_closed_after_a_while(listen, echo):
    with listen(echo, keep_alive_seconds=1, header_seconds=0.1) as address, connected(address) as connection:
        connection.sendall(ONE)
        read_one(connection)
        time.sleep(0.3)
        connection.sendall(ONE)  # it waits for longer than headers may take
        read_one(connection)
        assert read_all(connection) == b""


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("name", [b"x: ", b""])
def test_headers_that_are_too_large_are_refused(listen, echo, is_whole, name):
    with listen(echo, max_header_bytes=2000) as address, connected(address) as connection:
        line = b"POST / HTTP/1.1\r\n" + (name + b"a" * 3000 if name else b"x: " + b"b: c\r\nd: " * 300)
        connection.sendall(line + (b"\r\n\r\n" if is_whole else b""))
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert error_of(answer)["code"] == "headers_too_large"


@pytest.mark.parametrize(
    "rubbish", [b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
)
def test_what_is_no_http_is_told_so(listen, echo, rubbish):
    with listen(echo) as address, connected(address) as connection:
        connection.sendall(rubbish)
        answer = read_all(connection)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert error_of(answer)["code"] == "invalid_http"


def test_the_rest_of_a_body_that_was_refused_is_read_for_a_while(listen):
    async def refuse(scope, receive, send):
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})

    with listen(refuse, header_seconds=0.5, max_header_bytes=1000) as address:
        with connected(address) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\ncontent-length: 400000\r\n\r\n")
            assert read_one(connection).startswith(b"HTTP/1.1 413 ")
            connection.sendall(b"a" * 400000)
            connection.sendall(ONE)
            assert read_one(connection).startswith(b"HTTP/1.1 413 ")
        with connected(address) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\ncontent-length: 400000\r\n\r\n")
            read_one(connection)
            connection.sendall(b"a" * 1000)  # and then nothing
            assert read_all(connection) == b""


def test_a_client_that_does_not_read_is_given_up(listen):
    ended = threading.Event()

    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await _next(receive)) is None:
            await send({"type": "http.response.body", "body": b"a" * 10_000, "more_body": True})
        ended.set()

    async def _next(receive):
        try:
            async with asyncio.timeout(0.001):
                message = await receive()
                return message if message["type"] == "http.disconnect" else None
        except TimeoutError:
            return None

    with listen(endless, write_seconds=0.2) as address, connected(address) as connection:
        connection.sendall(ONE)
        assert ended.wait(20)


def test_of_requests_that_came_together_the_first_hears_that_the_client_has_gone(listen):
    heard = threading.Event()

    async def wait(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        heard.set()

    with listen(wait) as address:
        with connected(address) as connection:
            connection.sendall(ONE * 3)
            time.sleep(0.2)
        assert heard.wait(20)


def test_where_too_many_connections_come_those_give_way_that_say_nothing(listen, echo):
    with listen(echo, max_connections=5) as address:
        silent = [connected(address) for _ in range(20)]
        with connected(address) as connection:
            connection.sendall(ONE)
            assert read_one(connection).startswith(b"HTTP/1.1 200 OK")
        assert read_all(silent[0]) == b""  # the first ones are closed
        silent[-1].sendall(ONE)
        assert read_one(silent[-1]).startswith(b"HTTP/1.1 200 OK")
        for each in silent:
            each.close()
