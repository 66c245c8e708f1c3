import multiprocessing
import sqlite3
import stat

import pytest

from recurra.serve.errors import ApiError
from recurra.serve.sessions import database as database_module
from recurra.serve.sessions.database import Database, make_private


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "data" / "sessions.sqlite")
    yield database
    database.close()


def _add(database, id_="one"):
    with database.transaction() as connection:
        connection.execute("INSERT INTO sessions VALUES (?, '', 'fox', '', 0, 0, NULL)", (id_,))


def _count(database):
    with database.transaction(writes=False) as connection:
        return connection.execute("SELECT count(*) FROM sessions").fetchone()[0]


def test_a_new_one_is_made_for_its_owner_alone(database, tmp_path):
    _add(database)
    assert stat.S_IMODE((tmp_path / "data" / "sessions.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data" / "sessions.sqlite-wal").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    database.close()
    assert _count(database) == 1, "it is opened again"
    make_private(tmp_path / "data" / "sessions.sqlite")
    assert _count(database) == 1


def test_a_transaction_is_done_whole_or_not_at_all(database):
    def add_and_fail():
        with database.transaction() as connection:
            connection.execute("INSERT INTO sessions VALUES ('one', '', '', '', 0, 0, NULL)")
            raise KeyError

    with pytest.raises(KeyError):
        add_and_fail()
    assert _count(database) == 0
    _add(database)
    with pytest.raises(ApiError) as caught:
        _add(database)
    assert (caught.value.status, caught.value.code) == (503, "sessions_unavailable")
    assert _count(database) == 1


def test_in_memory_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = Database(None)
    _add(database)
    with pytest.raises(ApiError):
        _add(database)
    assert _count(database) == 1, "a fault does not lose what is there"
    assert list(tmp_path.iterdir()) == []


def _open_and_add(path, number):
    database = Database(path)
    _add(database, str(number))
    database.close()
    return True


def test_processes_may_open_a_new_one_at_once(tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        calls = [(tmp_path / "s.sqlite", number) for number in range(16)]
        assert all(pool.starmap_async(_open_and_add, calls, chunksize=1).get(timeout=60))
    assert _count(Database(tmp_path / "s.sqlite")) == 16


def _error(code):
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return error


def test_what_another_process_is_making_is_waited_for(tmp_path, monkeypatch):
    errors = [_error(sqlite3.SQLITE_BUSY), _error(sqlite3.SQLITE_BUSY_RECOVERY)]
    prepare = database_module._prepare

    def busy_at_first(connection):
        if errors:
            raise errors.pop()
        prepare(connection)

    monkeypatch.setattr(database_module, "_prepare", busy_at_first)
    _add(Database(tmp_path / "s.sqlite"))
    assert errors == []


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY], ids=["busy for long", "read only"])
def test_what_does_not_pass_is_told(tmp_path, monkeypatch, caplog, code):
    monkeypatch.setattr(database_module, "_PATIENCE", 0.02)

    def fail(connection):
        raise _error(code)

    monkeypatch.setattr(database_module, "_prepare", fail)
    with pytest.raises(ApiError, match="sessions cannot be read or written"):
        _add(Database(tmp_path / "s.sqlite"))
    assert "database is locked" in caplog.text


@pytest.mark.parametrize("content", [b"no database " * 500, "other", "version"], ids=["foreign", "other", "version"])
def test_what_is_not_ours_is_refused_and_left_alone(tmp_path, content, caplog):
    path = tmp_path / "sessions.sqlite"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (a)" if content == "other" else "PRAGMA user_version=7")
        connection.commit()
        connection.close()
    before = path.read_bytes()
    with pytest.raises(ApiError) as caught:
        _count(Database(path))
    assert (caught.value.status, caught.value.code) == (503, "sessions_unavailable")
    assert str(path) in caplog.text
    assert str(path) not in caught.value.message
    if isinstance(content, bytes):
        assert path.read_bytes() == before


def test_what_was_broken_is_opened_anew_when_it_is_mended(tmp_path, caplog):
    path = tmp_path / "sessions.sqlite"
    path.mkdir()
    database = Database(path)
    with pytest.raises(ApiError):
        _count(database)
    path.rmdir()
    _add(database)
    assert _count(database) == 1


def test_a_full_disk_is_told_and_what_is_there_can_be_read(database, caplog):
    _add(database)
    with database.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")  # SQLite's own way to run out of room
    with pytest.raises(ApiError) as caught, database.transaction() as connection:
        connection.execute("INSERT INTO sessions VALUES ('two', ?, '', '', 0, 0, NULL)", ("x" * 100_000,))
    assert caught.value.status == 503
    assert "full" in caplog.text
    assert _count(database) == 1
