"""How far back a network remembers: `recurra.explain.memory`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from recurra.errors import require_count
from recurra.explain.memory import modules
from recurra.explain.memory.jobs import clips, language_model, sequences, tagger, translator
from recurra.explain.memory.outcomes import loss_curve
from recurra.explain.memory.probe import lags_of, probe
from recurra.explain.memory.result import Memory
from recurra.explain.memory.subject import Subject
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
_LONGEST = 512  # steps of a window, where nothing else is asked for


@torch.inference_mode(False)
def memory(
    model: Any,
    data: Any,
    *,
    part: str | None = None,
    loss: modules.Losses | None = None,
    batch_first: bool = True,
    longest: int = _LONGEST,
    answers: int = 1000,
    with_probe: bool = True,
    seed: int = 0,
) -> Memory:
    """Measure how far back a network uses what it reads.

    Two measurements. The loss of its answers where all that is older than k steps is cut off, with the state begun
    anew, against k: the memory length is the smallest k from which on that loss is within 1% of the one with all steps
    (see `recurra.explain.memory.outcomes.loss_curve`). And a linear probe that tells what was read k steps ago from
    the state, beside the same probe on a network of the same settings that has learnt nothing: a state may hold what
    the answers never use. The probe is scored on positions that it was not fitted on.

    | model | its answers | what is cut off |
    |---|---|---|
    | language model | symbols, forward | older symbols |
    | classifier, regressor | answers to sequences, or at steps | older steps |
    | classifier of clips | answers to clips | older steps of the first signal, after its encoder |
    | tagger | labels of words | older words; those that follow stay |
    | translator | symbols of the translation | older symbols of the translation; the source stays |
    | any module | what it gives, at the last step or at each | older steps |

    Args:
        model: a module, a task that is fitted, or the folder of a run.
        data: of a task labelled data, as of its `evaluate`; what is in memory with its answers, as a pair. Of a module
            a pair of tensors: inputs (B, T, I) or symbols (B, T), and targets, (B, ...) or (B, T, ...).
        part: of a named data set; None takes "test" where there is one.
        loss: of a module, from outputs and targets (M, ...) to a loss of each, (M,); None takes the cross-entropy of
            whole numbers and the squared error of others.
        batch_first: of a module's inputs, targets and outputs.
        longest: steps of a window, at most.
        answers: how many are measured, drawn at random.
        with_probe: whether to fit the probe.
        seed: of the draw.

    Returns:
        The explanation. The model is left as it was.

    Raises:
        DataError: the data are not as expected, or nothing was learnt.
        ValueError: tensors do not fit each other or the model.
    """
    require_count("longest", longest)
    require_count("answers", answers)
    rng = np.random.default_rng(seed)
    if isinstance(model, str | Path):
        model = load(model)
    if isinstance(model, nn.Module):
        with unchanged(model), evaluating(model):
            return _measured(modules.subject_of(model, data, loss, batch_first, answers, rng), longest, with_probe)
    job = next((subject_of for task, subject_of in _JOBS.items() if isinstance(model, task)), None)
    if job is None or not isinstance(model, Task):
        raise TypeError(f"model: expected a module, a task or the folder of a run, got {type(model).__name__}")
    network = model._fitted()
    with unchanged(network), evaluating(network):
        return _measured(job(model, data, part, answers, rng), longest, with_probe)


def _measured(subject: Subject, longest: int, with_probe: bool) -> Memory:
    curve = loss_curve(subject.outcomes, longest)
    trained = untrained = None
    if with_probe:
        lags = lags_of([len(read) for read in subject.read])
        trained = probe(subject.states(subject.network), subject.read, lags)
        untrained = probe(subject.states(subject.untrained()), subject.read, lags)
    return Memory(curve, subject.outcomes.unit, subject.step, trained, untrained)
