"""What `describe` of a translator says of the translations that were found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from recurra.data.text.tokenizers import Tokenizer
from recurra.nn.beam_tree import BeamTree
from recurra.nn.hypothesis import Hypothesis
from recurra.tasks.translation import alignment, tokens
from recurra.tasks.translation.data import EncodedPairs
from recurra.tasks.translation.network import TranslationNetwork
from recurra.tasks.translation.search import SYMBOLS_AT_ONCE
from recurra.training.validation import evaluating


@dataclass
class Description:
    """Some texts with their translations.

    Attributes:
        network: the translator's.
        tokenizers: of the source and of the target.
        texts: that were translated.
        best: of each text its translations, the best first.
        normalized: gives a text as the tokenizers read it.
        records: what `describe` gives, a record a text.
    """

    network: TranslationNetwork
    tokenizers: tuple[Tokenizer, Tokenizer]
    texts: Sequence[str]
    best: Sequence[Sequence[Hypothesis]]
    normalized: Callable[[str], str]
    records: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.records = []
        for text, hypotheses in zip(self.texts, self.best, strict=True):
            self.records.append({"source": text, "translations": [self._translation(one) for one in hypotheses]})

    def _translation(self, hypothesis: Hypothesis) -> dict[str, Any]:
        return {
            "text": text_of(self.tokenizers[1], hypothesis),
            "log_probability": hypothesis.log_probability,
            "score": hypothesis.score,
        }

    @cached_property
    def _encoded(self) -> EncodedPairs:
        """Each translation with its source, as symbols."""
        sources, targets = list[np.ndarray](), list[np.ndarray]()
        for text, hypotheses in zip(self.texts, self.best, strict=True):
            sources += [self.tokenizers[0].encode(self.normalized(text))] * len(hypotheses)
            targets += [np.asarray(hypothesis.symbols, np.int64) for hypothesis in hypotheses]
        return EncodedPairs(sources, targets)

    @property
    def _ends(self) -> tuple[int, int]:
        source, target = self.tokenizers
        return len(source), len(target)

    def add_tokens(self, count: int, suppress_tokens: Sequence[int]) -> None:
        """Add the symbols of each translation, and what else could have stood in their places.

        Args:
            count: alternatives of each.
            suppress_tokens: symbols that are no alternatives.
        """
        probabilities = tokens.probabilities_of(
            self.network,
            self._encoded,
            self._ends,
            count=count,
            suppress_tokens=suppress_tokens,
            at_once=SYMBOLS_AT_ONCE,
        )
        of_each = iter(probabilities)
        for record, hypotheses in zip(self.records, self.best, strict=True):
            for translation, hypothesis in zip(record["translations"], hypotheses, strict=True):
                translation["tokens"] = tokens.tokens(self.tokenizers[1], hypothesis, next(of_each))

    def add_alignment(self) -> None:
        """Add to each translation where the network looked: by words, and by symbols where these are there.

        Raises:
            DataError: the network has no attention.
        """
        with evaluating(self.network):
            weights = alignment.weights_of(self.network, self._encoded, self._ends, SYMBOLS_AT_ONCE)
        of_each = zip(weights, self._encoded.sources, self._encoded.targets, strict=True)
        for record in self.records:
            for translation in record["translations"]:
                by_symbols, source, target = next(of_each)  # (T + 1, S + 1), (S,), (T,)
                by_words = self._by_words(record["source"], translation["text"], by_symbols, source, target)
                translation |= {"attention": by_words.tolist(), "alignment": alignment.pairs(by_words)}
                if "tokens" in translation:
                    record["source_tokens"] = [*tokens.texts_of(self.tokenizers[0], source.tolist()), ""]
                    for token, row in zip(translation["tokens"], by_symbols.tolist(), strict=False):
                        token["attention"] = row

    def _by_words(
        self, text: str, translation: str, weights: np.ndarray, source: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """Weights of symbols as weights of words; see `alignment.by_words`."""
        columns = self.tokenizers[0].words_of(source.tolist(), self.normalized(text))
        rows = self.tokenizers[1].words_of(target.tolist())
        return alignment.by_words(weights, rows, columns, (len(translation.split()), len(text.split())))

    def add_beams(self, trees: Sequence[BeamTree]) -> None:
        """Add what the search has held, from the tree of each text."""
        for record, tree in zip(self.records, trees, strict=True):
            record["beam"] = tokens.beam(self.tokenizers[1], tree)


def text_of(tokenizer: Tokenizer, hypothesis: Hypothesis) -> str:
    """Give what a hypothesis says, in one line."""
    return " ".join(tokenizer.decode(hypothesis.symbols).split("\n"))
