"""The two players of text: a recurrent generator, and a discriminator of symbols."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import linear
from recurra.nn import Dropout
from recurra.nn.discriminators.conv_sequence import ConvSequenceDiscriminator
from recurra.nn.discriminators.recurrent_sequence import RecurrentSequenceDiscriminator
from recurra.nn.generators import generator_for
from recurra.tasks.text_gan import policy_gradient, relaxed
from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.drawing import draw, has_any, lengths_of
from recurra.tasks.text_gan.generator import TextGenerator
from recurra.tasks.text_gan.line_model import LineModel
from recurra.training.adversarial_health import ranking_accuracy, spread
from recurra.training.adversarial_network import AdversarialNetwork, Loss
from recurra.training.batch import Batch


@dataclass(frozen=True)
class TextBatch(Batch):
    """Lines to learn from.

    Attributes:
        beginnings: the symbol that each begins with, (B,).
        targets: the symbols of each, its end included, (B, T), 0 behind it.
        lengths: symbols of each, its end included, (B,).
    """

    beginnings: Tensor
    targets: Tensor
    lengths: Tensor

    @property
    def size(self) -> int:
        """Symbols, those that pad the lines left out."""
        return int(self.lengths.sum())

    def select(self, rows: Tensor) -> "TextBatch":
        """Take some lines, by their positions or by a mask (B,)."""
        return TextBatch(self.beginnings[rows], self.targets[rows], self.lengths[rows])

    @property
    def inputs(self) -> Tensor:
        """What stands before each symbol, (B, T)."""
        return torch.cat([self.beginnings.unsqueeze(1), self.targets[:, :-1]], 1)


class TextDiscriminator(nn.Module):
    """Tells real lines from made ones: vectors of the beginning and of each symbol, and what scores them.

    Args:
        symbols: that are written, V.
        beginnings: that a line can have.
        config: the settings.
    """

    def __init__(self, symbols: int, beginnings: int, config: TextGANConfig):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.symbols = symbols
        self.embedding = nn.Parameter(torch.empty(symbols + beginnings, width).normal_(0, 0.1))
        self.dropout = Dropout(config.dropout)
        is_conv = config.discriminator == "conv"
        kind = ConvSequenceDiscriminator if is_conv else RecurrentSequenceDiscriminator
        self.body: nn.Module = kind(width, config.discriminator_size)

    def vectors(self, beginnings: Tensor, lines: Tensor) -> Tensor:
        """The vectors of lines, (B, 1 + T, E), from symbols (B, T) or relaxed symbols (B, T, V)."""
        table = self.embedding[: self.symbols]
        of_lines = F.embedding(lines, table) if lines.dim() == 2 else lines @ table
        return torch.cat([F.embedding(beginnings, self.embedding).unsqueeze(1), of_lines], 1)

    def forward(self, beginnings: Tensor, lines: Tensor, lengths: Tensor) -> Tensor:
        """Score lines, (B,), higher for real ones; `lengths` (B,) of the lines without their beginnings."""
        scores: Tensor = self.body(self.dropout(self.vectors(beginnings, lines)), lengths + 1)
        return scores


class TextGANNetwork(AdversarialNetwork[TextBatch]):
    """A generator that learns by likelihood first and against a discriminator then.

    Args:
        symbols: that are written, V, the end of a line among them.
        beginnings: classes, or 1.
        end: the symbol that ends a line; None where lines do not end.
        config: the settings.
        never_written: symbols that no made line has, such as the one of unknown words.

    Attributes:
        likelihood: the generator as it was when the game began: the likelihood model of the same network.
        rounds: steps that the generator has taken in the game; -1 before it.
    """

    loss_unit = "nats a symbol"
    generator: TextGenerator
    discriminator: TextDiscriminator
    rounds: Tensor

    def __init__(
        self,
        symbols: int,
        beginnings: int,
        end: int | None,
        config: TextGANConfig,
        never_written: Sequence[int] = (),
    ):
        super().__init__()
        self.end, self.config = end, config
        self.never_written = tuple(never_written)
        self.generator = TextGenerator(symbols, beginnings, config)
        self.discriminator = TextDiscriminator(symbols, beginnings, config)
        self.likelihood: TextGenerator = copy.deepcopy(self.generator).requires_grad_(False)
        self.register_buffer("rounds", torch.tensor(-1))
        self.total_rounds = 1  # of the whole game

    def begin_game(self, rounds: int) -> None:
        """Keep the generator as the likelihood model; the game takes so many rounds.

        The discriminator begins with what the generator has learnt of symbols: few lines teach it little of them.
        """
        self.total_rounds = max(1, rounds)
        if int(self.rounds) < 0:
            self.likelihood.load_state_dict(self.generator.state_dict())
            with torch.no_grad():
                self.discriminator.embedding.copy_(self.generator.embedding)
            self.rounds.zero_()
        self.generator.eval()

    def train(self, mode: bool = True) -> Self:
        """Choose the mode; in the game the generator drops nothing, so that its lines are scored as they are drawn."""
        super().train(mode)
        if self.has_begun_game:
            self.generator.eval()
        return self

    @property
    def has_begun_game(self) -> bool:
        """Whether the generator has been put before the discriminator."""
        return int(self.rounds) >= 0

    def line_model(self, steps: int) -> LineModel:
        """What makes lines, of so many symbols at most, after what was learnt so far."""
        if self.config.method != "resampling" or not self.has_begun_game:
            return LineModel(self.generator, steps, self.end)
        choice = (self.discriminator, self.config.candidates, self.never_written)
        return LineModel(self.generator, steps, self.end, *choice)

    def likelihood_model(self, steps: int) -> LineModel:
        """What made lines by likelihood alone."""
        return LineModel(self.likelihood if self.has_begun_game else self.generator, steps, self.end)

    def forward(self, inputs: Tensor, lengths: Tensor | None = None, state: Any = None) -> tuple[Tensor, None]:
        """Predict the symbol after each.

        Args:
            inputs: the beginning of each line and its symbols, (B, T).
            lengths, state: nothing changes by them: what comes later changes no score, and lines do not go on.

        Returns:
            Scores of each symbol before softmax, (B, T, V), and no state.
        """
        return linear(self.generator.hidden(inputs), self.generator.weight, self.generator.bias), None

    def loss(self, batch: TextBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the mean loss of lines by likelihood, in nats a symbol."""
        return self.generator.nats(batch.inputs, batch.targets, batch.lengths) / batch.lengths.sum(), None

    def discriminator_loss(self, batch: TextBatch) -> Loss:
        """Compute the loss of the discriminator; see `relaxed` and `policy_gradient`."""
        lines, lengths = self._made(batch)
        real_scores = self.discriminator(batch.beginnings, batch.targets, batch.lengths)
        made_scores = self.discriminator(batch.beginnings, lines, lengths)
        if self.config.method == "gumbel":
            value = F.softplus(made_scores - real_scores).mean()  # relativistic (Jolicoeur-Martineau, 2019)
        else:
            value = (F.softplus(-real_scores) + F.softplus(made_scores)).mean()
        scores = {
            "real_score": real_scores.mean(),
            "made_score": made_scores.mean(),
            "discriminator_accuracy": ranking_accuracy(real_scores, made_scores),
            "real_spread": spread(self.discriminator.vectors(batch.beginnings, batch.targets)),
            "made_spread": spread(self.discriminator.vectors(batch.beginnings, lines)),
        }
        return Loss(value, scores)

    def loss_of_discriminator_alone(self, batch: TextBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the loss of the discriminator of a generator that does not change.

        Real lines with symbols that no made line has are left out: they would tell it nothing of those that are made.
        """
        return self.discriminator_loss(self.writable(batch)).value, None

    def writable(self, batch: TextBatch) -> TextBatch:
        """Take the lines of a batch without symbols that no made line has; all where none is left."""
        rows = ~has_any(batch.targets, batch.lengths, self.never_written)
        return batch.select(rows) if bool(rows.any()) else batch

    def generator_loss(self, batch: TextBatch) -> Loss:
        """Compute the loss of the generator; see `relaxed` and `policy_gradient`."""
        self.rounds += 1
        if self.config.method == "policy_gradient":
            return Loss(policy_gradient.loss(self.generator, self.discriminator, batch, self.end, self.config.rollouts))
        lines, lengths = self._made(batch)
        made_scores = self.discriminator(batch.beginnings, lines, lengths)
        with torch.no_grad():
            real_scores = self.discriminator(batch.beginnings, batch.targets, batch.lengths)
        return Loss(F.softplus(real_scores - made_scores).mean())

    def allowed(self, logits: Tensor) -> Tensor:
        """Take away the scores of the symbols that no made line has, (B, V)."""
        if len(self.never_written):
            logits[:, list(self.never_written)] = -torch.inf
        return logits

    def _made(self, batch: TextBatch) -> tuple[Tensor, Tensor]:
        """As many made lines as a batch has, of its beginnings: symbols or relaxed symbols; and their lengths."""
        steps = batch.targets.shape[1]
        if self.config.method == "resampling" and self.end is not None:
            steps = self.config.max_length + 1  # as lines are made, so that their lengths do not betray them
        if self.config.method == "resampling":
            random = generator_for(self.generator.bias)
            lines = draw(self.generator, batch.beginnings, steps, random, allowed=self.allowed, end=self.end)
            return lines, lengths_of(lines, self.end)
        if self.config.method == "policy_gradient":
            return policy_gradient.drawn(self.generator, batch.beginnings, steps, self.end)
        share = min(1.0, int(self.rounds) / self.total_rounds)
        sharpness = self.config.gumbel_sharpness**share
        return relaxed.drawn(self.generator, batch.beginnings, steps, self.end, sharpness)
