import json

import numpy as np
import pytest

from recurra import DataError
from recurra.training import config_file

CONTENT = {
    "task": "tagger",
    "settings": {"epochs": 3, "threads": 0},
    "data": {},
    "versions": {},
    "threads": 1,
    "files": {},
}


@pytest.fixture
def path(tmp_path):
    config_file.write(tmp_path / "config.json", CONTENT)
    return tmp_path / "config.json"


def edited(path, **changed):
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    return path


def test_what_was_written_is_read_with_its_format(path):
    config = config_file.read(path)
    assert config["format"] == config_file.FORMAT
    assert {name: config[name] for name in CONTENT} == CONTENT
    config_file.require_checksum(path, config)


def test_numbers_of_numpy_are_written_as_pythons(tmp_path):
    config_file.write(tmp_path / "config.json", CONTENT | {"settings": {"epochs": np.int64(3)}})
    assert config_file.read(tmp_path / "config.json")["settings"] == {"epochs": 3}


def test_another_format_is_refused(path):
    with pytest.raises(DataError, match="expected a run of format 1, got one of format 7"):
        config_file.read(edited(path, format=7))


def test_a_run_without_a_format_is_of_an_older_version(path):
    content = json.loads(path.read_text())
    del content["format"]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match="expected a run of format 1, got one of an older version of Recurra"):
        config_file.read(path)


def test_a_run_of_another_format_is_known_as_a_run(path):
    config_file.write(path, CONTENT | {"versions": {"recurra": "0.1.0"}})
    assert config_file.content_of_any_format(edited(path, format=7))["task"] == "tagger"
    path.write_text('{"versions": {"numpy": "2.0"}}')
    assert config_file.content_of_any_format(path) is None
    path.write_text("[]")
    assert config_file.content_of_any_format(path) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"task": 3}, "expected task to be a str, got '3'"),
        ({"threads": 0}, "expected threads of at least 1, got 0"),
        ({"colour": "red"}, "expected the entries format, task, .*got 'colour'"),
        ({"files": {"a": 1}}, "expected a checksum for each of the files"),
    ],
)
def test_entries_of_another_kind_are_named(path, changed, message):
    with pytest.raises(DataError, match=message):
        config_file.read(edited(path, **changed))


def test_settings_changed_by_hand_are_noticed_but_for_those_of_the_machine(path):
    config = config_file.read(edited(path, settings={"epochs": 3, "threads": 2}))
    config_file.require_checksum(path, config)
    config = config_file.read(edited(path, settings={"epochs": 4, "threads": 2}))
    with pytest.raises(DataError, match="expected the settings as they were written"):
        config_file.require_checksum(path, config)
