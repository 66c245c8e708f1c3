"""The answers of a classifier of clips as JSON holds them, and what goes in and comes out."""

from typing import Any

import numpy as np

from recurra.data.sequences.answers import Answers
from recurra.tasks.classification import description
from recurra.tasks.video.data import Watched
from recurra.tasks.video.seen import knew_at
from recurra.tasks.video.signal import Signal
from recurra.training.signature import COUNT, NUMBER, PROBABILITY, TEXT, Signature, list_of, object_of


def record(answers: Answers, watched: Watched, rate: float, per_frame: bool) -> dict[str, Any]:
    """What was made of a clip.

    Args:
        answers: what they can be.
        watched: scores of the clip.
        rate: steps a second.
        per_frame: whether to give what was thought at every frame.

    Returns:
        The "answer" and its "probabilities" by label, lists of such where there is one at every frame. Of a network
        that answers while it watches, with one class a clip, "knew_at": the "frame", from 0, and the "time" in seconds
        from which on the answer stayed. With `per_frame` "frames": of each its "time" and the "probabilities" then.
    """
    running = watched.running
    scored = running if answers.per_step else watched.final[None]
    decoded, probabilities = answers.decode(scored), answers.probabilities(scored)
    several = ([decoded], [probabilities]) if answers.per_step else (decoded, probabilities)
    [content] = description.records(answers, *several)
    if len(running) > 1 and answers.kind == "class" and not answers.per_step:
        step = knew_at(answers, running)
        content["knew_at"] = {"frame": step, "time": step / rate}
    if per_frame:
        content["frames"] = [frame(answers, row, step / rate) for step, row in enumerate(running)]
    return content


def frame(answers: Answers, scores: np.ndarray, time: float) -> dict[str, Any]:
    """What was thought at a frame, of scores (outputs,): its time in seconds, and the probabilities by label."""
    probabilities = answers.probabilities(scores[None])[0].tolist()
    names = [str(label) for label in answers.labels]
    return {"time": time, "probabilities": dict(zip(names, probabilities, strict=True))}


def signature(task: str, answers: Answers, signals: dict[str, Signal]) -> Signature:
    """What goes in and comes out: a file of each clip, or its samples by signal."""
    by_label = object_of({str(label): PROBABILITY for label in answers.labels})
    properties = description.answer_properties(answers)
    properties["knew_at"] = object_of({"frame": COUNT, "time": NUMBER})
    properties["frames"] = list_of(object_of({"time": NUMBER, "probabilities": by_label}))
    schema = object_of(properties, optional=("knew_at", "frames"))
    return Signature(task, TEXT | {"description": f"file of a clip ({', '.join(signals)})"}, schema)
