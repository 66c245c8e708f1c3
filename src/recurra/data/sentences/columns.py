"""Sentences in files of columns: a word a line, an empty line after each sentence, as in CoNLL-2000 and WNUT-17."""

from collections.abc import Mapping, Sequence
from itertools import chain, dropwhile
from pathlib import Path

from recurra.data.files.lines import numbered_lines
from recurra.data.sentences import column_header
from recurra.data.sentences.column_shape import Shape, choose, column_index, shape_of
from recurra.data.sentences.comments import Comments, IsWord, begins_with
from recurra.data.sentences.layout import Layout
from recurra.data.sentences.line_blocks import Line, blocks_of
from recurra.data.sentences.sentences import Sentences
from recurra.errors import DataError

DOCUMENT = "-DOCSTART-"  # a line that begins a document


def read(path: Path, columns: str | Layout = "", comments: str = "") -> Sentences:
    """Read a file; its columns lie between tabs, or in lines without a tab between spaces.

    A first line that names the columns, such as "Token Label", is left out; see `recurra.data.sentences.column_header`.

    Args:
        path: the file.
        columns: those of the labels, see `parse_columns`, counted from 1 or, with a minus, from the last; "word" names
            that of the words. By default the words are the first column, or the second where the first one counts them;
            the labels, called "label", are the last column, or after a count the one behind the words if it is of
            spans; a file of words alone has no labels. Or how another file was read.
        comments: a regular expression that comments begin with; where it is empty, see
            `recurra.data.sentences.comments`.

    Raises:
        DataError: a line has not as many columns as the others, or fewer than asked for; names file and line.
    """
    blocks = list(blocks_of(numbered_lines(path, empty=True), str(path), _cells_in_sentence))
    blocks, notes = column_header.without_header(path, blocks, comments)
    if not blocks:
        raise DataError(f"{path}: expected sentences, found none")
    certain = certain_blocks(blocks, comments)
    if not certain:
        raise DataError(f"{path}: expected sentences, found comments alone")
    shape = shape_of(certain)
    layout = choose(path, shape, certain, columns)
    word = column_index(path, shape, layout.word)
    labels = {name: column_index(path, shape, column) for name, column in layout.labels.items()}
    is_word = _has_known_labels(certain, shape, list(labels.values()))
    judge = Comments(comments, shape.columns, shape.tabs, is_word)
    parted = [words_of(block, shape, judge, str(path)) for block in blocks]
    sentences = [words for words, _ in parted if words]
    if not sentences:
        raise DataError(f"{path}: expected sentences, found none")
    made = gather(path, sentences, word, labels)
    made.layout = layout
    if not comments:
        notes += _notes(path, shape, [line for _, others in parted for line in others])
    made.notes = notes + column_header.doubts(made)
    return made


def gather(path: Path, sentences: Sequence[Sequence[Line]], word: int, labels: Mapping[str, int]) -> Sentences:
    """Make sentences of the lines of each: the index of the words' column, and of each column of labels."""
    gathered = Sentences([], {name: [] for name in labels})
    for sentence in sentences:
        cells = [line.cells for line in sentence]
        gathered.words.append([row[word] for row in cells])
        for name, column in labels.items():
            gathered.labels[name].append([row[column] for row in cells])
        gathered.names.append(f"{path}:{sentence[0].number}")
        gathered.lines.append(_numbers([line.number for line in sentence]))
    return gathered


def _numbers(lines: list[int]) -> Sequence[int]:
    """Line numbers; those that follow on each other take no room."""
    whole = range(lines[0], lines[0] + len(lines))
    return whole if lines[-1] == whole[-1] else lines


# --- lines ------------------------------------------------------------------------------------------------------------


def cells_of(line: str) -> list[str]:
    """What stands in each column; other white space of Unicode, such as a no-break space, is part of a word."""
    line = line.strip(" \t\r")
    if "\t" in line:
        cells = line.split("\t")
        return [cell.strip(" ") for cell in cells] if " " in line else cells
    cells = line.split(" ")
    return [cell for cell in cells if cell] if "  " in line or not line else cells


def _cells_in_sentence(line: str) -> list[str]:
    """The cells of a line; none where it ends a sentence, as the mark of a new document does, too."""
    cells = cells_of(line)
    return [] if cells and cells[0] == DOCUMENT else cells


def certain_blocks(blocks: Sequence[Sequence[Line]], comments: str) -> list[list[Line]]:
    """The lines of each sentence that are of words; where all begin with #, those with something right behind it."""
    certain = [without_doubtful(block, comments) for block in blocks]
    if not any(certain) and not comments:
        certain = [[line for line in block if line.text[1:2] not in ("", " ", "\t")] for block in blocks]
    return [block for block in certain if block]


def without_doubtful(block: Sequence[Line], comments: str) -> list[Line]:
    """The lines that are of words, as far as can be said before it is known how many columns they have."""
    if comments:
        return [line for line in block if not begins_with(comments, line.text)]
    return list(dropwhile(lambda line: line.text.startswith("#"), block))


def words_of(block: Sequence[Line], shape: Shape, comments: Comments, name: str) -> tuple[list[Line], list[Line]]:
    """Part the lines of a sentence into those of words, and comments and what a count has no place for ("1-2").

    Raises:
        DataError: a line has not as many columns as the others.
    """
    if not (comments.pattern or shape.counted) and _are_words(block, shape.columns):
        return list(block), []
    words, others = list[Line](), list[Line]()
    for line in block:
        is_other = comments.has(line.text, line.cells, not words)
        if not is_other and len(line.cells) != shape.columns:
            expected = f"expected {shape.columns} columns, as in line {shape.line}"
            got = f"got {len(line.cells)}: {line.text.strip()[:60]!r}"
            raise DataError(f"{name}:{line.number}: {expected}, {got}")
        is_other = is_other or (shape.counted and not line.cells[0].isdecimal())
        (others if is_other else words).append(line)
    return words, others


def _are_words(block: Sequence[Line], columns: int) -> bool:
    """Whether none of the lines can be a comment, as in most sentences; asked first, since it is soon answered."""
    return all(len(cells) == columns and not text.startswith("#") for _, text, cells in block)


def _has_known_labels(blocks: Sequence[Sequence[Line]], shape: Shape, positions: Sequence[int]) -> IsWord:
    """Make a test whether the labels of a line are such as other lines have."""
    known: dict[int, set[str]] = {position: set() for position in positions}  # the labels in each column
    for line in chain.from_iterable(blocks):
        if len(line.cells) == shape.columns:
            for position, labels in known.items():
                labels.add(line.cells[position])
    return lambda cells: all(cells[position] in labels for position, labels in known.items())


def _notes(path: Path, shape: Shape, others: Sequence[Line]) -> list[str]:
    """Tell of comments that have as many columns as the lines of words."""
    comments = [line for line in others if line.text.startswith("#") and len(line.cells) == shape.columns]
    if not comments:
        return []
    first = comments[0]
    count = "1 line is a comment" if len(comments) == 1 else f"{len(comments):,} lines are comments"
    return [f"{path}:{first.number}: {count}, not a word: {first.text.strip()[:60]!r}"]
