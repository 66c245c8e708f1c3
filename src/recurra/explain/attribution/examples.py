"""The first examples of labelled data, as inputs to explain."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.sources import named
from recurra.data.sources.catalogue import NAMED
from recurra.tasks.classification import examples
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.tagging.task import Tagger
from recurra.tasks.translation.task import Translator
from recurra.tasks.video.task import VideoClassifier
from recurra.training.task import Task

_SYMBOLS = 300  # of a text


def is_labelled(inputs: Any) -> bool:
    """Whether these are data as of `evaluate`, and not the inputs themselves: files, a named data set, or a pair."""
    if isinstance(inputs, tuple):
        return True
    return all(_names_data(name) for name in inputs) if isinstance(inputs, list) and inputs else _names_data(inputs)


def _names_data(name: Any) -> bool:
    return isinstance(name, Path) or (isinstance(name, str) and (name in NAMED or os.path.exists(name)))


def first_of(task: Task[Any, Any], data: Any, part: str | None, count: int) -> Any:
    """Take the first inputs of labelled data, in the form in which each job explains them; of a text its beginning.

    Args:
        task: whose data.
        data: as of its `evaluate`; what is in memory with its answers, as a tuple.
        part: of a named data set; None takes "test" where there is one.
        count: inputs.

    Raises:
        DataError: the data are not as expected.
    """
    if isinstance(task, LanguageModel):
        corpus, _ = task.corpus(data, part)
        return [np.asarray(corpus.numbers()[:_SYMBOLS], np.int64)]  # as symbols, of which some may be unknown
    if isinstance(task, Tagger):
        return task.labelled_sentences(data, part).words[:count]
    if isinstance(task, Translator):
        return named.part_to_score(data, task._resolve(data), part).sources[:count]
    if isinstance(task, VideoClassifier):
        clips = task.labelled(data, part)
        return clips.select(range(min(count, len(clips))))
    assert isinstance(task, SequenceEstimator)
    labelled = examples.to_score(task, data, None, part)
    return [labelled.inputs[i] for i in range(min(count, len(labelled)))]
