import hashlib
import os

import pytest

from recurra import DataError
from recurra.serve.protection.api_keys import ApiKeys, new_key


def line_of(key, name="ann"):
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys"


def test_a_new_key_is_known_by_its_line_which_does_not_hold_it(file):
    key, line = new_key("ann")
    assert key not in line
    assert new_key("ann")[0] != key
    file.write_text(f"# who may ask\n\n{line}:60\n{line_of('other', 'bob')}\n")
    keys = ApiKeys(file)
    assert (keys.find(key).name, keys.find(key).requests_per_minute) == ("ann", 60)
    assert (keys.find("other").name, keys.find("other").requests_per_minute) == ("bob", None)
    for wrong in ("", key[:-1], key + "a", key.upper(), line, "é"):
        assert keys.find(wrong) is None


def test_a_name_may_have_several_keys(file):
    file.write_text(f"{line_of('old')}\n{line_of('new')}\n")
    assert ApiKeys(file).find("old").name == ApiKeys(file).find("new").name == "ann"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ann", "expected NAME:SHA-256 of the key"),
        (f"{line_of('k')}:60:1", "got 4 parts"),
        ("ann:secret", "expected a SHA-256 as 64 digits 0-9 a-f, got 6 characters"),
        (line_of("k").upper().replace("ANN", "ann"), "expected a SHA-256"),
        (f"{line_of('k')}:0", "expected requests a minute from 1"),
        (f"{line_of('k')}:-3", "expected requests a minute from 1"),
        (f"{line_of('k')}:many", "expected requests a minute from 1"),
        (line_of("k", "a b"), "expected a name of 1 to 64 letters"),
        (line_of("k", ""), "expected a name of 1 to 64 letters"),
    ],
)
def test_a_wrong_line_is_named(file, line, message):
    file.write_text(f"{line_of('k')}\n{line}\n")
    with pytest.raises(DataError, match=message) as raised:
        ApiKeys(file)
    assert str(raised.value).startswith(f"{file}:2: ")
    assert "secret" not in str(raised.value)


def test_a_file_without_keys_or_none_at_all_is_refused(file):
    with pytest.raises(DataError, match="found nothing there"):
        ApiKeys(file)
    file.write_text("# nobody\n")
    with pytest.raises(DataError, match="got none"):
        ApiKeys(file)


def test_the_name_of_a_new_key_must_fit_a_line():
    with pytest.raises(DataError, match="expected a name"):
        new_key("a:b")


def test_the_file_is_read_again_when_it_changes(file):
    file.write_text(line_of("a"))
    keys = ApiKeys(file)
    file.write_text(f"{line_of('b')}\n")
    os.utime(file, ns=(1, 1))
    assert keys.find("a") is None
    assert keys.find("b") is not None


def test_while_the_file_is_wrong_its_keys_stay_as_they_were(file, caplog):
    file.write_text(line_of("a"))
    keys = ApiKeys(file)
    file.write_text("rubbish\n")
    assert keys.find("a") is not None
    assert f"API keys stay as they were: {file}:1: expected" in caplog.text
    file.unlink()
    assert keys.find("a") is not None
    file.write_text(line_of("c"))
    assert keys.find("a") is None
    assert keys.find("c") is not None
