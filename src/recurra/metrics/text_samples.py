"""How good made texts are beside real ones, and how unlike each other: BLEU, self-BLEU, distinct and copied n-grams.

Texts are sequences of symbols, whatever these are. Knows no network.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence

Text = Sequence[Hashable]
Grams = Counter[tuple[Hashable, ...]]
_SMALLEST = 0.1  # matches that are counted where there is none (Chen and Cherry, 2014, method 1)


class References:
    """Texts that others are compared with, counted once.

    Args:
        texts: sequences of symbols.
        order: of the longest n-grams.
    """

    def __init__(self, texts: Sequence[Text], order: int):
        self.largest = [_largest_counts(texts, n)[0] for n in range(1, order + 1)]
        self.lengths = sorted({len(text) for text in texts})
        self.whole = {tuple(text) for text in texts}


def bleu(made: Sequence[Text], real: References, orders: Sequence[int]) -> dict[int, float]:
    """Give the mean over made texts of BLEU against all real ones, from 0 to 1, higher for texts of real parts.

    As in Texygen (Zhu et al., 2018): each made text is a sentence with all real ones as its references, and the weights
    of 1-grams up to the longest n-grams are equal.

    Args:
        made: texts to score.
        real: texts that were not learnt from.
        orders: of the longest n-grams, each at most that of `real`.

    Returns:
        The score of each order.
    """
    scores = list[list[float]]()
    for text in made:
        if len(text):
            counts = [grams(text, n + 1) for n in range(max(orders))]
            scores.append(_sentence_bleu(text, counts, real.largest, real.lengths))
    return _means(scores, len(made), orders)


def self_bleu(made: Sequence[Text], orders: Sequence[int]) -> dict[int, float]:
    """Give the mean over made texts of BLEU against all others that were made, higher for texts that are alike.

    Args:
        made: texts to score, two or more.
        orders: of the longest n-grams.

    Returns:
        The score of each order.
    """
    counts = [_largest_counts(made, n + 1) for n in range(max(orders))]
    lengths = Counter(len(text) for text in made)
    scores = list[list[float]]()
    for text in made:
        if not len(text):
            continue
        of_text = [grams(text, n + 1) for n in range(max(orders))]
        others = [_without(of_order, *counts[n]) for n, of_order in enumerate(of_text)]
        of_others = sorted(length for length, count in lengths.items() if count > (length == len(text)))
        scores.append(_sentence_bleu(text, of_text, others, of_others))
    return _means(scores, len(made), orders)


def _means(scores: Sequence[Sequence[float]], count: int, orders: Sequence[int]) -> dict[int, float]:
    """The mean of the BLEU of each order over so many texts, of which those without a score count 0."""
    return {order: sum(of_text[order - 1] for of_text in scores) / max(1, count) for order in orders}


def distinct(made: Sequence[Text], order: int) -> float:
    """Give the share of different n-grams among all of made texts (Li et al., 2016), from 0 to 1."""
    counts: Grams = Counter()
    for text in made:
        counts.update(grams(text, order))
    return len(counts) / max(1, counts.total())


def copied(made: Sequence[Text], learnt: References, order: int) -> float:
    """Give the share of n-grams of made texts that stand in the texts that were learnt from, from 0 to 1."""
    known = learnt.largest[order - 1]
    all_grams = [gram for text in made for gram in grams(text, order).elements()]
    return sum(gram in known for gram in all_grams) / max(1, len(all_grams))


def copied_whole(made: Sequence[Text], learnt: References) -> float:
    """Give the share of made texts that were learnt from, from 0 to 1."""
    return sum(tuple(text) in learnt.whole for text in made) / max(1, len(made))


def grams(text: Text, order: int) -> Grams:
    """Count the n-grams of a text."""
    return Counter(tuple(text[i : i + order]) for i in range(len(text) - order + 1))


def _largest_counts(texts: Sequence[Text], order: int) -> tuple[Grams, Grams]:
    """How often each n-gram comes in the text that has it most often, and in the next one."""
    largest: Grams = Counter()
    second: Grams = Counter()
    for text in texts:
        for gram, count in grams(text, order).items():
            if count > largest[gram]:
                largest[gram], second[gram] = count, largest[gram]
            elif count > second[gram]:
                second[gram] = count
    return largest, second


def _without(of_text: Grams, largest: Grams, second: Grams) -> Grams:
    """The largest counts of a text's n-grams in all texts but itself."""
    others: Grams = Counter()
    for gram, count in of_text.items():
        others[gram] = second[gram] if count == largest[gram] else largest[gram]
    return others


def _sentence_bleu(
    text: Text, of_text: Sequence[Grams], largest: Sequence[Grams], lengths: Sequence[int]
) -> list[float]:
    """BLEU of one text (Papineni et al., 2002) of each order; of references, the largest counts and lengths."""
    nearest = min(lengths, key=lambda length: (abs(length - len(text)), length))
    brevity = min(0.0, 1 - nearest / len(text))
    scores, total = list[float](), 0.0
    for order, (counts, limits) in enumerate(zip(of_text, largest, strict=False), 1):
        matches = sum(min(count, limits[gram]) for gram, count in counts.items())
        total += math.log((matches or _SMALLEST) / max(1, counts.total()))
        scores.append(math.exp(brevity + total / order))
    return scores
