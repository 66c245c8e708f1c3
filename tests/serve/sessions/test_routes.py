import pytest


def _new(client):
    return client.post("/sessions", json={"model": "fox"}).json()


def _import(client, content):
    return client.post("/sessions/import", content=content, headers={"content-type": "application/octet-stream"})


def _turns(client, id_):
    return client.get(f"/sessions/{id_}").json()["turns"]


def test_a_session_is_made_shown_listed_and_deleted(client, complete):
    made = _new(client)
    assert (made["model"], made["turns"], made["before"]) == ("fox", [], "")
    assert made["expires"] - made["created"] == 30 * 86400
    assert made["hash"] == client.get("/v1/models/fox").json()["hash"]
    text = complete(client, session=made["id"])["choices"][0]["text"]
    shown = client.get(f"/sessions/{made['id']}").json()
    assert shown["turns"] == [{"number": 1, "prompt": "the ", "text": text, "cut": ""}]
    listed = client.get("/sessions").json()
    assert [(session["id"], session["turns"]) for session in listed["data"]] == [(made["id"], 1)]
    assert listed["total"] == 1
    assert client.delete(f"/sessions/{made['id']}").status_code == 204
    assert client.get("/sessions").json() == {"data": [], "total": 0}
    for answer in (client.get(f"/sessions/{made['id']}"), client.delete(f"/sessions/{made['id']}")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "session_not_found")


def test_lists_come_in_pages(client):
    ids = [_new(client)["id"] for _ in range(3)]
    pages = [client.get("/sessions", params={"limit": 2, "offset": offset}).json()["data"] for offset in (0, 2)]
    assert sorted(session["id"] for page in pages for session in page) == sorted(ids)
    assert client.get("/sessions", params={"limit": 1001}).status_code == 400
    assert client.get("/sessions", params={"offset": -1}).status_code == 400


def test_a_fork_goes_on_from_its_turn_and_leaves_the_other(client, complete):
    id_ = _new(client)["id"]
    texts = [complete(client, session=id_, prompt="", seed=n)["choices"][0]["text"] for n in range(3)]
    fork = client.post(f"/sessions/{id_}/fork", json={"turn": 1}).json()
    assert [turn["text"] for turn in fork["turns"]] == texts[:1]
    again = complete(client, session=fork["id"], prompt="", seed=1)
    assert (again["choices"][0]["text"], again["turn"]) == (texts[1], 2)
    assert [turn["text"] for turn in _turns(client, id_)] == texts
    whole = client.post(f"/sessions/{id_}/fork", json={}).json()
    assert [turn["text"] for turn in whole["turns"]] == texts


def test_a_session_is_rewound_to_any_turn(client, complete):
    id_ = _new(client)["id"]
    texts = [complete(client, session=id_, prompt="", seed=n)["choices"][0]["text"] for n in range(3)]
    for turn in (2, 1, 0):
        rewound = client.post(f"/sessions/{id_}/rewind", json={"turn": turn}).json()
        assert [turn["text"] for turn in rewound["turns"]] == texts[:turn]
        again = complete(client, session=id_, prompt="", seed=turn)
        assert (again["choices"][0]["text"], again["turn"]) == (texts[turn], turn + 1)


def test_a_busy_session_is_not_rewound(client):
    id_ = _new(client)["id"]
    busy = client.app.state.server.sessions.busy
    assert busy.hold(id_)
    answer = client.post(f"/sessions/{id_}/rewind", json={"turn": 0})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "session_busy")
    busy.release(id_)
    assert client.post(f"/sessions/{id_}/rewind", json={"turn": 0}).status_code == 200


def test_a_state_goes_to_another_server_that_has_the_key(run, serve, complete, tmp_path):
    (tmp_path / "key").write_bytes(b"k" * 32)
    settings = {"state_key": tmp_path / "key"}
    with serve(run, **settings) as here, serve(run, **settings) as there, serve(run) as stranger:
        id_ = _new(here)["id"]
        first = complete(here, session=id_, seed=5)["choices"][0]["text"]
        answer = here.get(f"/sessions/{id_}/export")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == f'attachment; filename="{id_}.safetensors"'
        imported = _import(there, answer.content).json()
        assert (imported["turns"], imported["before"]) == ([], "the " + first)
        second = complete(there, session=imported["id"], prompt="")
        assert second["turn"] == 1
        assert second["choices"] == complete(here, session=id_, prompt="")["choices"]
        assert second["choices"][0]["text"] == complete(here, seed=5, max_tokens=40)["choices"][0]["text"][20:]
        refused = _import(stranger, answer.content)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "wrong_signature")


def test_an_earlier_turn_is_exported(client, complete):
    id_ = _new(client)["id"]
    assert client.get(f"/sessions/{id_}/export").json()["error"]["code"] == "session_empty"
    for _ in range(2):
        complete(client, session=id_, seed=1)
    first, last, second = (
        client.get(f"/sessions/{id_}/export", params=params).content for params in ({"turn": 1}, {}, {"turn": 2})
    )
    assert first != last == second
    assert client.get(f"/sessions/{id_}/export", params={"turn": 3}).status_code == 400


def test_what_is_no_state_is_not_imported(run, serve, complete):
    with serve(run, max_state_bytes=2000) as client:
        for content in (b"", b"x" * 2000):
            answer = _import(client, content)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "wrong_state")
        assert _import(client, b"x" * 2001).status_code == 413
        assert client.get("/sessions").json()["total"] == 0


def test_a_state_of_a_model_that_is_not_served_is_refused(run, runs_of_kinds, serve, complete, tmp_path):
    (tmp_path / "key").write_bytes(b"k" * 32)
    settings = {"state_key": tmp_path / "key"}
    with serve(run, **settings) as client, serve(runs_of_kinds["char"], **settings) as other:
        id_ = _new(client)["id"]
        complete(client, session=id_)
        answer = _import(other, client.get(f"/sessions/{id_}/export").content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wrong_model")


@pytest.mark.parametrize("body", [{}, {"model": 1}, {"model": "fox", "name": "x"}, {"model": None}], ids=str)
def test_what_makes_no_session_is_refused(client, body):
    assert client.post("/sessions", json=body).status_code == 400


def test_a_model_that_is_not_there_or_of_another_job_makes_no_session(client):
    assert client.post("/sessions", json={"model": "wolf"}).status_code == 404


def test_sessions_of_another_owner_are_not_there(client, complete, monkeypatch):
    id_ = _new(client)["id"]
    complete(client, session=id_)
    monkeypatch.setattr("recurra.serve.sessions.routes.owner_of", lambda request: "bob")
    monkeypatch.setattr("recurra.serve.completions.routes.owner_of", lambda request: "bob")
    for answer in (
        client.get(f"/sessions/{id_}"),
        client.delete(f"/sessions/{id_}"),
        client.get(f"/sessions/{id_}/export"),
        client.post(f"/sessions/{id_}/fork", json={}),
        client.post(f"/sessions/{id_}/rewind", json={"turn": 0}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "session_not_found")
    complete(client, 404, session=id_)
    assert client.get("/sessions").json()["total"] == 0


def test_where_sessions_cannot_be_kept_the_rest_goes_on(run, serve, complete, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with serve(run, sessions=str(tmp_path / "file" / "s.sqlite")) as client:
        for answer in (client.post("/sessions", json={"model": "fox"}), client.get("/sessions")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "sessions_unavailable")
            assert str(tmp_path) not in answer.text
        complete(client)
        assert client.get("/health").status_code == 200


def test_sessions_are_there_when_the_server_starts_again(run, serve, complete, tmp_path):
    settings = {"sessions": str(tmp_path / "s.sqlite")}
    with serve(run, **settings) as client:
        id_ = _new(client)["id"]
        first = complete(client, session=id_, seed=5)["choices"][0]["text"]
    with serve(run, **settings) as client:
        second = complete(client, session=id_, prompt="")["choices"][0]["text"]
        assert first + second == complete(client, seed=5, max_tokens=40)["choices"][0]["text"]


def test_servers_of_one_file_have_the_same_sessions(run, serve, complete, tmp_path):
    settings = {"sessions": str(tmp_path / "s.sqlite")}
    with serve(run, **settings) as one, serve(run, **settings) as other:
        id_ = _new(one)["id"]
        texts = [
            complete(client, session=id_, prompt="", seed=n)["choices"][0]["text"]
            for n, client in enumerate((one, other, one))
        ]
        for client in (one, other):
            assert [turn["text"] for turn in _turns(client, id_)] == texts
        exported = one.get(f"/sessions/{id_}/export").content
        assert _import(other, exported).status_code == 200


def test_a_state_that_no_database_took_is_not_answered(run, serve, complete, tmp_path, caplog):
    with serve(run, sessions=str(tmp_path / "s.sqlite")) as client:
        id_ = _new(client)["id"]
        complete(client, session=id_)
        with client.app.state.server.sessions.store._database.transaction() as connection:
            connection.execute("PRAGMA query_only=1")  # as of a disk that has become read-only
        assert complete(client, 503, session=id_)["error"]["code"] == "sessions_unavailable"
        assert len(_turns(client, id_)) == 1
        complete(client)
