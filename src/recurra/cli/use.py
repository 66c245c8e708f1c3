"""`recurra evaluate` and `recurra write`: a trained network at work."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra import tasks
from recurra.data.text import read_pieces
from recurra.errors import DataError
from recurra.tasks import LanguageModel, confusion

HYPHENED = Parameter(allow_leading_hyphen=True)  # the value may be "-", or text that begins with it


def evaluate(
    run: Path,
    data: Annotated[str, HYPHENED] = "-",
    /,
    *,
    part: str | None = None,
    json: bool = False,
    picture: Path | None = None,
) -> None:
    """Score a trained network on data.

    Parameters
    ----------
    run
        Run folder.
    data
        What the network is trained on: files, a folder or a named data set; of a language model also standard input,
        when not given or "-".
    part
        Part of a named data set: train, valid or test; by default test where there is one, else valid.
    json
        Print one JSON object.
    picture
        HTML file to draw the confusion table of a classifier to.
    """
    task: Any = tasks.load(run)
    if data == "-":
        with _standard_input() as file:
            scores = task.evaluate(file, part=part)
    else:
        scores = task.evaluate(data, part=part)
    if picture is not None:
        if "confusion" not in scores:
            raise DataError(f"{run}: expected a run of a classifier of one class each, for a picture of its confusion")
        confusion.draw(scores["confusion"], scores["classes"], picture)
    if json:
        _print_json(scores)
        return
    table, classes = scores.pop("confusion", None), scores.pop("classes", None)
    width = max(map(len, scores))
    for name, value in scores.items():
        print(f"{name:{width}}  {value:,}" if isinstance(value, int) else f"{name:{width}}  {value:.4f}")
    if table is not None:
        print(f"\nright class down, answer across\n{confusion.as_text(table, classes)}")


def write(
    run: Path,
    /,
    *,
    prompt: Annotated[str, HYPHENED] = "",
    length: Annotated[int, Parameter(validator=Number(gte=0))] = 400,
    samples: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    stop: Annotated[str | None, HYPHENED] = None,
    temperature: Annotated[float, Parameter(validator=Number(gt=0))] = 1.0,
    top_k: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    top_p: Annotated[float, Parameter(validator=Number(gt=0, lte=1))] = 1.0,
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
    if prompt == "-":
        with _standard_input() as file:
            prompt = "".join(read_pieces([file]))
    filters: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    if json or samples > 1:
        texts = task.generate(prompt, length, samples=samples, stop=stop, seed=seed, **filters)
        for number, text in enumerate(texts):
            if json:
                _print_json({"prompt": prompt, "text": text})
            else:
                print(f"{'' if number == 0 else chr(10)}--- {number + 1}\n{prompt}{text}")
        return
    pieces = task.stream(prompt, length, 1, stop, seed, **filters)
    print(prompt, *next(pieces), sep="", end="", flush=True)  # the first piece shows that the prompt is in order
    for (piece,) in pieces:
        print(piece, end="", flush=True)
    print()


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False))


@contextmanager
def _standard_input() -> Iterator[Path]:
    """Keep standard input in a file, to be read more than once; an error calls it by its own name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "standard input"
        file.write_bytes(sys.stdin.buffer.read())
        try:
            yield file
        except DataError as error:
            raise DataError(str(error).replace(str(file), file.name)) from error
