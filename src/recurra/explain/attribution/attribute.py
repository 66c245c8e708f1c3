"""Which inputs decided an output: `recurra.explain.attribution`."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recurra.errors import DataError, require_count
from recurra.explain.attribution.examples import first_of, is_labelled
from recurra.explain.attribution.jobs import clips, language_model, sequences, tagger, translator
from recurra.explain.attribution.modules import attribute_module
from recurra.explain.attribution.result import METHODS, Attribution
from recurra.explain.attribution.subject import Settings, explained
from recurra.tasks import load
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.language_model.task import LanguageModel
from recurra.tasks.tagging.task import Tagger
from recurra.tasks.translation.task import Translator
from recurra.tasks.video.task import VideoClassifier
from recurra.training.task import Task
from recurra.training.validation import evaluating

_UNITS = ("step", "feature", "number")  # of what is erased


@torch.inference_mode(False)
def attribution(
    model: Any,
    inputs: Any,
    target: Any = None,
    *,
    method: str | None = None,
    baseline: Tensor | float | None = None,
    points: int = 50,
    by: str = "step",
    window: int = 1,
    batch_first: bool = True,
    create_graph: bool = False,
    paths: int = 2,
    part: str | None = None,
    examples: int = 3,
) -> Attribution:
    """Find which inputs decided an output.

    Methods: "integrated-gradients" (Sundararajan et al., 2017) with its convergence error; "gradient-times-input";
    "erasure", the fall of the score where a part of the input is replaced by the baseline (Li et al., 2016);
    "connectivity", the norm of the gradient of a score by each vector that was read (Madsen, 2019), which has no sign.
    What is explained is a score before softmax. Symbols are attributed by their vectors, summed to a number a symbol.

    | model | inputs | what is explained |
    |---|---|---|
    | language model | a text | each symbol that follows, by those before it; by default "connectivity" |
    | classifier, regressor | sequences, as of `predict` | the answer of each, or its answer at each step |
    | classifier of clips | clips, as of `predict` | the answer to each, by each of its signals |
    | tagger | sentences, as of `tag` | the label of each word; with a CRF also the next likeliest labels |
    | translator | a text, or several | each word of the translation; with attention, where it looked |
    | any module | what it is called with | a number of what it gives first, at the last step |

    Args:
        model: a module, a task that is fitted, or the folder of a run.
        inputs: see the table. Of a module the first argument, or all as a tuple or dictionary: the first is attributed,
            (B, T, I), or symbols (B, T). Of a task also labelled data as of its `evaluate` (files, a named data set, or
            a tuple of inputs and answers), of which the first are explained.
        target: of a module which output, a number, a tensor (B,), or a function of what it gives to (B,); of a
            classifier a label; of a tagger a column. None takes the answer that was given.
        method: see above; None takes the default.
        baseline: of a module, an input that says nothing: a number, or a tensor; None is 0. Tasks take a vector of
            zeros for a symbol, and the mean of the training for a number.
        points: of the integral; raise it where the convergence error is large.
        by: what "erasure" erases together: "step", "feature" or "number".
        window: steps that "erasure" erases together.
        batch_first: of a module's first argument and output.
        create_graph: whether `values` of a module can be differentiated again.
        paths: likeliest sequences of labels to find with a CRF.
        part: of a named data set; None takes "test" where there is one.
        examples: of labelled data, how many are explained.

    Returns:
        The attribution. The model is left as it was.

    Raises:
        DataError: the inputs are not as expected.
        ValueError: the method is unknown, or a shape does not fit.
    """
    if isinstance(model, str | Path):
        model = load(model)
    settings = _settings(method, model, points, by, window)
    if isinstance(model, nn.Module):
        with evaluating(model):
            return attribute_module(model, inputs, target, settings, baseline, batch_first, create_graph)
    if not isinstance(model, Task):
        raise TypeError(f"model: expected a module, a task or the folder of a run, got {type(model).__name__}")
    if baseline is not None or create_graph:
        raise ValueError("baseline and create_graph are for modules: expected neither of them beside a task")
    require_count("paths", paths)
    require_count("examples", examples)
    if part is not None or is_labelled(inputs):
        inputs = first_of(model, inputs, part, examples)
    with evaluating(model._fitted()):
        made = _of_task(model, inputs, target, settings, paths)
    if not made.sequences:
        raise DataError("inputs: expected at least one to explain, got none")
    return made


def _settings(method: str | None, model: Any, points: int, by: str, window: int) -> Settings:
    """How outputs are attributed, held to what there is."""
    if method is None:
        method = "connectivity" if isinstance(model, LanguageModel) else "integrated-gradients"
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    if by not in _UNITS:
        raise ValueError(f"by: expected one of {', '.join(_UNITS)}, got {by!r}")
    require_count("points", points, most=10_000)
    require_count("window", window)
    return Settings(method, points, by, window)


def _of_task(task: Task[Any, Any], inputs: Any, target: Any, settings: Settings, paths: int) -> Attribution:
    if isinstance(task, Tagger):
        return Attribution(settings.method, tagger.attributions(task, inputs, target, settings, paths))
    if isinstance(task, VideoClassifier):
        return Attribution(settings.method, clips.attributions(task, inputs, target, settings))
    if isinstance(task, SequenceEstimator):
        subjects = sequences.subjects_of(task, inputs, target)
        features = task.columns_.features if task.columns_ is not None and task.columns_.form == "steps" else None
        gap = 0 if task.tokenizer_ is not None and task.tokenizer_.kind == "char" else 1
        explanations = [explained(subject, settings) for subject in subjects]
        return Attribution(settings.method, explanations, features=features or None, gap=gap)
    if target is not None:
        raise ValueError(f"target: expected None of a {task.name}, whose outputs are all explained")
    texts = [inputs] if isinstance(inputs, str) else list(inputs)
    if isinstance(task, LanguageModel):
        gap = 1 if task._learnt(task.tokenizer).kind == "word" else 0
        explanations = [explained(language_model.subject_of(task, text), settings) for text in texts]
        return Attribution(settings.method, explanations, gap=gap, is_causal=True)
    if isinstance(task, Translator):
        return Attribution(settings.method, [translator.attribution_of(task, text, settings) for text in texts])
    raise DataError(f"model: expected a task that can be explained, got {type(task).__name__}")
