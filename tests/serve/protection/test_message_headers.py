import asyncio

import pytest

from recurra.serve.protection.message_headers import at_start, has_body, header


def test_a_header_is_found_by_its_name():
    scope = {"headers": [(b"a", b"1"), (b"b", b"2"), (b"b", b"3")]}
    assert (header(scope, b"b"), header(scope, b"c")) == ("2", None)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"3")], True),
        ([(b"transfer-encoding", b"chunked")], True),
    ],
)
def test_whether_there_is_a_body_is_seen_by_the_headers(headers, expected):
    assert has_body({"headers": headers}) is expected


def test_only_the_start_of_an_answer_is_changed():
    changed, sent = [], []

    async def send(message):
        sent.append(message)

    async def answer():
        sending = at_start(send, changed.append)
        for kind in ("http.response.start", "http.response.body", "http.response.body"):
            await sending({"type": kind})

    asyncio.run(answer())
    assert [message["type"] for message in changed] == ["http.response.start"]
    assert len(sent) == 3
