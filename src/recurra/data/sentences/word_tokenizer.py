"""Running text to words: marks are set apart from the words that they touch, as in the Penn Treebank."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from recurra.data.sentences.nltk_words import word_tokenizer

_WHOLE = re.compile(
    r"(?:https?://|www\.)\S*[^\s.,;:!?()\[\]'\"]"  # addresses of pages,
    r"|(?<!\S)[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # of people,
    r"|(?<!\w)[@#]\w+"  # names and topics,
    r"|(?<!\S)[:;=8][-']?[)(\]\[DPpOo/|*](?!\S)"  # faces
)
_WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai and Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # radicals, marks, Kana, Bopomofo
    (0x31A0, 0xA4CF),  # characters of Chinese, and Yi
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def split(text: str, known: Callable[[str], bool] = lambda word: False) -> list[tuple[int, int]]:
    """Find the words of a sentence.

    Args:
        text: one sentence, or a few.
        known: whether a word was seen before; a point inside the text stays with a word that was seen with it
            ("Corp."), and leaves one that was seen without.

    Returns:
        For each word where it begins and ends in the text (exclusive). Page addresses, e-mail addresses, @names,
        #topics and faces stay whole.
    """
    hidden = _WHOLE.sub(lambda match: "x" * len(match[0]), text)
    spans = []
    for start, end in _splitter().span_tokenize(hidden):
        word = text[start:end]
        if end - start > 1 and word.endswith(".") and not known(word) and known(word[:-1]):
            spans.append((start, end - 1))
            start = end - 1
        spans.append((start, end))
    return spans


def split_characters(text: str) -> list[tuple[int, int]]:
    """Find the characters of a text, as words of a language that sets no spaces between them; white space is none."""
    return [(i, i + 1) for i, character in enumerate(text) if not character.isspace()]


def has_no_spaces(character: str) -> bool:
    """Whether a character is of a script without spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer."""
    return any(first <= ord(character) <= last for first, last in _WITHOUT_SPACES)


@cache
def _splitter() -> Any:
    return word_tokenizer()
