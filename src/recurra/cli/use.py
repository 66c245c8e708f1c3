"""`recurra evaluate` and `recurra write`: a trained network at work."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from recurra import tasks
from recurra.errors import DataError
from recurra.tasks import LanguageModel


def evaluate(run: Path, data: str = "-", /, *, part: str | None = None, json: bool = False) -> None:
    """Score a trained network on data.

    Parameters
    ----------
    run
        Run folder.
    data
        Files or a named data set; standard input when not given or "-".
    part
        Part of a named data set: train, valid or test; by default test where there is one, else valid.
    json
        Print one JSON object.
    """
    task: Any = tasks.load(run)
    with tempfile.TemporaryDirectory() as folder:
        source = data if data != "-" else _keep_standard_input(Path(folder) / "standard input")
        scores = task.evaluate(source, part=part)
    if json:
        _print_json(scores)
        return
    width = max(map(len, scores))
    for name, value in scores.items():
        print(f"{name:{width}}  {value:,}" if isinstance(value, int) else f"{name:{width}}  {value:.4f}")


def write(
    run: Path,
    /,
    *,
    prompt: str = "",
    length: int = 400,
    samples: int = 1,
    stop: str | None = None,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int | None = None,
    json: bool = False,
) -> None:
    """Write text with a trained language model, as it is made.

    Parameters
    ----------
    run
        Run folder of a language model.
    prompt
        What the text begins with; "-" reads it from standard input.
    length
        Symbols to write at most.
    samples
        Texts to write.
    stop
        End a text before this string.
    temperature
        Below 1 safer, above 1 bolder.
    top_k
        Choose among the k likeliest symbols; 0 among all.
    top_p
        Choose among the likeliest symbols that together reach this probability.
    seed
        Makes the result repeatable.
    json
        Print one JSON object a text, when it is done.
    """
    task = tasks.load(run)
    if not isinstance(task, LanguageModel):
        raise DataError(f"{run}: expected a run of {LanguageModel.name}, got one of {task.name}")
    prompt = sys.stdin.read() if prompt == "-" else prompt
    filters: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    if json or samples > 1:
        texts = task.generate(prompt, length, samples=samples, stop=stop, seed=seed, **filters)
        for number, text in enumerate(texts):
            if json:
                _print_json({"prompt": prompt, "text": text})
            else:
                print(f"{'' if number == 0 else chr(10)}--- {number + 1}\n{prompt}{text}")
        return
    print(prompt, end="", flush=True)
    for (piece,) in task.stream(prompt, length, 1, stop, seed, **filters):
        print(piece, end="", flush=True)
    print()


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _keep_standard_input(path: Path) -> Path:
    path.write_bytes(sys.stdin.buffer.read())
    return path
