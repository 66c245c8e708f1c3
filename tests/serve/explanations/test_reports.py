import os
import secrets
import stat

import pytest

from recurra.serve.explanations.reports import Reports


@pytest.fixture
def reports():
    reports = Reports(secrets.token_hex(32))
    reports.open()
    yield reports
    reports.remove()
    assert not reports.folder.exists()


def keep(reports, *parts, age=0.0):
    id_ = reports.id_of(parts)
    for file in reports.files(id_):
        file.write_text(file.suffix)
        os.utime(file, (1e9 - age, 1e9 - age))
    return id_


def test_a_report_is_kept_under_a_number_that_only_the_token_gives(reports):
    id_ = keep(reports, "demo", ("memory",))
    assert reports.has(id_)
    assert (reports.numbers(id_), reports.page(id_)) == (".json", ".html")
    assert reports.id_of(("demo", ("memory",))) == id_
    assert reports.id_of(("demo", ("gradients",))) != id_
    other = Reports(secrets.token_hex(32))
    assert other.folder != reports.folder
    assert other.id_of(("demo", ("memory",))) != id_


def test_nobody_else_may_look_into_the_folder(reports):
    assert stat.S_IMODE(reports.folder.stat().st_mode) == 0o700


def test_what_is_half_written_is_not_there(reports):
    id_ = keep(reports, "demo")
    reports.files(id_)[0].unlink()
    assert not reports.has(id_)
    assert reports.numbers(id_) is None


def test_the_oldest_are_removed(reports):
    ids = [keep(reports, number, age=-number) for number in range(20)]
    reports.trim()
    assert [reports.has(id_) for id_ in ids] == [False] * 4 + [True] * 16
    assert len(list(reports.folder.iterdir())) == 32


def test_folders_of_servers_that_were_killed_are_removed(reports, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    used, killed, new = (Reports(secrets.token_hex(32)) for _ in range(3))
    used.open()
    killed.folder.mkdir()
    new.folder.mkdir()
    for old in (used, killed):
        os.utime(old.folder, (1e9, 1e9))
    other = Reports(secrets.token_hex(32))
    other.open()
    assert sorted(tmp_path.iterdir()) == sorted(each.folder for each in (used, new, other))
    used.remove()
    other.remove()
