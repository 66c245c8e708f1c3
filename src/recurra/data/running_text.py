"""Running text to words: marks are set apart from the words that they touch, as in the Penn Treebank."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

_WHOLE = re.compile(
    r"(?:https?://|www\.)\S*[^\s.,;:!?()\[\]'\"]"  # addresses of pages,
    r"|(?<!\S)[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # of people,
    r"|(?<!\w)[@#]\w+"  # names and topics,
    r"|(?<!\S)[:;=8][-']?[)(\]\[DPpOo/|*](?!\S)"  # faces
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
    hidden = _WHOLE.sub(lambda found: "x" * len(found[0]), text)
    places = []
    for start, end in _splitter().span_tokenize(hidden):
        word = text[start:end]
        if end - start > 1 and word.endswith(".") and not known(word) and known(word[:-1]):
            places.append((start, end - 1))
            start = end - 1
        places.append((start, end))
    return places


@cache
def _splitter() -> Any:
    from nltk.tokenize import NLTKWordTokenizer  # a second to import

    return NLTKWordTokenizer()
