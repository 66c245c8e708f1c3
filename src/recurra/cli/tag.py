"""`recurra tag`: a trained tagger at work, on files or as a filter."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra.cli import stream
from recurra.cli.loading import load
from recurra.cli.output import print_json, print_row
from recurra.cli.stream import HYPHENED
from recurra.data.files.folder import ending
from recurra.data.sentences import block_stream, sentence_stream
from recurra.data.sentences.sentence_stream import Unlabelled
from recurra.data.sources import tagged
from recurra.errors import DataError
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.tasks.tagging.signature import N_BEST_MOST, TOP_LABELS_MOST
from recurra.tasks.tagging.task import Tagger

_FIRST, _MOST = 256, 8192  # words that are labelled at once: few at first, so that answers come soon


def tag(
    run: Path,
    files: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    columns: bool = False,
    split: bool = True,
    characters: bool | None = None,
    json: bool = False,
    conlleval: bool = False,
    n_best: Annotated[int, Parameter(validator=Number(gte=1, lte=N_BEST_MOST))] = 1,
    top_labels: Annotated[int, Parameter(validator=Number(gte=0, lte=TOP_LABELS_MOST))] = 0,
    precision: AnsweringPrecision = "float32",
) -> None:
    """Label the words of sentences with a trained tagger: a word a line, an empty line after each sentence.

    After the word come, for each column of labels, the label, its probability and, where the labels are of spans, the
    type of the word's span and the probability of exactly this span.

    Parameters
    ----------
    run
        Run folder of a tagger.
    files
        Files of sentences, one a line; or .conllu, .jsonl and .conll (.iob, .iob2, .bio), as in training. "-", or none,
        reads standard input, and answers each line as it comes.
    columns
        Read a word a line, in columns as the run was trained on, and an empty line after each sentence; what else
        stands on the line is kept.
    split
        Set the marks of a sentence apart from its words, as in the Penn Treebank; else its words lie between spaces.
    characters
        Take each character for a word, as in Chinese; by default where the run was trained on such words.
    json
        Print one JSON object a sentence; where words were split, with the text and where in it each word lies.
    conlleval
        Print what the conlleval script reads: the word, its right label where it is there, and the label that was
        found, spans in IOB2, between spaces.
    n_best
        Ways to label each sentence as a whole, with their log-probabilities; with --json.
    top_labels
        Labels of each word, the likeliest first, with their probabilities; with --json.
    precision
        Of the weights: float32; int8 or bf16 answers sooner, somewhat differently (`recurra evaluate` tells by how
        much), and in int8 the same on every processor.
    """
    files = files or [stream.STANDARD_INPUT]
    stream.require_files(files)
    task = load(run, Tagger, precision)
    if conlleval and json:
        raise DataError("tag: expected --json or --conlleval, got both")
    if not json and (n_best > 1 or top_labels):
        raise DataError("tag: expected --n-best and --top-labels with --json, got them without")
    if conlleval and len(task.columns_) > 1:
        raise DataError(f"conlleval: expected a run of one column of labels, got {', '.join(task.columns_)}")
    for file in files:
        for sentences in _portions(_sentences(task, file, columns, split, characters)):
            words = [sentence.words for sentence in sentences]
            answers = task.describe(words, n_best=n_best, top_labels=top_labels)
            for sentence, described in zip(sentences, answers, strict=True):
                if json:
                    _print_record(sentence, described)
                elif conlleval:
                    _print_compared(task, sentence, described)
                else:
                    _print_rows(sentence, described)
            sys.stdout.flush()


def _sentences(
    task: Tagger, file: str, columns: bool, split: bool, characters: bool | None
) -> Iterator[list[Unlabelled]]:
    """The sentences of a file or of standard input, as they come."""
    groups: sentence_stream.Groups = stream.lines(file)
    name = stream.NAME if file == stream.STANDARD_INPUT else file
    kind = tagged.FORMATS.get(ending(Path(file)))
    if kind is None and (columns or ending(Path(file)) in tagged.COLUMN_ENDINGS):
        groups, kind = block_stream.format_of(groups, task.layout_)
    reader: sentence_stream.Reader
    if kind == "json":
        reader = sentence_stream.JsonReader(name, task.layout_)
    elif kind is not None:
        block_reader = block_stream.ConlluReader if kind == "conllu" else block_stream.ColumnReader
        reader = block_reader(name, task.layout_, task.config.comments, task.knows_label)
    elif split or characters:
        reader = sentence_stream.TextReader(name, lambda text: task.split(text, characters))
    else:
        reader = sentence_stream.WordReader(name)
    return sentence_stream.sentences(groups, reader)


def _portions(groups: Iterable[list[Unlabelled]]) -> Iterator[list[Unlabelled]]:
    """Cut what has come into portions to label at once, each of more words than the one before."""
    most = _FIRST
    for group in groups:
        portion, words = list[Unlabelled](), 0
        for sentence in group:
            portion.append(sentence)
            words += len(sentence.words) + 1
            if words >= most:
                yield portion
                portion, words, most = [], 0, min(2 * most, _MOST)
        if portion:
            yield portion


# --- output -----------------------------------------------------------------------------------------------------------


def _print_record(sentence: Unlabelled, described: dict[str, Any]) -> None:
    """Print a JSON object; none of lines without a word, such as comments alone."""
    if sentence.words or not sentence.lines:
        print_json(sentence.record | described)


def _print_rows(sentence: Unlabelled, described: dict[str, Any]) -> None:
    """Print a word a line, or the lines of the sentence, with the labels of each word behind it."""
    of_columns = described["columns"].values() if "columns" in described else [described]
    added = zip(*map(_cells, of_columns), strict=True)
    for line, is_word in sentence.lines or [(word, True) for word in sentence.words]:
        row = line.rstrip(" \t\r").split("\t") if sentence.lines else [line]
        cells = [cell for of_column in next(added) for cell in of_column] if is_word else []
        separator = "\t" if not sentence.lines or len(row) > 1 else " "
        print_row([*row, *cells], separator)
    print()


def _print_compared(task: Tagger, sentence: Unlabelled, described: dict[str, Any]) -> None:
    """Print words with their true labels, where these are known, and the predicted ones."""
    if not sentence.words:
        return
    ((name, column),) = task.columns_.items()
    labels = [column.to_iob2(described["labels"])]
    if name in sentence.gold:
        labels.insert(0, column.to_iob2(sentence.gold[name]))
    for word, *cells in zip(sentence.words, *labels, strict=True):
        print_row(["_".join(cell.split()) or "_" for cell in (word, *cells)], " ")
    print()


def _cells(described: dict[str, Any]) -> list[list[str]]:
    """What is said of each word."""
    pairs = zip(described["labels"], described["probabilities"], strict=True)
    cells = [[label, f"{probability:.3f}"] for label, probability in pairs]
    if "spans" not in described:
        return cells
    for of_word in cells:
        of_word += ["-", "-"]
    for span in described["spans"]:
        for of_word in cells[span["start"] : span["end"]]:
            of_word[2:] = [span["type"], f"{span['probability']:.3f}"]
    return cells
