import os

import pytest

from recurra import DataError
from recurra.training import artifacts


def test_files_that_were_written_anew_are_told_from_those_that_were_not(tmp_path):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("old")
    (tmp_path / "last").mkdir()
    before = artifacts.stamps(tmp_path, besides=tmp_path / "last")
    os.utime(tmp_path / "b.json", ns=(0, 0))
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "c.json").write_text("new")
    (tmp_path / "last" / "d.json").write_text("new")
    after = artifacts.stamps(tmp_path, besides=tmp_path / "last")
    assert [name for name in after if after[name] != before.get(name)] == ["b.json", "inner/c.json"]


def test_a_file_that_has_changed_is_named(tmp_path):
    (tmp_path / "labels.json").write_text("{}")
    sums = artifacts.checksums(tmp_path, ["labels.json"])
    config = tmp_path / "config.json"
    artifacts.require_checksums(tmp_path, sums | {"../outside": "passed over"}, config)
    (tmp_path / "labels.json").write_text("{ }")
    with pytest.raises(DataError, match=r"labels\.json: expected the file as it was written.*config\.json"):
        artifacts.require_checksums(tmp_path, sums, config)
    assert artifacts.digest(sums) != artifacts.digest(artifacts.checksums(tmp_path, ["labels.json"]))
