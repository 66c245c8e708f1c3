"""What the units of a network do over what it reads: `recurra.explain.activations`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from recurra.errors import require_count
from recurra.explain.activations import modules
from recurra.explain.activations.following import followers
from recurra.explain.activations.gates import saturations
from recurra.explain.activations.jobs import clips, language_model, sequences, tagger, translator
from recurra.explain.activations.result import Activations
from recurra.explain.activations.subject import Recorded, Subject, recorded
from recurra.explain.unchanged import unchanged
from recurra.tasks import load
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.tagging.task import Tagger
from recurra.tasks.translation.task import Translator
from recurra.tasks.video.task import VideoClassifier
from recurra.training.task import Task
from recurra.training.validation import evaluating

_JOBS: dict[type[Any], Callable[..., Subject]] = {
    LanguageModel: language_model.subject_of,
    SequenceEstimator: sequences.subject_of,
    Tagger: tagger.subject_of,
    Translator: translator.subject_of,
    VideoClassifier: clips.subject_of,
}


@torch.inference_mode(False)
def activations(
    model: Any,
    data: Any,
    *,
    part: str | None = None,
    properties: Mapping[str, Any] | None = None,
    batch_first: bool = True,
    steps: int = 6000,
) -> Activations:
    """Look at the states and gates of a network over what it reads.

    Measured are the share of the time at which each gate is open (above 0.9) or closed (below 0.1) and each state
    saturated (above 0.9 in size), by layer and direction; and for each property of what is read the unit that follows
    it best, with its score on the half of the steps that it was not chosen on: the area under the ROC curve of what is
    there or not, Spearman's correlation of numbers (`recurra.explain.activations.following`). Source: Karpathy,
    Johnson and Fei-Fei, 2015, "Visualizing and understanding recurrent networks".

    | model | what units are compared with |
    |---|---|
    | language model | inside quotes and brackets, capital letter, digit, word end, place in the line and in the word |
    | classifier, regressor | the features or, of texts, the same as of a language model; the answer at the end |
    | classifier of clips | the place in the clip, how much changes, the class at the end |
    | tagger | labels, inside a span; quotes, brackets, capitals, digits; the place in the sentence |
    | translator | of the encoder: quotes, brackets, capitals, digits; the place in the sentence, and its end |
    | any module | its features or its commonest symbols, and what `properties` names |

    Args:
        model: a module with recurrent layers, the last of which is looked at; a fitted task; or the folder of a run.
        data: of a task labelled data, as of its `evaluate`; what is in memory with its answers, as a pair. Of a module
            what it is called with, sequences first: (B, T, I), or symbols (B, T).
        part: of a named data set; None takes "test" where there is one.
        properties: of a module, by name bools or numbers for each step, (B, T).
        batch_first: of a module's sequences, and of the properties.
        steps: of a task's data to read, at most, but of its first sequence.

    Returns:
        The explanation. The model is left as it was.

    Raises:
        DataError: the data are not as expected, or nothing was learnt.
        ValueError: the model has no recurrent layers, or tensors do not fit.
    """
    require_count("steps", steps)
    if isinstance(model, str | Path):
        model = load(model)
    if isinstance(model, nn.Module):
        with unchanged(model), evaluating(model):
            return _measured(modules.subject_of(model, data, properties, batch_first))
    job = next((subject_of for task, subject_of in _JOBS.items() if isinstance(model, task)), None)
    if job is None or not isinstance(model, Task):
        raise TypeError(f"model: expected a module, a task or the folder of a run, got {type(model).__name__}")
    if properties is not None:
        raise ValueError("properties: expected None beside a task, which has properties of its own")
    network = model._fitted()
    with unchanged(network), evaluating(network):
        return _measured(job(model, data, part, steps))


def _measured(subject: Subject) -> Activations:
    recording = recorded(subject)
    joined = {name: np.concatenate(parts) for name, parts in recording.values.items()}  # (N, H) each
    units, names = _units(recording, joined)
    properties = {name: np.concatenate(parts) for name, parts in subject.properties.items()}
    first = len(next(iter(recording.values.values()))[0])
    return Activations(
        gates=saturations(joined, recording.states),
        followers=followers(units, properties),
        units=units[:first],
        unit_names=names,
        positions=len(units),
        symbols=subject.symbols[0] if subject.symbols else None,
        series=subject.series[0] if subject.series else None,
        features=subject.features or None,
        gap=subject.gap,
    )


def _units(recording: Recorded, joined: dict[str, np.ndarray]) -> tuple[np.ndarray, list[str]]:
    """The states of all units side by side, (N, U), and what each unit is called."""
    states = [name for name in joined if name in recording.states]
    names = [f"{name}[{unit}]" for name in states for unit in range(joined[name].shape[1])]
    return np.concatenate([joined[name] for name in states], 1), names
