"""Words to numbers for a network that reads spelling: the word, its characters, its beginning and end, its capitals."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.sentences.word_tokenizer import has_no_spaces

UNKNOWN = "<unk>"  # number 0 of words, characters and affixes
CAPITALS = ("lower", "Title", "UPPER", "miXed", "none", "digits", "d1gits")
_DIGIT = re.compile(r"\d")
_SINGLE = 0.9  # of the words, from which a lexicon is one of characters
_LONGEST = 40  # characters read of a word: half of them from its beginning, half from its end


class WordFeatures(NamedTuple):
    """Words as numbers, F of them.

    words: (F,). capitals: (F,), which of `CAPITALS`. affixes: (F, A), beginnings and ends. characters: (F, C), 0 after
    the end. lengths: characters of each, (F,).
    """

    words: np.ndarray
    capitals: np.ndarray
    affixes: np.ndarray
    characters: np.ndarray
    lengths: np.ndarray


@dataclass
class Lexicon:
    """What is known of words.

    words: in small letters, with 0 for every digit. characters: as they are. affixes: beginnings and ends, as "un-" and
    "-ing". lowercase: whether words are looked up in small letters.
    """

    words: list[str] = field(default_factory=list)
    characters: list[str] = field(default_factory=list)
    affixes: list[str] = field(default_factory=list)
    lowercase: bool = True

    @classmethod
    def learn(
        cls, sentences: Iterable[Sequence[str]], lowercase: bool = True, min_count: int = 1, more: Iterable[str] = ()
    ) -> "Lexicon":
        """Collect words, characters and affixes.

        Args:
            sentences: words.
            lowercase: whether capitals are left to the characters.
            min_count: times that a word must stand there to be known.
            more: words that are known besides, such as those that have a vector.
        """
        counts = Counter(word for words in sentences for word in words)
        made = cls(lowercase=lowercase)
        normal: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        affixes: Counter[str] = Counter()
        for word, count in counts.items():
            normal[made.normal(word)] += count
            characters.update(dict.fromkeys(word, count))
            affixes.update(dict.fromkeys(made.affixes_of(word), count))
        known = [word for word, count in normal.most_common() if count >= min_count]
        made.words = [UNKNOWN, *dict.fromkeys([*known, *more])]
        made.characters = [UNKNOWN, *(character for character, count in characters.most_common() if count > 1)]
        made.affixes = [UNKNOWN, *(affix for affix, count in affixes.most_common() if count > 2)]
        return made

    def normal(self, word: str) -> str:
        """The form in which a word is looked up."""
        return _DIGIT.sub("0", word.lower() if self.lowercase else word)

    def knows(self, word: str) -> bool:
        """Whether a word has a number of its own."""
        return self.normal(word) in self._numbers[0]

    @cached_property
    def of_characters(self) -> bool:
        """Whether what was learnt as words are characters of a script that sets no spaces between words."""
        known = self.words[1:]
        single = [word for word in known if len(word) == 1]
        without_spaces = sum(map(has_no_spaces, single))
        return bool(known) and len(single) >= _SINGLE * len(known) and 2 * without_spaces > len(single)

    def affixes_of(self, word: str) -> list[str]:
        """Beginnings and ends of two and three letters, in small letters."""
        small = _DIGIT.sub("0", word.lower())
        return [f"{small[:2]}-", f"{small[:3]}-", f"-{small[-2:]}", f"-{small[-3:]}"]

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        return _numbered(self.words), _numbered(self.characters), _numbered(self.affixes)

    def encode(self, words: Sequence[str]) -> WordFeatures:
        """Turn words into numbers; 0 for what is not known."""
        word_numbers, character_numbers, affix_numbers = self._numbers
        numbers, capitals, affixes, spellings = [], [], [], []
        for word in words:
            numbers.append(word_numbers.get(self.normal(word), 0))
            capitals.append(_capitals(word))
            affixes.append([affix_numbers.get(affix, 0) for affix in self.affixes_of(word)])
            spellings.append([character_numbers.get(character, 0) for character in _ends(word)])
        lengths = np.asarray([len(spelling) for spelling in spellings])
        characters = np.zeros((len(words), max(1, lengths.max(initial=1))), np.int64)  # (F, C)
        for row, spelling in zip(characters, spellings, strict=True):
            row[: len(spelling)] = spelling
        return WordFeatures(
            np.asarray(numbers), np.asarray(capitals), np.asarray(affixes), characters, np.maximum(lengths, 1)
        )

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        atomic.write_text(path, json.dumps(asdict(self), ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Read the file.

        Raises:
            DataError: it is not there, or holds something else.
        """
        what = "the words of a run"
        with record.reading(path, what):
            made = cls(**read_json(path, what))
        record.require_types(made, path)
        known = (made.words, made.characters, made.affixes)
        record.require(all(part[:1] == [UNKNOWN] for part in known), path, f"{UNKNOWN} as the first of each kind")
        return made


def _numbered(symbols: Sequence[str]) -> dict[str, int]:
    return {symbol: number for number, symbol in enumerate(symbols)}


def _ends(word: str) -> str:
    """A word, or the beginning and the end of a very long one."""
    return word if len(word) <= _LONGEST else word[: _LONGEST // 2] + word[-_LONGEST // 2 :]


def _capitals(word: str) -> int:
    """Which of `CAPITALS` a word is, by its number."""
    return CAPITALS.index(_kind_of_capitals(word))


def _kind_of_capitals(word: str) -> str:
    letters = [character for character in word if character.isalpha()]
    has_digits = any(character.isdigit() for character in word)
    if not letters:
        return "digits" if has_digits else "none"
    if has_digits:
        return "d1gits"
    if all(letter.islower() for letter in letters):
        return "lower"
    capitals = [letter.isupper() for letter in letters]
    if len(letters) > 1 and all(capitals):
        return "UPPER"
    return "Title" if capitals[0] and not any(capitals[1:]) else "miXed"
