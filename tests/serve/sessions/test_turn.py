import base64
import json
import time

import httpx
import pytest

from recurra.serve.writing.engine import READ_AT_ONCE

KINDS = ("char", "word", "bpe")


@pytest.fixture
def session(client):
    """The id of a session without turns."""
    return client.post("/sessions", json={"model": "fox"}).json()["id"]


def _text(answer):
    return answer["choices"][0]["text"]


def _turns(client, session):
    return client.get(f"/sessions/{session}").json()["turns"]


@pytest.mark.parametrize("stream", [False, True])
def test_two_turns_are_one_text(client, complete, session, stream):
    def ask(**body):
        answer = client.post("/v1/completions", json={"model": "fox", "max_tokens": 50, "stream": stream} | body)
        if not stream:
            return answer.json()
        events = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line and line != "data: [DONE]"]
        assert [event["turn"] for event in events if "turn" in event] == [events[-1]["turn"]], "in the last event alone"
        text = "".join(event["choices"][0]["text"] for event in events)
        return events[-1] | {"choices": [{"text": text}]}

    turns = [ask(prompt="the ", session=session, seed=3), ask(session=session), ask(session=session)]
    assert [turn["turn"] for turn in turns] == [1, 2, 3]
    assert {turn["session"] for turn in turns} == {session}
    assert "".join(map(_text, turns)) == _text(complete(client, seed=3, max_tokens=150))


@pytest.mark.parametrize("kind", KINDS)
def test_at_a_seam_a_text_of_any_symbols_is_whole(runs_of_kinds, serve, complete, kind):
    with serve(runs_of_kinds[kind]) as client:
        ask = {"model": kind, "prompt": "and more", "seed": 2}
        whole = _text(complete(client, **ask, max_tokens=40, return_state=True))
        assert whole[:1].isspace() or kind != "word"
        id_ = client.post("/sessions", json={"model": kind}).json()["id"]
        text = _text(complete(client, **ask, max_tokens=0, session=id_))
        assert text == ""
        for length in (1, 1, 1, 2, 0, 3, 1, 1, 10, 20):
            text += _text(complete(client, model=kind, prompt="", max_tokens=length, session=id_))
        assert text == whole
        assert "".join(turn["prompt"] + turn["text"] for turn in _turns(client, id_)) == "and more" + whole


def test_a_space_at_the_end_of_a_prompt_stands_for_the_one_between_words(runs_of_kinds, serve, complete):
    with serve(runs_of_kinds["word"]) as client:
        spaced = complete(client, model="word", prompt="and more ", max_tokens=0, return_state=True)["state"]
        tight = complete(client, model="word", prompt="and more", max_tokens=0, return_state=True)["state"]
        ask = {"model": "word", "prompt": "", "max_tokens": 5, "seed": 1}
        assert " " + _text(complete(client, **ask, state=spaced)) == _text(complete(client, **ask, state=tight))


def test_a_prompt_goes_on_from_the_text_so_far(client, complete, session):
    complete(client, session=session, max_tokens=0, prompt="the quick brown ")
    answer = complete(client, session=session, prompt="fox ", seed=4)
    assert answer["usage"]["prompt_tokens"] == 4
    assert _text(answer) == _text(complete(client, prompt="the quick brown fox ", seed=4))
    symbols = client.post("/tokenize", json={"prompt": "fox "}).json()["tokens"]
    client.post(f"/sessions/{session}/rewind", json={"turn": 1})
    assert _text(complete(client, session=session, prompt=symbols, seed=4)) == _text(answer)
    client.post(f"/sessions/{session}/rewind", json={"turn": 1})
    assert _text(complete(client, session=session, prompt=["fox "], seed=4)) == _text(answer)


def test_a_long_prompt_is_read_piece_by_piece(client, complete, session):
    long = "the quick brown fox " * (READ_AT_ONCE // 10)
    complete(client, session=session, max_tokens=0)
    first = complete(client, session=session, prompt=long, seed=4)
    client.post(f"/sessions/{session}/rewind", json={"turn": 1})
    assert complete(client, session=session, prompt=long, seed=4)["choices"] == first["choices"]


def test_a_client_may_keep_the_state(client, complete):
    first = complete(client, seed=3, return_state=True)
    second = complete(client, prompt="", state=first["state"], return_state=True)
    third = complete(client, prompt="", state=second["state"])
    assert "state" not in third
    assert "session" not in third
    assert _text(first) + _text(second) + _text(third) == _text(complete(client, seed=3, max_tokens=60))
    assert complete(client, prompt="", state=first["state"])["choices"] == second["choices"], "it can be used again"


def test_a_session_gives_its_state_too(client, complete, session):
    state = complete(client, session=session, seed=3, return_state=True)["state"]
    assert base64.b64decode(state) == client.get(f"/sessions/{session}/export").content
    after = complete(client, prompt="", state=state)["choices"]
    assert after == complete(client, session=session, prompt="")["choices"]


def test_without_a_seed_every_turn_is_drawn_anew(client, complete, session):
    complete(client, session=session, max_tokens=5)
    texts = set()
    for _ in range(3):
        texts.add(_text(complete(client, session=session, prompt="", max_tokens=50)))
        client.post(f"/sessions/{session}/rewind", json={"turn": 1})
    assert len(texts) == 3


def test_a_seed_begins_its_draws_anew(client, complete, session):
    complete(client, session=session, seed=1)
    second = complete(client, session=session, prompt="", seed=2)
    third = complete(client, session=session, prompt="")
    client.post(f"/sessions/{session}/rewind", json={"turn": 1})
    again = complete(client, session=session, prompt="", seed=2, max_tokens=40)
    assert _text(again) == _text(second) + _text(third)


def test_after_a_stop_string_the_next_turn_goes_on_behind_it(client, complete, session):
    whole = _text(complete(client, seed=3, max_tokens=60))
    stop = whole[20:22]
    before, _, behind = whole.partition(stop)
    first = complete(client, session=session, seed=3, max_tokens=60, stop=stop)
    assert (_text(first), first["choices"][0]["finish_reason"]) == (before, "stop")
    assert _turns(client, session)[0]["cut"] == stop
    second = complete(client, session=session, prompt="", max_tokens=len(behind))
    assert _text(second) == behind


def test_log_probabilities_of_a_prompt_that_goes_on_are_all_known(client, complete, session):
    complete(client, session=session, prompt="the quick ", max_tokens=0)
    ask = {"max_tokens": 3, "echo": True, "logprobs": 1, "seed": 1}
    shown = complete(client, session=session, prompt="brown", **ask)["choices"][0]
    whole = complete(client, prompt="the quick brown", **ask)["choices"][0]
    assert shown["text"] == whole["text"].removeprefix("the quick ")
    assert shown["logprobs"]["tokens"] == whole["logprobs"]["tokens"][10:]
    known = whole["logprobs"]["token_logprobs"][10:]
    assert shown["logprobs"]["token_logprobs"] == pytest.approx(known, abs=1e-5)
    alone = complete(client, session=session, prompt="", **ask)["choices"][0]
    assert len(alone["logprobs"]["tokens"]) == 3


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"n": 2}, "n"),
        ({"prompt": ["a", "b"]}, "n"),
        ({"prompt": []}, "n"),
        ({"state": "AAAA"}, "state"),
        ({"session": "x" * 101}, "session"),
        ({"session": 1}, "session"),
        ({"return_state": "yes"}, "return_state"),
    ],
    ids=str,
)
def test_what_is_no_turn_is_refused(client, complete, session, body, name):
    error = complete(client, 400, **{"session": session} | body)["error"]
    assert name in f"{error['param']} {error['message']}"
    assert _turns(client, session) == []
    assert complete(client, session=session)["turn"] == 1, "it is not held any more"


@pytest.mark.parametrize("body", [{"prompt": "♥"}, {"prompt": [10_000]}, {"max_tokens": 10**6}], ids=str)
def test_a_request_that_is_refused_lets_go_of_the_session(client, complete, session, body):
    complete(client, 400, session=session, **body)
    assert complete(client, session=session)["turn"] == 1


def test_a_session_takes_one_request_at_once(client, complete, session):
    busy = client.app.state.server.sessions.busy
    assert busy.hold(session)
    assert complete(client, 409, session=session)["error"]["code"] == "session_busy"
    busy.release(session)
    assert complete(client, session=session)["turn"] == 1


def test_a_session_that_is_not_there_is_named(client, complete):
    error = complete(client, 404, session="session-0")["error"]
    assert (error["code"], error["param"]) == ("session_not_found", "session")


def test_a_turn_of_a_session_that_was_deleted_meanwhile_is_refused(client, complete, session, monkeypatch):
    server = client.app.state.server
    add = server.engines.of(server.runs.get("fox")).add

    def delete_first(prompts):
        server.sessions.store.delete("", session)
        add(prompts)

    monkeypatch.setattr(server.engines.of(server.runs.get("fox")), "add", delete_first)
    assert complete(client, 404, session=session)["error"]["code"] == "session_not_found"


@pytest.mark.parametrize("stream", [False, True])
def test_a_turn_that_cannot_be_kept_is_told_and_not_there(client, complete, session, monkeypatch, caplog, stream):
    store = client.app.state.server.sessions.store

    def fail(*args):
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(store, "add_turn", fail)
        answer = client.post(
            "/v1/completions", json={"model": "fox", "prompt": "the ", "session": session, "stream": stream}
        )
    assert '"internal_error"' in answer.text
    assert "no room" not in answer.text
    assert '"length"' not in answer.text, "a stream does not end as if all were well"
    assert _turns(client, session) == []
    assert complete(client, session=session)["turn"] == 1


def test_a_session_has_so_many_turns_at_most(run, serve, complete):
    with serve(run, session_turns=2) as client:
        id_ = client.post("/sessions", json={"model": "fox"}).json()["id"]
        for _ in range(2):
            complete(client, session=id_)
        assert complete(client, 400, session=id_)["error"]["code"] == "session_full"


def test_a_state_that_was_changed_or_is_too_large_is_refused(run, serve, complete):
    with serve(run, max_state_bytes=3000) as client:
        state = complete(client, return_state=True)["state"]
        changed = ("A" if state[100] != "A" else "B").join([state[:100], state[101:]])
        for wrong, code in (
            (changed, "wrong_signature"),
            (state[:-40], "wrong_signature"),
            ("no base64", "wrong_state"),
            ("é", "wrong_state"),
            ("", "wrong_state"),
        ):
            error = complete(client, 400, prompt="", state=wrong)["error"]
            assert (error["code"], error["param"]) == (code, "state")
        complete(client, 413, prompt="", state="A" * 5000)


def test_a_model_with_other_weights_does_not_go_on(run, serve, complete, session, client, monkeypatch):
    complete(client, session=session, max_tokens=5)
    state = complete(client, return_state=True)["state"]
    runs = client.app.state.server.runs
    old = runs.get("fox")
    changed = type(old)("fox", old.path, old.task, "0" * 64, old.created)
    monkeypatch.setitem(runs._runs, "fox", changed)
    for body in ({"session": session}, {"state": state}):
        error = complete(client, 409, **body)["error"]
        assert (error["code"], error["param"]) == ("wrong_model", "model")
    client.post(f"/sessions/{session}/rewind", json={"turn": 0})
    assert complete(client, session=session)["turn"] == 1, "from the beginning any weights go on"
    assert client.get(f"/sessions/{session}").json()["hash"] == "0" * 64
    fresh = type(old)("old", old.path, old.task, old.model_hash, old.created)
    monkeypatch.setitem(runs._folders, "old", old.path)
    monkeypatch.setitem(runs._runs, "old", fresh)
    assert "old has that hash" in complete(client, 409, state=state)["error"]["message"]
    complete(client, state=state, model="old")


def test_a_damaged_state_in_the_database_is_told(run, serve, complete, tmp_path, caplog):
    with serve(run, sessions=str(tmp_path / "s.sqlite")) as client:
        id_ = client.post("/sessions", json={"model": "fox"}).json()["id"]
        complete(client, session=id_)
        with client.app.state.server.sessions.store._database.transaction() as connection:
            (state,) = connection.execute("SELECT state FROM turns").fetchone()
            connection.execute("UPDATE turns SET state = ?", (state[:-50] + b"x" + state[-49:],))
        assert complete(client, 503, session=id_)["error"]["code"] == "sessions_unavailable"
        assert "checksum" in caplog.text


@pytest.mark.parametrize("stream", [True, False])
def test_a_turn_whose_client_goes_away_is_not_kept(app, address, complete, stream):
    with httpx.Client(base_url=address, timeout=60) as client:
        id_ = client.post("/sessions", json={"model": "fox"}).json()["id"]
        first = _text(complete(client, session=id_, seed=3))
        with pytest.raises(httpx.ReadTimeout):
            _leave(client, {"model": "fox", "session": id_, "max_tokens": 100_000, "stream": stream})
        busy = app.state.server.sessions.busy
        while id_ in busy._held:
            time.sleep(0.005)
        assert [turn["text"] for turn in _turns(client, id_)] == [first]
        second = _text(complete(client, session=id_, prompt=""))
        assert first + second == _text(complete(client, seed=3, max_tokens=40))


def _leave(client, body):
    """Close the connection before the answer has come whole."""
    with client.stream("POST", "/v1/completions", json=body, timeout=0.3) as answer:
        for _ in answer.iter_bytes():
            raise httpx.ReadTimeout("gone in the middle of a stream")


def test_of_two_requests_at_once_one_is_refused(address, complete):
    with httpx.Client(base_url=address, timeout=60) as client, httpx.Client(base_url=address, timeout=60) as other:
        id_ = client.post("/sessions", json={"model": "fox"}).json()["id"]
        body = {"model": "fox", "session": id_, "max_tokens": 100_000, "stream": True}
        with client.stream("POST", "/v1/completions", json=body) as answer:
            pieces = answer.iter_bytes()
            next(pieces)
            error = complete(other, 409, session=id_)["error"]
            assert error["code"] == "session_busy"
