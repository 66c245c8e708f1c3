"""`recurra evaluate` and `recurra write`: a trained network at work."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra import figures
from recurra.cli import output, stream
from recurra.cli.loading import load
from recurra.cli.output import dumps
from recurra.cli.output import print_json as print_json
from recurra.cli.scores import print_scores
from recurra.cli.search import BeamSize, LengthPenalty, translator
from recurra.data.files import atomic
from recurra.data.files.unicode_text import require_unicode
from recurra.data.text.text_files import read_pieces
from recurra.errors import DataError, printable
from recurra.tasks import LanguageModel, Tagger
from recurra.training import Task

HYPHENED = Parameter(allow_leading_hyphen=True)  # the value may be "-", or text that begins with it


def evaluate(
    run: Path,
    data: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    part: str | None = None,
    json: bool = False,
    picture: Path | None = None,
    errors: Path | None = None,
    beam_size: BeamSize = None,
    length_penalty: LengthPenalty = None,
) -> None:
    """Score a trained network on data.

    Parameters
    ----------
    run
        Run folder.
    data
        What the network is trained on: files, a folder or a named data set; of a language model also standard input,
        when not given or "-". Several files are one text; two of a translator are sources and their translations.
    part
        Part of a named data set: train, valid or test; by default test where there is one, else valid.
    json
        Print one JSON object.
    picture
        File to draw the confusion table of a classifier or tagger to: .html, .svg or .png.
    errors
        JSON lines file to list what a tagger gets wrong in.
    beam_size
        Hypotheses of a translator; by default what it was set to.
    length_penalty
        A translation of L symbols ranks by log p / L ** length_penalty; by default what the translator was set to.
    """
    if picture is not None:
        figures.require_format(picture)
    searches = beam_size is not None or length_penalty is not None
    task: Any = translator(run, beam_size, length_penalty) if searches else load(run, Task)
    if errors is not None and not isinstance(task, Tagger):
        raise DataError(f"{run}: expected a run of {Tagger.name}, to list errors, got one of {task.name}")
    from_stream = data in (None, [], [stream.STANDARD_INPUT])
    how = {"cache": False} if from_stream and isinstance(task, LanguageModel) else {}  # what is piped in is not kept
    with _standard_input() if from_stream else nullcontext(_files(data)) as source:
        if errors is None:
            scores = task.evaluate(source, part=part, **how)
        else:
            scores, wrong = task.assess(source, part=part)
            atomic.write_text(errors, "".join(f"{dumps(error)}\n" for error in wrong))
    if picture is not None:
        if "confusion" not in scores:
            raise DataError(
                f"{run}: expected a run of a classifier of one class each, or a tagger of one column, to draw"
            )
        figures.save(figures.confusion(scores["confusion"], scores["classes"]), picture)
    if json:
        print_json(scores)
    else:
        print_scores(scores)


def _files(data: list[str] | None) -> Any:
    """What a person named as data.

    Raises:
        DataError: standard input is among several.
    """
    assert data
    if stream.STANDARD_INPUT in data:
        raise DataError(f"{stream.STANDARD_INPUT}: expected standard input alone, got {len(data)} files")
    return data[0] if len(data) == 1 else data


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
    json
        Print one JSON object a text, when it is done.
    """
    task = load(run, LanguageModel)
    if prompt == stream.STANDARD_INPUT:
        with _standard_input() as file:
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


@contextmanager
def _standard_input() -> Iterator[Path]:
    """Keep standard input in a file, to be read more than once; an error calls it by its own name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / stream.NAME
        with file.open("wb") as copy:
            shutil.copyfileobj(stream.standard_input(), copy)
        try:
            yield file
        except DataError as error:
            raise DataError(str(error).replace(str(file), file.name)) from error
