from pathlib import Path

import pytest

from recurra import DataError
from recurra.training import claim
from recurra.training.run import RunFolder


def _begun(path) -> RunFolder:
    """A run of one part."""
    run = RunFolder(path)
    run.begin()
    run.write_artifacts(lambda folder: (folder / "labels.json").write_text("{}"))
    run.write_config("x", {}, {})
    return run


def _content(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


FOREIGN = {
    "a text": {"last/thesis.txt": "mine"},
    "weights of another program": {"model.safetensors": "theirs"},
    "a model of another program": {"config.json": '{"task": "fill", "settings": {}, "model_type": "bert"}'},
    "a broken config": {"config.json": "{"},
    "a hidden file": {".git": ""},
    "a folder": {"photos/one.jpg": "mine"},
    "a run that is deeper": {"runs/one/config.json": "{}"},
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("files", FOREIGN.values(), ids=FOREIGN)
def test_a_folder_that_holds_other_files_is_refused_and_stays_as_it_is(files, overwrite, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    before = _content(tmp_path)
    with (
        pytest.raises(DataError, match=r"expected a new or empty folder, or one that holds a run, got one .* \("),
        RunFolder(tmp_path).claimed(overwrite),
    ):
        pytest.fail("claimed")
    assert _content(tmp_path) == before


def test_replacing_a_run_removes_its_own_files_only(tmp_path):
    run = _begun(tmp_path)
    run.last_file.write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "last" / "thesis.txt").write_text("mine")
    with run.claimed(overwrite=True):
        run.begin()
    assert set(_content(tmp_path)) == {"notes.txt", "last/thesis.txt", "last/.begun"}


def test_a_run_killed_while_it_was_begun_can_be_begun_again(tmp_path):
    run = RunFolder(tmp_path)
    run.begin()
    run.write_artifacts(lambda folder: (folder / "labels.json").write_text("{}"))
    with RunFolder(tmp_path).claimed(overwrite=False):
        _begun(tmp_path)
    assert set(_content(tmp_path)) == {"config.json", "labels.json"}


def test_what_a_replaced_run_had_goes_though_its_replacement_was_killed(tmp_path):
    _begun(tmp_path)
    run = RunFolder(tmp_path)
    unlink = Path.unlink

    def killed(path, missing_ok=False):
        unlink(path, missing_ok)
        if path == run.config_file:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            run.begin()
    with RunFolder(tmp_path).claimed(overwrite=False):
        RunFolder(tmp_path).begin()
    assert set(_content(tmp_path)) == {"last/.begun"}


def test_names_that_lead_out_of_the_folder_are_no_files_of_a_run():
    names = ["labels.json", "../thesis.txt", "/etc/passwd", "a/../../b", "", 3, "language_model/config.json"]
    assert [str(path) for path in claim.files_within(names)] == ["labels.json", "language_model/config.json"]
    assert claim.files_within("labels.json") == claim.files_within(None) == []


def test_folders_made_for_a_run_that_fails_go_again(tmp_path):
    (tmp_path / "here").mkdir()
    inner = tmp_path / "here" / "a" / "b"
    with pytest.raises(ZeroDivisionError), claim.claimed(inner):
        assert inner.is_dir() / 0
    assert list((tmp_path / "here").iterdir()) == []
