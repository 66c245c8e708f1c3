import numpy as np
import pytest

from recurra import DataError
from recurra.data.sources import clips

AT = {"frame_rate": 25, "frame_size": 32}


def test_weizmann_has_the_last_persons_to_test_on(shared_data):
    shared_data("mocogan_weizmann")
    assert clips.part_names("mocogan_weizmann") == ["train", "test"]
    train, test = (clips.resolve("mocogan_weizmann", part=part, **AT) for part in ("train", "test"))
    assert (len(train), len(test)) == (28, 8)
    assert set(test.groups) == {"person8", "person9"}
    assert not set(test.groups) & set(train.groups)
    assert set(test.answers) == set(train.answers) == {"bend", "jack", "wave1", "wave2"}
    assert test.signals["video"][0].shape == (85, 32, 32, 3)
    assert test.where(0).endswith("person8_bend_00000062.png")


def test_any_person_of_weizmann_can_be_left_out(shared_data):
    shared_data("mocogan_weizmann")
    assert set(clips.resolve("mocogan_weizmann/3", part="test", **AT).groups) == {"person3"}
    assert len(clips.resolve("mocogan_weizmann/3", **AT)) == 32


def test_utd_mhad_is_divided_as_its_authors_do(shared_data):
    shared_data("utd_mhad")
    train, test = (clips.resolve("utd_mhad", part=part, **AT) for part in ("train", "test"))
    assert (len(train), len(test)) == (431, 430)
    assert set(train.groups) == {"s1", "s3", "s5", "s7"}
    assert set(test.groups) == {"s2", "s4", "s6", "s8"}
    assert len(set(train.answers)) == 27
    assert train.rates == {"depth": 19, "skeleton": 19, "inertial": 50}
    assert {name: samples[0].shape for name, samples in train.signals.items()} == {
        "depth": (48, 48, 64, 1),
        "skeleton": (48, 20, 3),
        "inertial": (160, 6),
    }
    assert {name: samples[0].dtype for name, samples in train.signals.items()} == {
        "depth": np.uint8,
        "skeleton": np.float32,
        "inertial": np.float32,
    }


def test_only_the_signals_that_are_asked_for_are_read(shared_data):
    shared_data("utd_mhad")
    assert list(clips.resolve("utd_mhad", signals=["skeleton"], **AT).signals) == ["skeleton"]
    with pytest.raises(DataError, match=r"signals: expected some of depth, skeleton, inertial, got 'sound'"):
        clips.resolve("utd_mhad", signals=["sound"], **AT)


def test_a_part_that_is_not_there_is_refused(shared_data):
    shared_data("mocogan_weizmann")
    with pytest.raises(DataError, match=r"mocogan_weizmann: expected one of the parts train, test, got 'valid'"):
        clips.resolve("mocogan_weizmann", part="valid", **AT)


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(("run/person1_a.npy", "run/person2_a.npy", "wave/person1_b.npy", "wave/person2_b.npy")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / name, np.full((5, 32, 32, 3), i, np.uint8))
    (tmp_path / "t.csv").write_text("file,label,group\nrun/person1_a.npy,r,x\nwave/person1_b.npy,w,y\n")
    (tmp_path / "t.jsonl").write_text('{"file": "run/person1_a.npy", "label": "r"}\n')
    np.savez(tmp_path / "set.npz", X=np.zeros((2, 5, 32, 32, 3), np.uint8), y=["a", "b"])
    return tmp_path


def test_a_folder_a_class_a_table_and_a_list_are_read(folder):
    clips_of_folder = clips.resolve(folder / "run", **AT)
    assert (len(clips_of_folder), clips_of_folder.answers) == (2, None)
    (folder / "set.npz").unlink()
    assert clips.resolve(folder, **AT).answers == ["run", "run", "wave", "wave"]
    table = clips.resolve(str(folder / "t.csv"), **AT)
    assert (table.answers, table.groups) == (["r", "w"], ["x", "y"])
    assert clips.resolve(folder / "t.jsonl", **AT).answers == ["r"]
    both = clips.resolve([folder / "t.csv", folder / "t.jsonl"], **AT)
    assert both.answers == ["r", "w", "r"]
    assert both.signals["video"][1][0, 0, 0, 0] == 2


def test_single_clips_sets_of_arrays_and_what_is_in_memory_are_read(folder):
    assert len(clips.resolve([folder / "run" / "person1_a.npy"], **AT)) == 1
    assert clips.resolve(folder / "set.npz", **AT).answers == ["a", "b"]
    video = np.zeros((2, 5, 32, 32, 3), np.uint8)
    assert len(clips.resolve(list(video), **AT)) == 2
    in_memory = clips.resolve((video, ["a", "b"], ["p", "q"]), **AT)
    assert (in_memory.answers, in_memory.groups) == (["a", "b"], ["p", "q"])


def test_groups_come_from_names_or_from_content(folder):
    (folder / "set.npz").unlink()
    named = clips.resolve(folder, group_pattern=r"person(\d+)_", **AT)
    assert named.groups == ["1", "2", "1", "2"]
    np.save(folder / "run" / "copy.npy", np.load(folder / "wave" / "person1_b.npy"))
    by_content = clips.resolve(folder, **AT)
    assert by_content.where(0).endswith("copy.npy")
    assert by_content.groups[0] == by_content.groups[3]
    assert len(set(by_content.groups)) == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nothing here", r"nothing here: expected a file, a folder or a named data set \(utd_mhad, mocogan_weizmann"),
        ("trec_qc", "trec_qc: expected .* found one for classifier"),
        ([], "data: expected a file, a folder or a named data set, got none"),
    ],
)
def test_what_names_no_clips_is_refused(data, message):
    with pytest.raises(DataError, match=message):
        clips.resolve(data, **AT)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"a.txt: expected a folder, a .csv or .jsonl file, or a clip \(.mp4, .*'.txt'"):
        clips.resolve(tmp_path / "a.txt", **AT)


def test_moving_shapes_are_one_part_of_two_classes(shared_data):
    shared_data("mocogan_shapes")
    parts = clips.listed("mocogan_shapes")
    assert list(parts) == ["train"]
    assert sorted(set(parts["train"].answers)) == ["0", "1"]
    assert len(parts["train"]) == 8000
