"""Lines of text that look like those of a person.

The two players: `recurra.tasks.text_gan.network`; what they learn from: `recurra.tasks.text_gan.data`; how good the
lines are, beside those of the likelihood model: `recurra.tasks.text_gan.report`.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.containers.texts import texts as as_texts
from recurra.data.files.lines import numbered_lines
from recurra.data.sources import lines as line_sources
from recurra.data.sources import named
from recurra.data.text.lines import Lines
from recurra.errors import DataError, require_count
from recurra.tasks.text_gan import report as text_report
from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.data import TextDataModule, encode
from recurra.tasks.text_gan.drawing import lengths_of
from recurra.tasks.text_gan.network import TextGANNetwork
from recurra.tasks.text_gan.scores import validation
from recurra.tasks.text_gan.signature import signature
from recurra.tasks.text_gan.symbols import LineSymbols
from recurra.training.adversarial import Adversarial
from recurra.training.data_module import Preparation
from recurra.training.phases import Phase, Phases
from recurra.training.processes import Processes
from recurra.training.sampler import RealSamples, Sampler, SampleReport
from recurra.training.signature import Signature
from recurra.training.sources import fingerprints_of
from recurra.training.supervised import Supervised


class TextGAN(Sampler[TextGANConfig, TextGANNetwork]):
    """A generator of lines: `fit` it on lines of text, then `sample` others, and `report` how good they are.

    Example:
        >>> gan = TextGAN(hidden_size=256).fit("captions.txt")
        >>> gan.sample(3, seed=1, temperature=0.7)
        ['A man is riding a bike .', ...]
    """

    name = "text-gan"
    Config = TextGANConfig
    artifacts = ("symbols_",)
    lasting = frozenset({"cell", "activation", "tokenizer", "vocabulary_size", "max_length", "discriminator"})
    sample_options = frozenset({"temperature", "label"})
    symbols_: LineSymbols | None = None

    # --- learning ----------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self.network = self.symbols_ = None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[TextGANNetwork]:
        train, held_out, fingerprints = self._divided(data, valid)
        if is_new:
            self.symbols_ = LineSymbols.learn(train, self.config)
        symbols = self._learnt(self.symbols_)
        _require_alike(train, symbols)
        encoded, notes = encode(train, symbols, "to learn from")
        encoded_held_out, more = encode(held_out, symbols, "to validate on")
        network = self._build()
        network.generator.begin_with(encoded.counts(symbols.written))
        data_module = TextDataModule(self.config, encoded, warnings=[*notes, *more])
        scored = validation(encoded_held_out, symbols.steps, self.config.seed)
        return Preparation(network, data_module, scored, fingerprints)

    def _divided(self, data: Any, valid: Any) -> tuple[Lines, Lines, dict[str, str]]:
        """Lines to learn from and lines held out, and their hashes."""
        train, held_out = named.to_learn(line_sources.resolve, data, valid)
        fingerprints = fingerprints_of(train, held_out)
        if held_out is None:
            if len(train) < 2:
                place = train.source or "data"
                raise DataError(f"{place}: expected at least 2 lines, to hold some out, got {len(train)}")
            train, held_out = batches.divided(train, train.labels, self.config.valid_fraction, self.config.seed)
        return train, held_out, fingerprints

    def _build(self) -> TextGANNetwork:
        symbols = self._learnt(self.symbols_)
        return TextGANNetwork(symbols.written, symbols.beginnings, symbols.end, self.config, symbols.never_written)

    def _make_update(self, network: TextGANNetwork, steps: int, together: Processes) -> Phases:
        config = self.config
        first = steps // config.epochs * min(config.epochs, config.likelihood_epochs)

        def by_likelihood() -> Supervised:
            changed = {"learning_rate": config.likelihood_learning_rate, "beta1": 0.9, "schedule": "cosine"}
            settings = dataclasses.replace(config, **changed, warmup_steps=max(100, config.warmup_steps))  # type: ignore[arg-type]
            of_generator = network.generator.parameters()
            return Supervised(network, settings, first, together, "likelihood", parameters=of_generator)

        def with_discriminator() -> Adversarial | Supervised:
            network.begin_game((steps - first) // config.discriminator_steps * config.generator_steps)
            if config.method != "resampling":
                return Adversarial(network, config, steps - first, together)
            rate = config.discriminator_learning_rate or config.learning_rate
            changed = {"learning_rate": rate, "beta1": 0.9, "schedule": "cosine", "average_decay": 0.0}
            settings = dataclasses.replace(config, **changed)  # type: ignore[arg-type]
            of_discriminator = network.discriminator.parameters()
            loss = network.loss_of_discriminator_alone
            return Supervised(network, settings, steps - first, together, "discriminator", loss, of_discriminator)

        if first == steps:
            return Phases(network, [Phase(first, by_likelihood)])
        return Phases(network, [Phase(first, by_likelihood), Phase(steps - first, with_discriminator)])

    def _save_artifacts(self, folder: Path) -> None:
        self._learnt(self.symbols_).save(folder)

    def _load_artifacts(self, folder: Path) -> None:
        self.symbols_ = LineSymbols.load(folder)

    def data_module(self, data: Any, part: str | None = None) -> TextDataModule:
        """Give lines in the batches that `network.loss` takes.

        Args:
            data: as of `fit`.
            part: of a named data set; None takes "test" where there is one, else "valid".
        """
        lines = named.part_to_score(data, line_sources.resolve(data), part)
        encoded, notes = encode(lines, self._learnt(self.symbols_), "to score")
        return TextDataModule(self.config, encoded, warnings=notes)

    # --- making lines ------------------------------------------------------------------------------------------------

    @property
    def longest(self) -> int:
        """Symbols of the longest line that is made where no length is named, its end included."""
        return self._learnt(self.symbols_).steps

    def sample(  # type: ignore[override]
        self,
        count: int,
        *,
        length: int | None = None,
        seed: int | None = None,
        given: Any = None,
        temperature: float = 1.0,
        label: str | None = None,
    ) -> list[str]:
        """Make lines.

        Args:
            count: how many.
            length: symbols of each at most; None as long as those that were learnt from.
            seed: makes the result repeatable; None draws anew each time.
            given: a file of lines, or a list of them, that the new ones go on from, in turn; they are in the result.
            temperature: below 1 safer, above 1 bolder.
            label: class of the lines; None draws among those that were learnt.

        Raises:
            DataError: nothing was learnt yet, or an argument is not as expected.
        """
        network, symbols = self._fitted(), self._learnt(self.symbols_)
        require_count("count", count)
        if length is not None:
            require_count("length", length)
        steps = symbols.steps if length is None else length
        if seed is not None:
            require_count("seed", seed, least=0, most=2**32 - 1)
        if isinstance(temperature, bool) or not (isinstance(temperature, int | float) and 1e-6 <= temperature <= 1e6):
            raise DataError(f"temperature: expected a number from 1e-06 to 1e+06, got {temperature!r}")
        device = network.generator.bias.device
        random = torch.Generator(device)
        random.manual_seed(int(seed)) if seed is not None else random.seed()
        beginnings = self._beginnings(count, label, random).to(device)
        prefixes = self._prefixes(count, given, steps, device)
        model = network.line_model(symbols.steps)
        drawn = model.draw(beginnings, random, temperature, steps, prefixes, network.allowed).cpu()
        ends = symbols.end
        lengths = lengths_of(drawn, ends).tolist()
        rows = [row[:size] for row, size in zip(drawn.numpy(), lengths, strict=True)]
        return [symbols.decode(row[:-1] if len(row) and row[-1] == ends else row) for row in rows]

    def _beginnings(self, count: int, label: str | None, random: torch.Generator) -> Tensor:
        """The symbols that lines begin with: of one class, or drawn among all."""
        symbols = self._learnt(self.symbols_)
        if label is not None or not symbols.labels:
            return torch.full((count,), symbols.beginning(label))
        return symbols.written + torch.randint(len(symbols.labels), (count,), generator=random, device=random.device)

    def _prefixes(self, count: int, given: Any, steps: int, device: torch.device) -> Tensor | None:
        """What each line goes on from, (N, P), -1 where it has no more; None where there is nothing."""
        if given is None:
            return None
        symbols = self._learnt(self.symbols_)
        texts = [line for _, line in numbered_lines(Path(given))] if isinstance(given, str | Path) else as_texts(given)
        if not texts:
            raise DataError(f"given: expected lines to go on from, got none in {given}")
        if symbols.tokenizer is None:
            encoded = [_oracle_symbols(text, symbols.written) for text in texts]
        else:
            encoded = symbols.encode(texts)
        longest = min(steps, max(map(len, encoded)))
        table = np.full((count, longest), -1, np.int64)
        for row, prefix in zip(table, (encoded[i % len(encoded)] for i in range(count)), strict=True):
            row[: len(prefix)] = prefix[:longest]
        return torch.from_numpy(table).to(device)

    def real(self, data: Any, valid: Any = None, *, count: int = 1, seed: int = 0) -> RealSamples:
        """Draw real lines, written as the network reads them: of its symbols, and cut as made ones are."""
        symbols = self._learnt(self.symbols_)
        _, held_out, fingerprints = self._divided(data, valid)
        drawn = held_out.select(np.random.default_rng(seed).permutation(len(held_out))[:count])
        lines = [symbols.decode(row[: symbols.steps]) for row in symbols.encode(drawn.texts)]
        return RealSamples(lines, True, fingerprints)

    def format_samples(self, samples: Sequence[str]) -> str:
        """Give lines as the text of a file."""
        return "".join(f"{line}\n" for line in samples)

    def describe(self, inputs: Any, **options: Any) -> list[dict[str, Any]]:
        """Make a line that goes on from each input, in a form that JSON holds; options as of `sample`."""
        beginnings = [inputs] if isinstance(inputs, str) else as_texts(inputs)
        if not beginnings:
            return []
        made = self.sample(len(beginnings), given=beginnings, **options)
        return [{"given": text, "line": line} for text, line in zip(beginnings, made, strict=True)]

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        return signature(self.name, self._learnt(self.symbols_).labels)

    # --- how good they are -------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, part: str | None = None) -> dict[str, Any]:
        """Score lines that were not learnt from, and lines that are made.

        Args:
            data, part: as of `data_module`.
        """
        encoded = self.data_module(data, part).train
        return text_report.scores_at_one(self._fitted(), encoded, self._learnt(self.symbols_), self.config.seed)

    def report(self, data: Any, valid: Any = None, folder: Path | None = None) -> SampleReport:
        """Measure how good made lines are, beside real ones and those of the likelihood model; see `report`."""
        network, symbols = self._fitted(), self._learnt(self.symbols_)
        train, held_out, _ = self._divided(data, valid)
        if valid is None and isinstance(data, str):
            held_out = line_sources.resolve(data).get("test", held_out)
        parts = [encode(lines, symbols, use)[0] for lines, use in ((train, "learnt from"), (held_out, "held out"))]
        return text_report.report(network, parts[0], parts[1], symbols, self.config.seed, network.allowed)


def _require_alike(lines: Lines, symbols: LineSymbols) -> None:
    """Refuse texts in the place of an oracle's symbols, and the other way round, when a training starts from another.

    Raises:
        DataError: they are of the other kind.
    """
    is_oracle = lines.oracle is not None
    if is_oracle != (symbols.tokenizer is None):
        kinds = ("lines of text", "sequences of an oracle")
        raise DataError(f"data: expected {kinds[not is_oracle]}, as were learnt from, got {kinds[is_oracle]}")


def _oracle_symbols(text: str, symbols: int) -> np.ndarray:
    """The symbols of an oracle's sequence that was written as numbers."""
    numbers = text.split()
    if not all(number.isdecimal() and int(number) < symbols for number in numbers):
        raise DataError(f"given: expected numbers from 0 to {symbols - 1}, got {text!r}")
    return np.asarray([int(number) for number in numbers], np.int64)
