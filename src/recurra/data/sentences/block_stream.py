"""Sentences to label, as their lines come, a word a line: in columns or CoNLL-U."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from recurra.data.files.lines import is_blank
from recurra.data.sentences import conllu
from recurra.data.sentences.column_header import is_header
from recurra.data.sentences.column_shape import is_counted, needed
from recurra.data.sentences.columns import DOCUMENT, cells_of, certain_blocks
from recurra.data.sentences.comments import Comments
from recurra.data.sentences.layout import Layout
from recurra.data.sentences.line_blocks import Line
from recurra.data.sentences.sentence_stream import Groups, Unlabelled
from recurra.data.sentences.sentences import require_length
from recurra.errors import DataError

IsLabel = Callable[[str], bool]


class BlockReader:
    """A word a line, and an empty line after each sentence.

    Args:
        name: of the file.
        layout: how the tagger's data were read.
        comments: what comments begin with; see `recurra.data.sentences.comments`.
        is_label: by column, whether a text is a label of it.
    """

    def __init__(self, name: str, layout: Layout | None, comments: str, is_label: Mapping[str, IsLabel]):
        self.name, self.layout, self.comments, self.is_label = name, layout, comments, is_label
        self.block: list[Line] = []

    def read(self, number: int, line: str) -> Iterator[Unlabelled]:
        """Give the sentence that an empty line, or one that begins a document, completes."""
        cells = self._cells(line)
        if cells and cells[0] != DOCUMENT:
            self.block.append(Line(number, line, cells))
            require_length(f"{self.name}:{self.block[0].number}", len(self.block))
            return
        yield from self.end()
        if cells:
            yield Unlabelled([], [(line, False)])

    def end(self) -> Iterator[Unlabelled]:
        """Give the sentence whose lines have come."""
        block, self.block = self.block, []
        if block:
            yield self._sentence(block)

    def _cells(self, line: str) -> list[str]:
        return cells_of(line)

    def _sentence(self, block: list[Line]) -> Unlabelled:
        raise NotImplementedError


class ConlluReader(BlockReader):
    """CoNLL-U, whose comments, ranges of several words and empty nodes are kept."""

    def _cells(self, line: str) -> list[str]:
        return [] if is_blank(line) else line.rstrip("\r").split("\t")

    def _sentence(self, block: list[Line]) -> Unlabelled:
        layout = self.layout if self.layout and self.layout.format == "conllu" else Layout("conllu", "form")
        words = conllu.words_of(block, self.name)
        numbers = {line.number for line in words}
        gold = {name: [conllu.field(line, key) for line in words] for name, key in layout.labels.items()}
        lines = [(line.text, line.number in numbers) for line in block]
        return Unlabelled([conllu.field(line, layout.word) for line in words], lines, gold=gold)


class ColumnReader(BlockReader):
    """Columns: which hold the words is seen in the first sentences, where nobody chose one for the training data."""

    is_first = True  # whether no line has been read
    column = 0  # of the words, from 1 or with a minus from the last; 0 is not yet known

    def _sentence(self, block: list[Line]) -> Unlabelled:
        is_first, self.is_first = self.is_first, False
        if is_first and is_header(block[0], self.comments):
            return self._behind_header(block)
        certain = next(iter(certain_blocks([block], self.comments)), None)
        if certain is None:
            return Unlabelled([], [(line.text, False) for line in block])
        count, tabs = len(certain[0].cells), "\t" in certain[0].text.strip(" \t\r")
        at, counted = self._word_column(certain)
        labels = self._label_columns(count)
        judge = Comments(self.comments, count, tabs, lambda cells: self._has_labels(cells, labels))
        words: list[Line] = []
        lines: list[tuple[str, bool]] = []
        for line in block:
            is_word = not judge.has(line.text, line.cells, not words)
            is_word = is_word and (line.cells[0].isdecimal() or not counted)
            if is_word and len(line.cells) <= at:
                got = f"got {len(line.cells)}: {line.text.strip()[:60]!r}"
                raise DataError(f"{self.name}:{line.number}: expected a word in column {at + 1}, {got}")
            words += [line] if is_word else []
            lines.append((line.text, is_word))
        return Unlabelled([line.cells[at] for line in words], lines, gold=self._gold(words, labels))

    def _behind_header(self, block: list[Line]) -> Unlabelled:
        """The sentence of lines of which the first names columns."""
        sentence = self._sentence(block[1:]) if len(block) > 1 else Unlabelled([])
        sentence.lines.insert(0, (block[0].text, False))
        return sentence

    def _word_column(self, block: Sequence[Line]) -> tuple[int, bool]:
        """The index of the column of the words, and whether the first column counts them."""
        layout = self.layout if self.layout and self.layout.format == "columns" else Layout("columns", "1")
        counted = is_counted([block], several=layout.word != "2")
        count = len(block[0].cells)
        if not layout.by_default:
            column = int(layout.word) if count > 1 else 1
        else:
            is_alike = layout.word == "2" and count >= needed(layout)
            column = self.column or (2 if counted or is_alike else 1)
            self.column = column if len(block) > 1 else self.column
        return (column - 1 if column > 0 else max(0, count + column)), counted and column != 1

    def _label_columns(self, count: int) -> dict[str, int]:
        """The index of each column of labels that lines of so many columns have; the last where that is not known."""
        if not (self.layout and self.layout.format == "columns"):
            return dict.fromkeys(self.is_label, count - 1) if count > 1 and len(self.is_label) == 1 else {}
        numbers = {name: int(column) for name, column in self.layout.labels.items()}
        return {name: at - 1 if at > 0 else count + at for name, at in numbers.items() if abs(at) <= count}

    def _has_labels(self, cells: Sequence[str], labels: Mapping[str, int]) -> bool:
        return all(self.is_label[name](cells[at]) for name, at in labels.items())

    def _gold(self, words: Sequence[Line], labels: Mapping[str, int]) -> dict[str, list[str]]:
        """The right labels by column, where most of what stands there are labels that the tagger knows."""
        gold = {}
        for name, at in labels.items():
            there = [line.cells[at] for line in words if at < len(line.cells)]
            if len(there) == len(words) and 2 * sum(map(self.is_label[name], there)) >= len(there):
                gold[name] = there
        return gold


def format_of(groups: Groups, layout: Layout | None) -> tuple[Groups, str]:
    """Tell the format by the first line of a word: "conllu", "columns", or "json" where the tagger learnt from it.

    Returns:
        The groups again, from the start, and the format.
    """
    groups = iter(groups)
    buffered: list[tuple[int, list[str]]] = []
    for group in groups:
        buffered.append(group)
        for line in group[1]:
            if line.startswith("#") or is_blank(line):
                continue
            if conllu.is_word_line(line):
                return chain(buffered, groups), "conllu"
            is_json = layout is not None and layout.format == "json" and line.lstrip().startswith("{")
            return chain(buffered, groups), "json" if is_json else "columns"
    return buffered, "columns"
