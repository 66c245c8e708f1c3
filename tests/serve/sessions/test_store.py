import threading

import pytest

from recurra.serve.errors import ApiError
from recurra.serve.sessions import store as store_module
from recurra.serve.sessions.store import Store, TurnTexts

MODEL = ("fox", "ab")


@pytest.fixture(params=["disk", "memory"])
def store(request, tmp_path):
    store = Store(tmp_path / "sessions.sqlite" if request.param == "disk" else None, days=30, most=5)
    yield store
    store.close()


@pytest.fixture
def clock(monkeypatch):
    """A list of one number, the time."""
    now = [1e9]
    monkeypatch.setattr(store_module.time, "time", lambda: now[0])
    return now


def _add(store, id_, owner="ann"):
    session = store.session(owner, id_)
    number = (session.last or 0) + 1
    store.add_turn(owner, session, TurnTexts(number, f"p{number}", f"t{number}", "."), f"s{number}".encode(), MODEL)


def _with_turns(store, count):
    id_ = store.create("ann", *MODEL).id
    for _ in range(count):
        _add(store, id_)
    return id_


def _refused(status, call, *args):
    with pytest.raises(ApiError) as caught:
        call(*args)
    assert caught.value.status == status
    return caught.value


def test_turns_are_kept_in_order(store):
    created = store.create("ann", *MODEL)
    assert (created.model, created.model_hash, created.last, created.turns) == (*MODEL, None, 0)
    assert store.turns(created.id) == []
    for _ in range(3):
        _add(store, created.id)
    assert store.turns(created.id) == [TurnTexts(n, f"p{n}", f"t{n}", ".") for n in (1, 2, 3)]
    session = store.session("ann", created.id)
    assert (session.last, session.turns) == (3, 3)
    assert [store.state(created.id, turn) for turn in (1, 3)] == [b"s1", b"s3"]
    for turn in (0, 4, None):
        _refused(400, store.state, created.id, turn)


def test_a_turn_whose_session_has_changed_is_refused(store):
    id_ = _with_turns(store, 1)
    before = store.session("ann", id_)
    _add(store, id_)
    error = _refused(409, store.add_turn, "ann", before, TurnTexts(2, "", "", ""), b"", MODEL)
    assert error.code == "session_busy"
    store.delete("ann", id_)
    _refused(404, store.add_turn, "ann", before, TurnTexts(2, "", "", ""), b"", MODEL)


def test_rewinding_takes_later_turns_away(store):
    id_ = _with_turns(store, 3)
    assert store.rewind("ann", id_, 1).last == 1
    assert [turn.number for turn in store.turns(id_)] == [1]
    assert _refused(400, store.rewind, "ann", id_, 2).code == "turn_not_found"
    _add(store, id_)
    assert store.rewind("ann", id_, 0).last is None
    assert store.turns(id_) == []


def test_a_fork_has_the_turns_and_goes_its_own_way(store):
    id_ = _with_turns(store, 3)
    forks = [store.fork("ann", id_, turn).id for turn in (None, 2, 0)]
    assert [len(store.turns(fork)) for fork in forks] == [3, 2, 0]
    _add(store, forks[1])
    assert store.state(forks[1], 2) == b"s2"
    store.delete("ann", id_)
    assert len(store.turns(forks[1])) == 3
    assert store.turns(id_) == []
    _refused(400, store.fork, "ann", forks[0], 4)


def test_an_imported_state_stands_before_the_first_turn(store):
    session = store.create("ann", *MODEL, b"s0", "the end")
    assert (session.last, session.turns) == (0, 0)
    assert store.turns(session.id) == [TurnTexts(0, "", "the end", "")]
    _add(store, session.id)
    assert store.session("ann", session.id).turns == 1
    assert store.rewind("ann", session.id, 0).last == 0
    assert store.state(store.fork("ann", session.id, None).id, 0) == b"s0"


def test_an_owner_sees_his_own_alone(store):
    id_ = _with_turns(store, 2)
    for call, *args in (
        (store.session, id_),
        (store.delete, id_),
        (store.fork, id_, None),
        (store.rewind, id_, 1),
    ):
        assert _refused(404, call, "bob", *args).code == "session_not_found"
    assert store.sessions("bob", 10, 0) == ([], 0)
    assert store.session("ann", id_).turns == 2


def test_sessions_are_listed_the_last_used_first(store, clock):
    ids = []
    for _ in range(3):
        clock[0] += 1
        ids.append(store.create("ann", *MODEL).id)
    clock[0] += 1
    _add(store, ids[0])
    listed, total = store.sessions("ann", 2, 0)
    assert [session.id for session in listed] == [ids[0], ids[2]]
    assert total == 3
    assert [session.id for session in store.sessions("ann", 2, 2)[0]] == [ids[1]]


def test_what_was_not_used_for_long_expires(store, clock):
    unused, used = _with_turns(store, 1), _with_turns(store, 1)
    assert store.session("ann", used).expires == clock[0] + 30 * 86400
    clock[0] += 20 * 86400
    _add(store, used)
    clock[0] += 15 * 86400
    assert _refused(404, store.session, "ann", unused).code == "session_not_found"
    assert [session.id for session in store.sessions("ann", 10, 0)[0]] == [used]
    assert len(store.turns(unused)) == 1
    store.create("ann", *MODEL)
    assert store.turns(unused) == [], "what has expired is deleted with its turns"
    assert len(store.turns(used)) == 2


def test_without_days_nothing_expires(clock):
    store = Store(None, days=0, most=5)
    session = store.create("ann", *MODEL)
    assert session.expires is None
    clock[0] += 1e9
    store.create("ann", *MODEL)
    assert store.session("ann", session.id) == session


def test_an_owner_may_have_so_many(store):
    ids = [_with_turns(store, 1) for _ in range(5)]
    assert _refused(429, store.create, "ann", *MODEL).code == "too_many_sessions"
    assert _refused(429, store.fork, "ann", ids[0], None).code == "too_many_sessions"
    store.create("bob", *MODEL)
    store.delete("ann", ids[0])
    store.create("ann", *MODEL)


def test_threads_may_use_it_at_once(store):
    id_ = store.create("ann", *MODEL).id
    refused = []

    def add():
        for _ in range(20):
            try:
                _add(store, id_)
            except ApiError as error:
                refused.append(error.status)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = store.turns(id_)
    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    assert len(turns) + len(refused) == 80
    assert set(refused) <= {409}
