"""Translation: a network that reads a sentence and writes another.

The network and its loss: `recurra.tasks.translation.network`; what it learns from: `recurra.tasks.translation.data`.
Here is what turns texts into symbols and translations back into texts. Translations are searched for by
`recurra.nn.beam_search.beam_search`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from recurra.data import batches
from recurra.data.pairs.sentence_pairs import Pairs
from recurra.data.sources import named, translations
from recurra.data.text import unknown_symbols
from recurra.data.text.tokenizers import Tokenizer
from recurra.errors import DataError, require_count, require_flag
from recurra.metrics import translation as translation_scores
from recurra.nn.beam_tree import BeamTree
from recurra.nn.hypothesis import Hypothesis
from recurra.tasks.translation.config import BEAM_MOST, TranslatorConfig
from recurra.tasks.translation.data import (
    MONITOR,
    EncodedPairs,
    TranslationDataModule,
    batch_of,
    fit_for_learning,
)
from recurra.tasks.translation.description import Description, text_of
from recurra.tasks.translation.network import TranslationNetwork
from recurra.tasks.translation.prefix import prefix_symbols
from recurra.tasks.translation.search import SYMBOLS_AT_ONCE, search
from recurra.tasks.translation.signature import SHOWN_BEAM_MOST, TOP_TOKENS_MOST, signature
from recurra.tasks.translation.texts import LONGEST, pairs_of, require_short, short_texts
from recurra.training.data_module import Preparation
from recurra.training.signature import Signature
from recurra.training.sources import fingerprints_of
from recurra.training.task import Task
from recurra.training.validation import Validation, evaluating

_BYTE_PAIRS = 6000  # symbols, when no number is asked for


class Translator(Task[TranslatorConfig, TranslationNetwork]):
    """A network that translates sentences.

    Example:
        >>> translator = Translator().fit(("train.de", "train.en"), valid=("val.de", "val.en"))
        >>> translator.translate("Ein Hund rennt durch den Schnee.")
        'A dog is running through the snow.'
    """

    name = "translator"
    Config = TranslatorConfig
    artifacts = ("tokenizers_",)
    lasting = frozenset({"cell", "activation", "residual"})
    lasting |= {"tokenizer", "vocabulary_size", "share_vocabulary", "lowercase"}
    tokenizers_: tuple[Tokenizer, Tokenizer] | None = None

    # --- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, valid: Any = None, **more: Any) -> Self:  # type: ignore[override]
        """Learn from sentence pairs.

        Args:
            X: files or a named data set, see `recurra.data.sources.translations.resolve`; or, with `y`, a list of
                texts, or a file.
            y: their translations.
            valid: what to choose the best weights by: as `X`, or the sources and their translations, two lists.
            more: as of `Task.fit`: out, overwrite, progress, and settings to change.

        Returns:
            This translator, with the best weights.

        Raises:
            DataError: data or a setting are not as expected.
        """
        return super().fit(X if y is None else pairs_of(X, y), valid, **more)

    def _reset(self) -> None:
        self.network = self.tokenizers_ = None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[TranslationNetwork]:
        config = self.config
        train, held = named.to_learn(self._resolve, data, valid)
        fingerprints = fingerprints_of(train, held)
        if not len(train):
            raise DataError("expected sentence pairs to learn from, got none")
        if held is None and config.valid_fraction and len(train) > 1:
            train, held = batches.divided(train, None, config.valid_fraction, config.seed)
        if is_new:
            self.tokenizers_ = self._learn(train)
        encoded, left_out = fit_for_learning(train, self._encode_pairs(train), config)
        warnings = [*train.notes, *left_out, *self._unknown(held)]
        if held is None and config.valid_fraction:
            warnings.append("1 pair is too few to hold some out: training loss chooses the weights")
        data_module = TranslationDataModule(config, encoded, self.ends, warnings=warnings)
        return Preparation(self._build(), data_module, self._validation(held), fingerprints)

    def _resolve(self, data: Any) -> dict[str, Pairs]:
        return translations.resolve(data, self.config.source, self.config.target, self.config.reverse)

    def _learn(self, train: Pairs) -> tuple[Tokenizer, Tokenizer]:
        """Learn the symbols of both sides."""
        kind = self.config.tokenizer
        size = self.config.vocabulary_size or (_BYTE_PAIRS if kind == "bpe" else 0)
        sides = [[self.normalized(text) for text in side] for side in (train.sources, train.targets)]
        if self.config.share_vocabulary:
            both = Tokenizer.learn(kind, (text for side in sides for text in side), size)
            return both, both
        source, target = (Tokenizer.learn(kind, side, size) for side in sides)
        return source, target

    def normalized(self, text: str) -> str:
        """Give a text as the tokenizers read it: in lower case, where the settings say so."""
        return text.lower() if self.config.lowercase else text

    def _unknown(self, held: Pairs | None) -> list[str]:
        """What is to be said of symbols of the validation pairs that are unknown."""
        if held is None:
            return []
        sides = zip(("sources", "targets"), (held.sources, held.targets), self._learnt(self.tokenizers_), strict=True)
        warnings = []
        for name, texts, tokenizer in sides:
            warnings += unknown_symbols.notes_of(f"{name} to validate on", map(self.normalized, texts), tokenizer)
        return warnings

    def _build(self) -> TranslationNetwork:
        sources, targets = self.ends
        return TranslationNetwork(sources + 1, targets + 1, self.config)

    @property
    def ends(self) -> tuple[int, int]:
        """The symbol that ends a sentence, on each side: one more than the tokenizer has."""
        source, target = self._learnt(self.tokenizers_)
        return len(source), len(target)

    def encode(self, texts: Sequence[str], side: int = 0) -> list[np.ndarray]:
        """Turn texts into the numbers of their symbols, (T,) each, of side 0, the source, or 1, without the ends."""
        return [self._learnt(self.tokenizers_)[side].encode(self.normalized(text)) for text in texts]

    def _validation(self, held: Pairs | None) -> Validation:
        """How a network is scored while it learns: how far the mean of BLEU and chrF is from the best, and the loss.

        It writes the likeliest symbol always. BLEU alone is 0 for texts of less than four words, such as numbers and
        dates.
        """
        if held is None or not len(held):
            return Validation()

        def score(network: TranslationNetwork) -> dict[str, float]:
            translations = self._translate(network, held.sources, 1)
            scores = self._scores(translations, [self.normalized(text) for text in held.targets])
            nats, symbols = self._nats(network, held)
            shown = {f"valid_{name}": scores[name] for name in ("bleu", "chrf", "exact")}
            error = 1 - (scores["bleu"] + scores["chrf"]) / 200
            return {MONITOR: error, **shown, "valid_nats_per_token": nats / symbols}

        return Validation(MONITOR, score)

    @torch.inference_mode()
    def _nats(self, network: TranslationNetwork, held: Pairs) -> tuple[float, int]:
        """Sum of -log p of the right translations, and how many symbols they have."""
        encoded = self._encode_pairs(held)
        total, count = 0.0, 0
        with evaluating(network):
            for rows in batches.bucketed_batches(encoded.lengths, SYMBOLS_AT_ONCE, SYMBOLS_AT_ONCE, 0, 0):
                batch = batch_of(encoded, rows, self.ends).to(network.bias.device)
                loss, _ = network.loss(batch)
                total, count = total + float(loss) * batch.size, count + batch.size
        return total, count

    # --- translating -------------------------------------------------------------------------------------------------

    def translate(self, texts: Any, *, beam_size: int | None = None, prefix: str | Sequence[int] = "") -> Any:
        """Translate a text, or each of several; an empty text stays empty.

        Args:
            texts: one, or a list.
            beam_size: hypotheses; None takes the setting.
            prefix: what all translations begin with, however likely that is: a text, or symbols by number. The last
                word of a text may go on.

        Raises:
            DataError: something is no text, or longer than `LONGEST`; beam_size is below 1; or the prefix has symbols
                that are not known, or leaves no room within the setting `max_length`.
        """
        network = self._fitted()
        translations = self._translate(network, short_texts("texts", texts), beam_size, self._prefix(prefix))
        return translations[0] if isinstance(texts, str) else translations

    def hypotheses(
        self, texts: Any, *, beam_size: int | None = None, prefix: str | Sequence[int] = ""
    ) -> list[list[Hypothesis]]:
        """Search the likeliest translations of each text, the best first; arguments and errors as of `translate`.

        An empty text has an empty one.
        """
        network = self._fitted()
        return self._search(network, short_texts("texts", texts), self._beam_size(beam_size), self._prefix(prefix))

    def describe(
        self,
        texts: Any,
        *,
        beam_size: int | None = None,
        n_best: int = 1,
        with_alignment: bool = False,
        prefix: str | Sequence[int] = "",
        top_tokens: int = 0,
        with_beam: bool = False,
    ) -> list[dict[str, Any]]:
        """Translate, and say how likely that is and where the network looked.

        Args:
            texts: to translate; one, or a list.
            beam_size: hypotheses; None takes the setting, and at least n_best.
            n_best: translations of each text, at least 1.
            with_alignment: whether to give, for each word of a translation, the weight of each word of the source.
            prefix: as of `translate`.
            top_tokens: if not 0, the symbols of each translation are given, with so many alternatives each, at most
                `TOP_TOKENS_MOST`.
            with_beam: whether to give all that the search has held, of at most `SHOWN_BEAM_MOST` hypotheses at once.

        Returns:
            For each text its "source" and "translations", the best first: "text", "log_probability", "score"; if asked
            for also "attention", a row of weights a word, and "alignment", pairs of words, the source's and the
            translation's, counted from 0. Words are what stands between white space, as `str.split` finds them. With
            `top_tokens` also "tokens", see `recurra.tasks.translation.tokens.tokens`; with alignment each has
            "attention", a weight for each of the symbols of the text, whose texts are its "source_tokens". With
            `with_beam` also "beam", see `recurra.tasks.translation.tokens.beam`.

        Raises:
            DataError: as of `translate`; a number is out of its bounds; or there is no attention to align by.
        """
        network = self._fitted()
        texts = short_texts("texts", texts)
        require_count("n_best", n_best, most=BEAM_MOST)
        require_flag("with_alignment", with_alignment)
        require_count("top_tokens", top_tokens, least=0, most=TOP_TOKENS_MOST)
        require_flag("with_beam", with_beam)
        beam_size = max(self._beam_size(beam_size), n_best)
        if with_beam:
            require_count("with_beam: beam_size", beam_size, most=SHOWN_BEAM_MOST)
        trees = [BeamTree() for _ in texts]
        hypotheses = self._search(network, texts, beam_size, self._prefix(prefix), trees if with_beam else None)
        best = [of_source[:n_best] for of_source in hypotheses]
        description = Description(network, self._learnt(self.tokenizers_), texts, best, self.normalized)
        if top_tokens:
            description.add_tokens(top_tokens, self._suppressed)
        if with_alignment:
            description.add_alignment()
        if with_beam:
            description.add_beams(trees)
        return description.records

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        return signature(self.name, self.config)

    def _translate(
        self,
        network: TranslationNetwork,
        texts: Sequence[str],
        beam_size: int | None,
        prefix: Sequence[int] | np.ndarray = (),
    ) -> list[str]:
        best = self._search(network, texts, self._beam_size(beam_size), prefix)
        return [self.text_of(hypotheses[0]) for hypotheses in best]

    def _beam_size(self, beam_size: int | None) -> int:
        """The setting, where nothing else is asked for."""
        if beam_size is None:
            return int(self.config.beam_size)
        require_count("beam_size", beam_size, most=BEAM_MOST)
        return beam_size

    def _prefix(self, prefix: str | Sequence[int]) -> np.ndarray:
        """What translations are to begin with, as symbols."""
        tokenizer, most = self._learnt(self.tokenizers_)[1], self.config.max_length - 1
        return prefix_symbols(prefix, tokenizer, lambda text: self.encode([text], 1)[0], most, LONGEST)

    @property
    def _suppressed(self) -> tuple[int, ...]:
        """Symbols of the target that are never written: what is unknown."""
        unknown = self._learnt(self.tokenizers_)[1].unknown
        return () if unknown is None else (unknown,)

    def _search(
        self,
        network: TranslationNetwork,
        texts: Sequence[str],
        beam_size: int,
        prefix: Sequence[int] | np.ndarray = (),
        trees: Sequence[BeamTree] | None = None,
    ) -> list[list[Hypothesis]]:
        """The likeliest translations of each text; an empty one of an empty one."""
        config = self.config
        numbers = self.encode(texts, 0)
        sources = [symbols if text.strip() else None for text, symbols in zip(texts, numbers, strict=True)]
        return search(
            network,
            sources,
            self.ends[0],
            beam_size=beam_size,
            length_penalty=config.length_penalty,
            max_length=config.max_length,
            suppress_tokens=self._suppressed,
            prefix=prefix,
            trees=trees,
        )

    def text_of(self, hypothesis: Hypothesis) -> str:
        """Give what a hypothesis says, in one line."""
        return text_of(self._learnt(self.tokenizers_)[1], hypothesis)

    # --- scores ------------------------------------------------------------------------------------------------------

    def evaluate(self, X: Any, y: Any = None, part: str | None = None) -> dict[str, Any]:
        """Score on sentence pairs.

        Args:
            X, y: as of `fit`.
            part: of a named data set; None takes "test" where there is one.

        Returns:
            "bleu", "chrf" and "exact" with signatures (`recurra.metrics.translation`), "nats_per_token",
            "perplexity_per_token", and how many "pairs" and "symbols" there are.
        """
        network = self._fitted()
        data = X if y is None else pairs_of(X, y)
        held = self.pairs(data, part)
        for i, text in enumerate(held.sources):
            require_short(held.name(i), text)
        scores = self._scores(self._translate(network, held.sources, None), held.targets)
        nats, symbols = self._nats(network, held)
        scores |= {"nats_per_token": nats / symbols, "perplexity_per_token": math.exp(min(nats / symbols, 700))}
        return scores | {"pairs": len(held), "symbols": symbols}

    def data_module(self, data: Any, part: str | None = None) -> TranslationDataModule:
        """Give sentence pairs in the batches that `network.loss` takes.

        Args:
            data: files or a named data set, as of `fit`; or texts and their translations, a pair.
            part: of a named data set; None takes "test" where there is one.
        """
        self._fitted()
        held = self.pairs(data, part)
        encoded, left_out = fit_for_learning(held, self._encode_pairs(held), self.config)
        return TranslationDataModule(self.config, encoded, self.ends, warnings=left_out)

    def pairs(self, data: Any, part: str | None = None) -> Pairs:
        """Give sentence pairs to score; arguments as of `data_module`.

        Raises:
            DataError: the data are not as expected, or there are none.
        """
        held: Pairs = named.part_to_score(data, self._resolve(data), part)
        if not len(held):
            raise DataError("expected sentence pairs to score, got none")
        return held

    def _encode_pairs(self, pairs: Pairs) -> EncodedPairs:
        return EncodedPairs(self.encode(pairs.sources, 0), self.encode(pairs.targets, 1))

    def _scores(self, translations: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
        return translation_scores.score(translations, references, self.config.lowercase, self.config.bleu_tokens)

    # --- files -------------------------------------------------------------------------------------------------------

    def _save_artifacts(self, folder: Path) -> None:
        for side, tokenizer in zip(_SIDES, self._learnt(self.tokenizers_), strict=True):
            tokenizer.save(folder / f"{side}_tokenizer.json")

    def _load_artifacts(self, folder: Path) -> None:
        source, target = (Tokenizer.load(folder / f"{side}_tokenizer.json") for side in _SIDES)
        self.tokenizers_ = (source, target)


_SIDES = ("source", "target")
