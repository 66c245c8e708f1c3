"""`recurra predict` of a run that watches clips: files, or frames as they come."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recurra import figures
from recurra.cli import stream
from recurra.cli.output import print_json
from recurra.data.clips import sampling
from recurra.data.clips import stream as clip_stream
from recurra.data.clips.frame import Frame
from recurra.errors import DataError
from recurra.tasks.video import description
from recurra.tasks.video.task import VideoClassifier

_CAMERAS = "/dev/video"


def columns(files: Sequence[str], per_frame: bool) -> list[str]:
    """The names of what is printed of each clip, or of each frame."""
    if per_frame or any(map(_is_live, files)):
        return ["input", "time", "answer", "probability"]
    return ["input", "answer", "probability", "known"]


def predict(
    task: VideoClassifier,
    files: Sequence[str],
    per_frame: bool,
    picture: Path | None,
    as_json: bool,
    print_cells: Callable[[list[str]], None],
) -> None:
    """Answer clips: a row each, or with `per_frame` a row a frame.

    Args:
        task: what answers.
        files: of clips; "-" is a video on standard input, and /dev/video0 a camera: these are answered at every frame,
            as it comes.
        per_frame: whether to say what was thought at every frame.
        picture: file to draw the answers along the one clip to.
        as_json: whether rows are JSON objects.
        print_cells: prints a row.

    Raises:
        DataError: a clip cannot be read, or is not as those of the training.
    """
    if picture is not None:
        figures.require_format(picture)
        if len(files) != 1 or _is_live(files[0]):
            raise DataError(f"--picture: expected one file of a clip to draw, got {' '.join(files)}")
    for file in files:
        if _is_live(file):
            _answer_live(task, file, as_json, print_cells)
            continue
        [content] = task.describe([file], per_frame=per_frame or picture is not None)
        frames = content.get("frames", [])
        if picture is not None:
            figures.save(_picture(task, file, frames), picture)
        if not per_frame:
            content.pop("frames", None)
        if as_json:
            print_json({"input": file} | content)
        elif per_frame:
            for frame in frames:
                print_cells([file, *_moment(frame)])
        else:
            print_cells([file, *_cells(content)])
        sys.stdout.flush()


def _is_live(file: str) -> bool:
    return file == stream.STANDARD_INPUT or file.startswith(_CAMERAS)


def _answer_live(task: VideoClassifier, file: str, as_json: bool, print_cells: Callable[[list[str]], None]) -> None:
    """Answer at every frame, as soon as it has come."""
    answers, watched = task.answers, task.stream("video")
    name = stream.NAME if file == stream.STANDARD_INPUT else file
    for number, frame in enumerate(_frames(task, file)):
        [scores] = watched.step(frame.image[None])  # frames of video are read at the rate of the answers
        content = description.frame(answers, scores, number / task.steps_per_second)
        if as_json:
            print_json({"input": name} | content)
        else:
            print_cells([name, *_moment(content)])
        sys.stdout.flush()


def _frames(task: VideoClassifier, file: str) -> Iterator[Frame]:
    """The frames of what comes, at the rate and in the size of the training."""
    config = task.config
    if file == stream.STANDARD_INPUT:
        decoded = clip_stream.video(stream.standard_input(), stream.NAME)
    else:
        decoded = clip_stream.camera(file)
    yield from sampling.sample(decoded, config.frame_rate, config.frame_size)


def _moment(frame: dict[str, Any]) -> list[str]:
    """A frame in cells: its time, the likeliest class and how likely that is."""
    likeliest = max(frame["probabilities"], key=frame["probabilities"].__getitem__)
    return [f"{frame['time']:.2f}", likeliest, f"{frame['probabilities'][likeliest]:.3f}"]


def _cells(content: dict[str, Any]) -> list[str]:
    """A clip in cells: the answer, how likely it is, and when it was known."""
    answer, probabilities = content["answer"], content["probabilities"]
    if isinstance(probabilities, list):
        surest = np.mean([max(step.values()) for step in probabilities])
        return [" ".join(map(str, answer)), f"{surest:.3f}"]
    shown = " ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
    known = [f"{content['knew_at']['time']:.2f}"] if "knew_at" in content else []
    return [shown, f"{max(probabilities.values()):.3f}", *known]


def _picture(task: VideoClassifier, file: str, frames: Sequence[dict[str, Any]]) -> Any:
    """The answers along a clip, under pictures of it."""
    times = [frame["time"] for frame in frames]
    curves = {name: [frame["probabilities"][name] for frame in frames] for name in frames[0]["probabilities"]}
    return figures.clip_curves(times, curves, task.frames(file), title=Path(file).name)
