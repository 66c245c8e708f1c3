"""`recurra tag`: a trained tagger at work, on files or as a filter."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from recurra.cli import stream
from recurra.cli.use import HYPHENED, print_json
from recurra.data.columns import cells_of
from recurra.data.text import numbered_lines
from recurra.tasks.tagging import Tagger

Lines = list[str]  # of a sentence: one, or with columns one a word


def tag(
    run: Path,
    files: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    columns: bool = False,
    split: bool = True,
    json: bool = False,
) -> None:
    """Label the words of sentences with a trained tagger: a word a line, an empty line after each sentence.

    After the word come, for each column of labels, the label, its probability and, where the labels are of spans, the
    type of the word's span and the probability of exactly this span.

    Parameters
    ----------
    run
        Run folder of a tagger.
    files
        Files of sentences, one a line. "-", or none, reads standard input, and answers each line as it comes.
    columns
        Read a word a line, the first of its columns, and an empty line after each sentence; what else stands on the
        line is kept.
    split
        Set the marks of a sentence apart from its words, as in the Penn Treebank; else its words lie between spaces.
    json
        Print one JSON object a sentence; where words were split, with the text and where in it each word lies.
    """
    task = Tagger.load(run)
    for file in files or ["-"]:
        came = (
            (lines for _, lines in stream.lines())
            if file == "-"
            else [[line for _, line in numbered_lines(Path(file), empty=True)]]
        )
        for sentences in _by_word(came) if columns else ([[line] for line in lines] for lines in came):
            given = [[cells_of(line)[0] for line in lines] for lines in sentences] if columns else None
            _answer(task, sentences, given, split, json)


def _by_word(came: Iterable[Lines]) -> Iterator[list[Lines]]:
    """Whole sentences of a word a line, as many as have come."""
    rest: Lines = []
    for lines in came:
        whole = []
        for line in lines:
            if line.strip():
                rest.append(line)
            elif rest:
                whole.append(rest)
                rest = []
        yield whole
    if rest:
        yield [rest]


def _answer(task: Tagger, sentences: list[Lines], given: list[Lines] | None, split: bool, as_json: bool) -> None:
    """Label sentences, whose words may be given; else they are found in the line."""
    words, texts = given, list[dict[str, Any]]()
    if words is None and split:
        texts = [{"text": line, "offsets": task.split(line)} for (line,) in sentences]
        words = [[one["text"][start:end] for start, end in one["offsets"]] for one in texts]
    elif words is None:
        words = [line.split() for (line,) in sentences]
    for number, (lines, found) in enumerate(zip(sentences, task.describe(words), strict=True)):
        if as_json:
            print_json((texts[number] if texts else {}) | found)
            continue
        rows = found["words"] if given is None else lines
        of_columns = found["columns"].values() if "columns" in found else [found]
        added = [_cells(one) for one in of_columns]
        for row, *cells in zip(rows, *added, strict=True):
            tab = "\t" if given is None or "\t" in row else " "
            print(row.rstrip(), *(cell for own in cells for cell in own), sep=tab)
        print()
    sys.stdout.flush()


def _cells(described: dict[str, Any]) -> list[list[str]]:
    """What is said of each word."""
    cells = [
        [label, f"{chance:.3f}"] for label, chance in zip(described["labels"], described["probabilities"], strict=True)
    ]
    if "spans" not in described:
        return cells
    for own in cells:
        own += ["-", "-"]
    for span in described["spans"]:
        for own in cells[span["start"] : span["end"]]:
            own[2:] = [span["type"], f"{span['probability']:.3f}"]
    return cells
