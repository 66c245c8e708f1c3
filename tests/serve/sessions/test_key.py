import multiprocessing
import stat

import pytest

from recurra import DataError
from recurra.serve.sessions.key import read_key, read_or_make_key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    key = read_or_make_key(tmp_path / "key")
    assert len(key) == 32
    assert read_or_make_key(tmp_path / "key") == read_key(tmp_path / "key") == key
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert read_or_make_key(tmp_path / "other") != key
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key", "other"]


def test_processes_that_make_it_at_once_have_the_same(tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        keys = pool.map_async(read_or_make_key, [tmp_path / "key"] * 16, chunksize=1)
        assert len(set(keys.get(timeout=60))) == 1


def test_what_is_no_key_is_named(tmp_path):
    with pytest.raises(DataError, match="expected a key, found nothing there"):
        read_key(tmp_path / "key")
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(DataError, match="key: expected a key of at least 32 random bytes, got 5"):
        read_or_make_key(tmp_path / "key")
    (tmp_path / "long").write_bytes(bytes(10_000))
    with pytest.raises(DataError, match="long: expected a key of at most"):
        read_key(tmp_path / "long")
