"""What a tagger is to label, as a person has it in memory: a text, the words of a sentence, or those of several."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from recurra.data.containers.rows import is_container, is_frame, only_column, rows
from recurra.data.files.unicode_text import require_unicode
from recurra.data.sentences.lexicon import Lexicon
from recurra.data.sentences.sentences import sentences_of
from recurra.data.sentences.word_tokenizer import has_no_spaces
from recurra.errors import DataError, quote

_NO_BREAK = "\u00a0\u2007\u202f"  # spaces that keep a word together, as in 1 000


def words_of(
    sentences: Any, split: Callable[[str], list[tuple[int, int]]], lexicon: Lexicon
) -> tuple[list[list[str]], bool]:
    """Give the words of each sentence.

    Args:
        sentences: a text, which is one sentence; a list of words, which is one, too; or a list of lists of words.
        split: finds the words of a text.
        lexicon: of the words that were learnt.

    Returns:
        The words of each sentence, and whether one alone was given.

    Raises:
        DataError: something is no list of words; or texts are given where words of one sentence are expected.
    """
    if isinstance(sentences, str):
        require_unicode("sentence", sentences)
        return [[sentences[start:end] for start, end in split(sentences)]], True
    if is_frame(sentences):
        sentences = only_column(sentences, "sentences: expected lists of words")
    listed = list(rows(sentences)) if is_container(sentences) else [sentences]
    is_one = bool(listed) and all(isinstance(part, str) for part in listed)
    if is_one:
        _refuse_texts(listed, lexicon)
    return sentences_of([listed] if is_one else listed).words, is_one


def split_texts(sentences: Any, split: Callable[[str], list[tuple[int, int]]]) -> tuple[Any, dict[int, dict[str, Any]]]:
    """Find the words of the sentences that are given as {"text": ...} among others.

    Args:
        sentences: as of `Tagger.describe`.
        split: finds the words of a text.

    Returns:
        The sentences, with words in the place of each such text; and by their number, from 0, the "text" and its
        "offsets": for each word where it begins and ends (exclusive).

    Raises:
        DataError: an object has anything but a text.
    """
    if not isinstance(sentences, list | tuple) or not any(isinstance(part, Mapping) for part in sentences):
        return sentences, {}
    listed, texts = list(sentences), dict[int, dict[str, Any]]()
    for number, part in enumerate(listed):
        if isinstance(part, Mapping):
            text = _text_of(part)
            offsets = split(text)
            listed[number] = [text[start:end] for start, end in offsets]
            texts[number] = {"text": text, "offsets": [list(offset) for offset in offsets]}
    return listed, texts


def _text_of(record: Mapping[Any, Any]) -> str:
    if set(record) != {"text"} or not isinstance(record["text"], str):
        raise DataError(f'sentences: expected {{"text": ...}} or a list of words, got {quote(dict(record))}')
    require_unicode("text", record["text"])
    return str(record["text"])


def _refuse_texts(words: Iterable[str], lexicon: Lexicon) -> None:
    """Refuse what look like several texts in the place of the words of one sentence."""
    several = "of several texts give [tagger.tag(text) for text in texts]"
    if not any(map(_has_space, lexicon.words)):  # else words may have spaces, as in "New York"
        for word in words:
            if _has_space(word):
                raise DataError(
                    f"sentences: expected the words of one sentence, got {quote(word)} with white space; {several}"
                )
    if lexicon.of_characters:
        for word in words:
            if sum(map(has_no_spaces, word)) > 1:
                raise DataError(f"sentences: expected the characters of one sentence, got {quote(word)}; {several}")


def _has_space(word: str) -> bool:
    """Whether there is white space inside a word or around it, where it may break."""
    return any(character.isspace() and character not in _NO_BREAK for character in word)
