"""A first line that names the columns of a file of words, such as "Token Label"; it is no word of a sentence."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from recurra.data.sentences.comments import begins_with
from recurra.data.sentences.line_blocks import Line
from recurra.data.sentences.sentences import Sentences
from recurra.errors import quote

_WORDS = {"word", "words", "token", "tokens", "form", "text", "surface", "wort", "mot", "palabra"}
_LABELS = {
    "label",
    "labels",
    "tag",
    "tags",
    "class",
    "type",
    "entity",
    "entities",
    "bio",
    "iob",
    "iob2",
    "bioes",
    "slot",
}
_LABELS |= {
    "ner",
    "ner_tag",
    "ner_tags",
    "ner-tag",
    "ner tag",
    "netag",
    "ne",
    "chunk",
    "chunks",
    "chunk_tag",
    "chunk_tags",
}
_LABELS |= {"pos", "pos_tag", "pos_tags", "pos-tag", "postag", "upos", "xpos"}
_MANY = 20  # words, from which a label that stands nowhere else but in the first line is told


def is_header(line: Line, comments: str = "") -> bool:
    """Whether a line names a column of words and one of labels; a # may stand before the names."""
    if comments and begins_with(comments, line.text):
        return False
    names = [cell.removeprefix("#").strip().lower() for cell in line.cells]
    return not _WORDS.isdisjoint(names) and not _LABELS.isdisjoint(names)


def without_header(path: Path, blocks: list[list[Line]], comments: str) -> tuple[list[list[Line]], list[str]]:
    """Take out a first line that names columns; say so.

    Args:
        path: the file.
        blocks: its lines, those of each sentence together.
        comments: what comments begin with.

    Returns:
        The lines that are left, and what is to be said.
    """
    first = blocks[0][0] if blocks else None
    if first is None or not is_header(first, comments):
        return blocks, []
    rest = [blocks[0][1:]] if len(blocks[0]) > 1 else []
    note = f"{path}:{first.number}: the names of columns, no word: {quote(first.text.strip())}"
    return [*rest, *blocks[1:]], [note]


def doubts(sentences: Sentences) -> list[str]:
    """Name a first word whose labels stand nowhere else in a file: it may be a header in other words."""
    count = sum(map(len, sentences.words))
    if count < _MANY or not sentences.labels or not sentences.words[0]:
        return []
    for labels in sentences.labels.values():
        counts = Counter(label for sentence in labels for label in sentence)
        if counts[labels[0][0]] > 1 or 5 * len(counts) > count:
            return []
    return [f"{_first(sentences)}; if this line names columns, remove it"]


def _first(sentences: Sentences) -> str:
    labels: Sequence[str] = [column[0][0] for column in sentences.labels.values()]
    shown = " ".join(map(quote, labels))
    return f"{sentences.word_name(0, 0)}: word {quote(sentences.words[0][0])} has a label of its own, {shown}"
