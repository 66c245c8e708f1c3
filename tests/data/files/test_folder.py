from pathlib import PurePath

from recurra.data.files import folder


def test_endings_count_in_any_case_and_hidden_files_do_not(tmp_path):
    for name in ("b.TXT", "a.txt", "._a.txt", ".DS_Store", "c.csv"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d.Txt").write_text("x\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "e.txt").write_text("x\n")
    assert [path.name for path in folder.files(tmp_path, [".txt"])] == ["a.txt", "b.TXT"]
    assert [path.name for path in folder.files(tmp_path, [".txt"], below=True)] == ["a.txt", "b.TXT", "d.Txt"]


def test_a_folder_may_lie_below_a_hidden_one(tmp_path):
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.txt").write_text("x\n")
    assert len(folder.files(tmp_path / ".cache", [".txt"])) == 1


def test_members_that_macos_adds_to_an_archive_are_left_out():
    names = map(PurePath, ("digits/one.WAV", "__MACOSX/digits/._one.WAV", "digits/.DS_Store"))
    assert folder.with_endings(names, [".wav"]) == [PurePath("digits/one.WAV")]
