"""`recurra write`: a trained language model writes."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra.cli import output, stream
from recurra.cli.loading import load
from recurra.cli.output import print_json as print_json
from recurra.cli.stream import HYPHENED
from recurra.data.files.unicode_text import require_unicode
from recurra.data.text.text_files import read_pieces
from recurra.errors import printable
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.tasks import LanguageModel


def write(
    run: Path,
    /,
    *,
    prompt: Annotated[str, HYPHENED] = "",
    length: Annotated[int, Parameter(validator=Number(gte=0))] = 400,
    samples: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    stop: Annotated[str | None, HYPHENED] = None,
    greedy: Annotated[bool, Parameter(negative="")] = False,
    temperature: Annotated[float, Parameter(validator=Number(gt=0))] = 1.0,
    top_k: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    top_p: Annotated[float, Parameter(validator=Number(gt=0, lte=1))] = 1.0,
    seed: int | None = None,
    precision: AnsweringPrecision = "float32",
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
        End a text before this string; \\n stands for a line end, \\t for a tab, \\\\ for a backslash.
    greedy
        Take the likeliest symbol always, instead of drawing.
    temperature
        Below 1 safer, above 1 bolder.
    top_k
        Choose among the k likeliest symbols; 0 among all.
    top_p
        Choose among the likeliest symbols that together reach this probability.
    seed
        Makes the result repeatable.
    precision
        Of the weights: float32; int8 or bf16 writes two to four times as fast, somewhat differently (`recurra
        evaluate` tells by how much), and in int8 the same on every processor.
    json
        Print one JSON object a text, when it is done.
    """
    task = load(run, LanguageModel, precision)
    if prompt == stream.STANDARD_INPUT:
        with stream.standard_input_as_file() as file:
            prompt = "".join(read_pieces([file]))
    stop = None if stop is None else _unescaped(stop)
    require_unicode("prompt", prompt)
    _say_unknown(task, prompt)
    filters: dict[str, Any] = {"greedy": greedy, "temperature": temperature, "top_k": top_k, "top_p": top_p}
    if json or samples > 1:
        (described,) = task.describe([prompt], length=length, samples=samples, stop=stop, seed=seed, **filters)
        for number, text in enumerate(described["texts"]):
            if json:
                print_json({"prompt": prompt, "text": text})
            else:
                output.write(f"{'' if number == 0 else chr(10)}--- {number + 1}\n{prompt}{text}", end="\n")
        return
    pieces = task.stream(prompt, length, 1, stop, seed, **filters)
    output.write(prompt + next(pieces)[0])  # the first piece shows that the prompt is in order
    for (piece,) in pieces:
        output.write(piece)
    print()


def _unescaped(text: str) -> str:
    """A text in which \\n, \\r, \\t and \\\\ stand for what they name; any other backslash stands for itself."""
    names = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
    return re.sub(r"\\([nrt\\])", lambda found: names[found[1]], text)


def _say_unknown(task: LanguageModel, prompt: str) -> None:
    """Tell how many words of a prompt the model does not know; characters that it does not know are an error."""
    unknown = task.unknown_in(prompt)
    if unknown and task.config.tokenizer == "word":
        shown = " ".join(map(repr, unknown[:5])) + (" ..." if len(unknown) > 5 else "")
        words = "1 word is" if len(unknown) == 1 else f"{len(unknown):,} words are"
        print(f"prompt: {words} unknown to the model: {printable(shown)}", file=sys.stderr)
