"""What can be said of each symbol of a text: inside quotes or brackets, a capital, a digit, its place in the line.

As in Karpathy, Johnson and Fei-Fei, 2015, "Visualizing and understanding recurrent networks".
"""

from collections.abc import Callable, Sequence

import numpy as np

_TOGGLING = '"'  # opens and closes alike
_QUOTES = {"“": 1, "”": -1, "«": 1, "»": -1, "「": 1, "」": -1}
_BRACKETS = {"(": 1, ")": -1, "[": 1, "]": -1, "{": 1, "}": -1}


def text_properties(symbols: Sequence[str]) -> dict[str, np.ndarray]:
    """Give properties of each symbol by name, (T,), as they are known once it has been read.

    Bools: "inside quotes", "inside brackets", "capital letter", "digit", "word end" (a letter or digit that no other
    follows; of symbols that are characters). Numbers: "place in the line", symbols since its beginning, where the text
    has line ends; and, of characters, "place in the word".

    Args:
        symbols: of the text, in order: characters, words or parts of words.
    """
    text = list(symbols)
    of_characters = all(len(symbol) <= 1 for symbol in text)
    properties: dict[str, np.ndarray] = {
        "inside quotes": _inside_quotes(text),
        "inside brackets": _inside(text, _BRACKETS),
        "capital letter": np.array([symbol[:1].isupper() for symbol in map(str.lstrip, text)], bool),
        "digit": np.array([any(character.isdigit() for character in symbol) for symbol in text], bool),
    }
    if any(symbol.endswith("\n") for symbol in text):
        properties["place in the line"] = _since(text, lambda symbol: symbol.endswith("\n"))
    if of_characters:
        in_word = np.array([symbol.isalnum() for symbol in text], bool)
        properties["word end"] = in_word & ~np.append(in_word[1:], False)
        properties["place in the word"] = np.where(in_word, _since(text, lambda symbol: not symbol.isalnum()), np.nan)
    return properties


def _inside_quotes(text: Sequence[str]) -> np.ndarray:
    """Whether a quote is open after each symbol; a blank line closes all."""
    inside, depth, open_quote, line_is_empty = [], 0, False, False
    for symbol in text:
        for character in symbol:
            depth = max(0, depth + _QUOTES.get(character, 0))
            open_quote ^= character == _TOGGLING
            if character == "\n":
                if line_is_empty:
                    depth, open_quote = 0, False
                line_is_empty = True
            else:
                line_is_empty = False
        inside.append(depth > 0 or open_quote)
    return np.array(inside, bool)


def _inside(text: Sequence[str], changes: dict[str, int]) -> np.ndarray:
    """Whether more was opened than closed after each symbol."""
    inside, depth = [], 0
    for symbol in text:
        for character in symbol:
            depth = max(0, depth + changes.get(character, 0))
        inside.append(depth > 0)
    return np.array(inside, bool)


def _since(text: Sequence[str], ends: Callable[[str], bool]) -> np.ndarray:
    """How many symbols there were since one that ends something, this one included; 0 at such a one."""
    distances, distance = [], 0
    for symbol in text:
        distance = 0 if ends(symbol) else distance + 1
        distances.append(float(distance))
    return np.array(distances)
