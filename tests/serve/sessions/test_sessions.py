from pathlib import Path

import pytest

from recurra import DataError
from recurra.serve.errors import ApiError
from recurra.serve.sessions.sessions import Sessions, database_path
from recurra.serve.sessions.settings import SessionSettings


def test_sessions_are_kept_where_the_settings_say(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert database_path(SessionSettings()) == tmp_path / "recurra" / "sessions.sqlite"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert database_path(SessionSettings()) == tmp_path / "home" / ".local" / "share" / "recurra" / "sessions.sqlite"
    assert database_path(SessionSettings(sessions="")) is None
    assert database_path(SessionSettings(sessions="s.sqlite")) == Path("s.sqlite")


def test_nothing_is_made_before_it_is_needed(tmp_path):
    sessions = Sessions(SessionSettings(sessions=str(tmp_path / "s.sqlite")))
    sessions.close()
    assert list(tmp_path.iterdir()) == []


def test_the_key_stands_beside_the_sessions_unless_it_is_named(tmp_path):
    settings = SessionSettings(sessions=str(tmp_path / "new" / "s.sqlite"))
    key = Sessions(settings).key()
    assert Sessions(settings).key() == key == (tmp_path / "new" / "s.sqlite.key").read_bytes()
    named = tmp_path / "key"
    named.write_bytes(b"k" * 40)
    assert Sessions(SessionSettings(sessions="", state_key=named)).key() == b"k" * 40
    in_memory = Sessions(SessionSettings(sessions=""))
    assert in_memory.key() == in_memory.key() != Sessions(SessionSettings(sessions="")).key()


def test_a_key_that_is_named_must_be_there(tmp_path):
    with pytest.raises(DataError, match="key: expected a key, found nothing there"):
        Sessions(SessionSettings(state_key=tmp_path / "key"))


def test_a_key_that_cannot_be_made_is_told(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with pytest.raises(ApiError, match="states cannot be signed") as caught:
        Sessions(SessionSettings(sessions=str(tmp_path / "file" / "s.sqlite"))).key()
    assert caught.value.status == 503
    assert str(tmp_path) in caplog.text
