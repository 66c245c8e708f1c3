"""Language model: a recurrent network that predicts the next symbol of a text, scores texts and writes new ones.

The network and its loss: `recurra.tasks.language_model.network`; the data it learns from:
`recurra.tasks.language_model.data`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

from recurra.data.containers.texts import texts as as_texts
from recurra.data.files.unicode_text import require_unicode
from recurra.data.sources import named, texts
from recurra.data.text import unknown_symbols
from recurra.data.text.corpus import Corpus, fingerprint, tokenize
from recurra.data.text.detokenizer import Detokenizer
from recurra.data.text.streams import Streams
from recurra.data.text.text_files import Text
from recurra.data.text.tokenizers import Tokenizer
from recurra.errors import DataError, quote, require_count, require_flag
from recurra.nn.device import device_of
from recurra.tasks.language_model import scores as language_scores
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.data import MONITOR, LanguageDataModule
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.tasks.language_model.scores import nats_of
from recurra.tasks.language_model.signature import signature
from recurra.tasks.language_model.writer import Writer
from recurra.tasks.language_model.writing import require_writable, write
from recurra.training.data_module import Preparation
from recurra.training.signature import Signature
from recurra.training.task import Task
from recurra.training.validation import Validation, evaluating


class LanguageModel(Task[LanguageModelConfig, LanguageNetwork]):
    """A language model: `fit` it on a text, then `generate`, `evaluate`, `score` or take `features`.

    Example:
        >>> lm = LanguageModel(cell="gru", hidden_size=256).fit("shakespeare.txt", epochs=5)
        >>> print(lm.generate("ROMEO:", length=400, temperature=0.8))
    """

    name = "language-model"
    Config = LanguageModelConfig
    artifacts = ("tokenizer",)
    lasting = frozenset({"cell", "activation", "residual", "tokenizer", "vocabulary_size"})

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.tokenizer: Tokenizer | None = None

    # --- learning --------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self.tokenizer = None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[LanguageNetwork]:
        train, held_out = named.to_learn(texts.resolve, data, valid)
        share = 0.0
        if held_out is None:
            share = self.config.valid_fraction
            train, held_out = train.split(share)
        train_print, valid_print = fingerprint(train.pieces()), fingerprint(held_out.pieces())
        with _naming_share(share, "learn from"), _naming(train):
            if is_new:
                size = self.config.vocabulary_size
                self.tokenizer = Tokenizer.learn(self.config.tokenizer, train.pieces(), size)
            numbers = tokenize(train.pieces(), self._learnt(self.tokenizer), train_print)
            if share > 0.5:  # else a text that is too short for its streams is short as a whole
                Streams(numbers, self.config.batch_size, 1)
        with _naming_share(share, "validate on"), _naming(held_out):
            held_numbers = tokenize(held_out.pieces(), self._learnt(self.tokenizer), valid_print)
        known = held_numbers.unknown, len(held_numbers), held_numbers.unknown_symbols
        warnings = unknown_symbols.notes("validation text", *known)
        with _naming(train):
            Streams(numbers, self.config.batch_size, 1)  # a text that is too short is refused before anything is built
        data_module = LanguageDataModule(self.config, numbers, held_numbers, warnings=warnings)
        validation = Validation(MONITOR, data_module.score)
        fingerprints = {"train": train_print, "valid": valid_print}
        return Preparation(self._build(), data_module, validation, fingerprints)

    def _build(self) -> LanguageNetwork:
        return LanguageNetwork(len(self._learnt(self.tokenizer)), self.config)

    def _save_artifacts(self, folder: Path) -> None:
        self._learnt(self.tokenizer).save(folder / "tokenizer.json")

    def _load_artifacts(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.load(folder / "tokenizer.json")

    # --- scoring ---------------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, part: str | None = None, *, cache: bool = True) -> dict[str, float]:
        """Score a text.

        Args:
            data: a file, files, a folder of .txt files or a named data set.
            part: of a named data set, "train", "valid" or "test"; None takes "test" where there is one, else "valid".
            cache: whether the numbers of the text are kept for the next time.

        Returns:
            Nats and bits per character and perplexity per token, each in two ways: "carried", with the state carried
            through the whole text, and "windows_256", in separate windows of 256 symbols; how many tokens and
            characters were predicted, and how many of the tokens were unknown. A model of two directions gives the
            mean over its directions (of nats), and each direction's own figures with its name in front.
        """
        network = self._fitted()
        corpus, _ = self.corpus(data, part, cache)
        with evaluating(network):
            return language_scores.score(network, corpus)

    def data_module(self, data: Any, part: str | None = None) -> LanguageDataModule:
        """Give a text in the batches that `network.loss` takes; arguments as of `evaluate`."""
        self._fitted()
        corpus, text = self.corpus(data, part)
        with _naming(text):
            Streams(corpus, self.config.batch_size, 1)  # a text that is too short is refused
        return LanguageDataModule(self.config, corpus, corpus)

    def corpus(self, data: Any, part: str | None = None, cache: bool = True) -> tuple[Corpus, Text]:
        """Give a text to score, as numbers and as it is.

        Args:
            data, part: as of `evaluate`.
            cache: whether the numbers are kept in the cache, and taken from there.

        Raises:
            DataError: nothing was learnt yet, or the data are not as expected.
        """
        text: Text = named.part_to_score(data, texts.resolve(data), part)
        key = fingerprint(text.pieces()) if cache else ""
        with _naming(text):
            return tokenize(text.pieces(), self._learnt(self.tokenizer), key, cache), text

    @torch.inference_mode()
    def score(self, text: str) -> dict[str, float]:
        """Give the log-probability of a text in nats, by direction, its first symbol (last, backward) given."""
        network = self._fitted()
        numbers = self.encode(text, at_least=2, what="text")
        scores = {}
        with evaluating(network):
            for name in network.directions:
                x = numbers.flip(-1) if name == "backward" else numbers
                scores[name] = -nats_of(network, [(x[:, :-1], x[:, 1:])], name, carry=False)[0]
        return scores

    def features(self, text: str) -> Tensor:
        """Give the hidden state after each symbol of a text, (T, H), or (T, 2 H) with both directions.

        It is on the device of the network. In the backward half, row t is the state of the model that has read the text
        from its end to symbol t. Source: contextual string embeddings (Akbik et al., 2018).
        """
        return self._states([self.encode(text, at_least=1, what="text")[0]])[0].flatten(1)

    def states(self, texts: Sequence[str]) -> list[Tensor]:
        """Give the hidden states of several texts, (T, directions, H) each, as `features`; unknown symbols may come.

        Raises:
            DataError: something is no text, or has no symbols.
        """
        if isinstance(texts, str):
            raise DataError("states: expected a list of texts, got a text")
        listed = as_texts(texts)
        numbers = [torch.from_numpy(self._learnt(self.tokenizer).encode(text)) for text in listed]
        for i, symbols in enumerate(numbers, 1):
            if not len(symbols):
                raise DataError(f"text {i}: expected at least 1 symbol, got none in {quote(listed[i - 1])}")
        return self._states(numbers) if numbers else []

    @torch.inference_mode()
    def _states(self, numbers: Sequence[Tensor]) -> list[Tensor]:
        network = self._fitted()
        halves = []
        with evaluating(network):
            for name, recurrence in zip(network.directions, network.recurrent, strict=True):
                is_backward = name == "backward"
                read = [symbols.to(network.bias.device) for symbols in numbers]
                if is_backward:
                    read = [symbols.flip(0) for symbols in read]
                packed = pack_sequence(read, enforce_sorted=False)
                states = unpack_sequence(recurrence(packed, embedding=network.embedding.weight)[0])
                halves.append([rows.flip(0) for rows in states] if is_backward else states)
        return [torch.stack(directions, 1) for directions in zip(*halves, strict=True)]

    def encode(self, text: str, at_least: int = 1, what: str = "text") -> Tensor:
        """Turn a text into the numbers of its symbols, (1, T), where the network is.

        Args:
            text: to be read.
            at_least: symbols that it must have.
            what: an error calls the text so.

        Raises:
            DataError: it is no text, too short, or holds a character that the model has never seen.
        """
        tokenizer = self._learnt(self.tokenizer)
        if not isinstance(text, str):
            raise DataError(f"{what}: expected a text, got {type(text).__name__}")
        require_unicode(what, text)
        numbers = tokenizer.encode(text)
        if len(numbers) < at_least:
            raise DataError(f"{what}: expected at least {at_least} symbols, got {len(numbers)}")
        if tokenizer.kind == "char" and (numbers == tokenizer.unknown).any():
            strange = sorted({c for c, n in zip(text, numbers, strict=True) if n == tokenizer.unknown})
            raise DataError(f"{what}: expected characters that the model knows, got {' '.join(map(repr, strange))}")
        return torch.from_numpy(numbers).unsqueeze(0).to(device_of(self._fitted()))

    # --- writing ---------------------------------------------------------------------------------------------------

    def generate(
        self,
        prompt: str = "",
        length: int = 400,
        *,
        samples: int | None = None,
        stop: str | None = None,
        greedy: bool = False,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        """Write text that goes on from a prompt.

        Args:
            prompt: what the text begins with; it is not repeated in the result, which begins with the space that parts
                its first word from the prompt's last. "" begins after a line end; so do spaces alone, of a model of
                words, to which they are nothing.
            length: symbols to write at most.
            samples: None for one text; a number for a list of so many.
            stop: end a text before the first occurrence of this string.
            greedy: take the likeliest symbol always, instead of drawing; what follows then changes nothing.
            temperature, top_k, top_p: see `recurra.nn.sampling.filter_scores`; a temperature from 1e-6 to 1e6.
            seed: makes the result repeatable; None draws anew each time.

        Returns:
            A text, or a list of texts.

        Raises:
            DataError: an argument is not as expected, or the prompt holds characters that the model does not know.
        """
        filters: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        number = 1 if samples is None else samples
        require_count("samples", number)
        require_count("length", length, least=0)  # `stream` can go on without end, a text cannot
        texts = [""] * number
        for pieces in self.stream(prompt, length, number, stop, seed, greedy=greedy, **filters):
            texts = [text + piece for text, piece in zip(texts, pieces, strict=True)]
        return texts[0] if samples is None else texts

    def describe(self, prompts: Any, *, length: int = 400, samples: int = 1, **options: Any) -> list[dict[str, Any]]:
        """Write texts that go on from prompts, in a form that JSON holds.

        Args:
            prompts: texts; one, or a list.
            length, samples: as of `generate`.
            options: stop, greedy, temperature, top_k, top_p and seed, as of `generate`.

        Returns:
            For each prompt, in a list even of one, the "prompt" and the "texts" that go on from it.

        Raises:
            DataError: as of `generate`.
        """
        described = []
        for prompt in [prompts] if isinstance(prompts, str) else as_texts(prompts, "prompt"):
            texts = self.generate(prompt, length, samples=samples, **options)
            described.append({"prompt": prompt, "texts": texts})
        return described

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        return signature(self.name)

    def stream(
        self,
        prompt: str = "",
        length: int | None = None,
        samples: int = 1,
        stop: str | None = None,
        seed: int | None = None,
        *,
        greedy: bool = False,
        **filters: Any,
    ) -> Iterator[list[str]]:
        """Write texts side by side as `generate` does, giving each piece as it is made.

        Memory stays constant however long the texts become; `length` None goes on without end. The weights are packed
        once, when the first piece is asked for: what changes them later, such as more training, does not change a
        stream that has begun.

        Yields:
            What each of the `samples` texts goes on with; "" while a text waits for more, or has ended.
        """
        require_flag("greedy", False if greedy is None else greedy)
        if greedy:
            filters = {"top_k": 1}
        require_writable(prompt, length, samples, stop, seed, filters)
        symbols = self.encode_prompt(prompt)
        detokenizers = [self.detokenizer(prompt, [stop] if stop else []) for _ in range(samples)]
        yield from write(self.writer(), symbols, detokenizers, length, seed, **filters)

    def encode_prompt(self, prompt: str) -> Tensor:
        """Turn what a text begins with into symbols (1, T); at least one, since "" begins after a line end.

        Raises:
            DataError: as of `encode`.
        """
        has_symbols = len(self._learnt(self.tokenizer).encode(prompt)) > 0
        return self.encode(prompt if has_symbols else self.beginning, 1, "prompt")

    def symbol_text(self, symbol: int) -> str:
        """The text of a symbol that stands alone; of a byte pair that ends within a character, what can be shown."""
        tokenizer = self._learnt(self.tokenizer)
        return tokenizer.symbols[symbol] if tokenizer.kind == "char" else tokenizer.decode([symbol])

    def detokenizer(self, prompt: str, stops: Sequence[str] = ()) -> Detokenizer:
        """Make what turns the symbols after a prompt into pieces of text, ended before any of some strings."""
        return Detokenizer(self._learnt(self.tokenizer), stops, prompt)

    def writer(self) -> Writer:
        """Make what writes texts side by side, of which any may begin or end at any symbol; its weights are a copy."""
        return Writer(self._fitted(), self._learnt(self.tokenizer).unknown)

    def unknown_in(self, text: str) -> list[str]:
        """The characters or words of a text that the model does not know, each once."""
        tokenizer = self._learnt(self.tokenizer)
        return [] if tokenizer.unknown is None else tokenizer.unknown_of(text, tokenizer.encode(text))

    @property
    def beginning(self) -> str:
        """What stands before a text that has no prompt: a line end, or the first symbol where there is none."""
        tokenizer = self._learnt(self.tokenizer)
        knows_line_end = len(tokenizer.encode("\n")) == 1 and tokenizer.encode("\n")[0] != tokenizer.unknown
        return "\n" if knows_line_end else tokenizer.decode([len(tokenizer) - 1])


@contextmanager
def _naming_share(share: float, use: str) -> Iterator[None]:
    """Name the setting that has cut a text where a part of it is too short; of 0, nothing was cut."""
    try:
        yield
    except DataError as error:
        if not share:
            raise
        raise DataError(f"valid_fraction: {share!r} of the text leaves too little to {use}: {error}") from None


@contextmanager
def _naming(text: Text) -> Iterator[None]:
    """Name the file of a text in an error that has no place."""
    try:
        yield
    except DataError as error:
        if str(error).startswith("expected"):
            raise DataError(f"{text.name}: {error}") from None
        raise
