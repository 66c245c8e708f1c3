"""`recurra predict` of a run that watches clips: files, and frames as they come."""

import json

import numpy as np
import pytest

from recurra import VideoClassifier
from recurra.cli import main

av = pytest.importorskip("av", reason="the extra recurra[video] is not installed")

SETTINGS = {"hidden_size": 8, "channels": 2, "frame_size": 16, "frame_rate": 10.0, "epochs": 8, "threads": 1}
SETTINGS |= {"learning_rate": 0.02, "warmup_steps": 0, "augment": False, "dropout": 0.0, "batch_size": 4}


def write_video(path, brighter: bool, rate: int = 10, repeat: int = 1) -> None:
    """A video of a second that grows brighter or darker, each frame shown so often."""
    light = np.linspace(20, 220, 10)
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for value in light if brighter else light[::-1]:
            image = np.full((32, 32, 3), value, np.uint8)
            for _ in range(repeat):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a folder a class, and the run of a classifier that has learnt from them."""
    folder = tmp_path_factory.mktemp("clips")
    for label in ("brighter", "darker"):
        (folder / "clips" / label).mkdir(parents=True)
        for number in range(6):
            write_video(folder / "clips" / label / f"{number}.mkv", label == "brighter")
    VideoClassifier(**SETTINGS).fit(folder / "clips", out=folder / "run", progress=False)
    return folder


def predict(folder, capsys, *arguments) -> list[str]:
    assert main(["predict", str(folder / "run"), *map(str, arguments)]) == 0
    return capsys.readouterr().out.splitlines()


def test_each_file_gives_a_line_with_the_answer_and_when_it_was_known(folder, capsys):
    files = [folder / "clips" / "darker" / "0.mkv", folder / "clips" / "brighter" / "3.mkv"]
    rows = [line.split("\t") for line in predict(folder, capsys, *files)]
    assert [row[:2] for row in rows] == [[str(files[0]), "darker"], [str(files[1]), "brighter"]]
    assert all(0.5 <= float(row[2]) <= 1 and 0 <= float(row[3]) < 1 for row in rows)


def test_every_frame_as_rows_and_as_json(folder, capsys):
    file = folder / "clips" / "darker" / "1.mkv"
    rows = [line.split("\t") for line in predict(folder, capsys, file, "--per-frame")]
    assert [row[1] for row in rows] == [f"{step / 10:.2f}" for step in range(10)]
    [line] = predict(folder, capsys, file, "--per-frame", "--json")
    content = json.loads(line)
    assert [f"{max(frame['probabilities'].values()):.3f}" for frame in content["frames"]] == [row[3] for row in rows]
    header, *table = predict(folder, capsys, file, "--per-frame", "--csv")
    assert header == "input,time,answer,probability"
    assert len(table) == 10


def test_copies_of_other_frame_rates_give_the_same_answers(folder, tmp_path, capsys):
    write_video(tmp_path / "10.mkv", brighter=True)
    write_video(tmp_path / "30.mkv", brighter=True, rate=30, repeat=3)
    contents = [
        json.loads(line) for line in predict(folder, capsys, *sorted(tmp_path.glob("*.mkv")), "--per-frame", "--json")
    ]
    for first, second in zip(*(content["frames"] for content in contents), strict=True):
        assert first["probabilities"] == pytest.approx(second["probabilities"], abs=0.02)  # compressed anew


def test_a_video_on_standard_input_is_answered_as_the_file(folder, standard_input, capsys):
    file = folder / "clips" / "brighter" / "2.mkv"
    [line] = predict(folder, capsys, file, "--per-frame", "--json")
    expected = json.loads(line)["frames"]
    standard_input(file.read_bytes())
    frames = [json.loads(line) for line in predict(folder, capsys, "-", "--json")]
    assert [frame["input"] for frame in frames] == ["standard input"] * 10
    for frame, of_file in zip(frames, expected, strict=True):
        assert frame["time"] == pytest.approx(of_file["time"])
        assert frame["probabilities"] == pytest.approx(of_file["probabilities"], abs=1e-5)


@pytest.mark.parametrize("ending", ["html", "svg", "png"])
def test_the_answers_along_a_clip_are_drawn_with_pictures_of_it(folder, tmp_path, capsys, ending):
    picture = tmp_path / f"clip.{ending}"
    predict(folder, capsys, folder / "clips" / "brighter" / "2.mkv", "--picture", picture)
    assert picture.stat().st_size > 3000


def test_a_broken_file_is_named_with_how_many_frames_it_yielded(folder, tmp_path, capsys):
    content = (folder / "clips" / "brighter" / "2.mkv").read_bytes()
    (tmp_path / "bad.mkv").write_bytes(content[: len(content) // 2])
    assert main(["predict", str(folder / "run"), str(tmp_path / "bad.mkv")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{tmp_path / 'bad.mkv'}: expected a whole video, got" in err or "expected a video, got no frame" in err


def test_what_cannot_be_drawn_or_is_not_there_is_refused(folder, tmp_path, capsys):
    for arguments, message in (
        (["-", "--picture", "x.svg"], "--picture: expected one file of a clip to draw, got -"),
        ([str(tmp_path / "nothing.mp4")], f"{tmp_path / 'nothing.mp4'}: expected"),
        (["/dev/video99"], "/dev/video99: expected a camera"),
    ):
        assert main(["predict", str(folder / "run"), *arguments]) == 2
        assert message in capsys.readouterr().err


def test_scores_are_printed_and_drawn_by_the_share_of_a_clip_that_was_seen(folder, tmp_path, capsys):
    command = ["evaluate", str(folder / "run"), str(folder / "clips"), "--seen", str(tmp_path / "seen.svg")]
    assert main([*command, "--picture", str(tmp_path / "confusion.svg")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["seen", "accuracy", "confidence", "calibration_error"] for line in lines)
    assert sum(line.strip().startswith(("10%", "50%", "100%")) for line in lines) == 3
    assert (tmp_path / "seen.svg").stat().st_size > 3000
