"""The network that translates: encoder, attention, decoder; and its loss.

Sources: Bahdanau, Cho and Bengio, 2015, "Neural machine translation by jointly learning to align and translate";
Luong, Pham and Manning, 2015, "Effective approaches to attention-based neural machine translation"; without attention,
Sutskever, Vinyals and Le, 2014, "Sequence to sequence learning with neural networks". What it learns from is in
`recurra.tasks.translation.data`, the job over it in `recurra.tasks.translation.task`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Attention, Dropout, Recurrent, VariationalDropout
from recurra.nn.generators import generator_for
from recurra.nn.layout import State
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.translation.config import TranslatorConfig
from recurra.tasks.translation.decoder_state import DecoderState
from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork


class TranslationInputs(NamedTuple):
    """What a translator reads.

    source: symbols, (B, S); each sentence ends with the end. source_lengths: (B,); None where none is padded. target:
    what the decoder reads, (B, T): the end, which also begins, and then what it has written.
    """

    source: Tensor
    source_lengths: Tensor | None
    target: Tensor


@dataclass(frozen=True)
class TranslationBatch(Batch):
    """Sentence pairs.

    Attributes:
        inputs: what is read.
        targets: what is to be written, (B, T); each sentence ends with the end.
        lengths: of the targets, (B,).
        sampling_share: share of what the decoder reads that is replaced by what it would write itself, a scalar.
    """

    inputs: TranslationInputs
    targets: Tensor
    lengths: Tensor
    sampling_share: Tensor

    @property
    def size(self) -> int:
        """Symbols to write."""
        return int(self.lengths.sum())


class TranslationNetwork(SupervisedNetwork[TranslationBatch]):
    """Encoder, attention and decoder.

    Args:
        sources: symbols of the source, the end included.
        targets: of the target; the last of each is the end, which also begins.
        config: the settings.
    """

    loss_unit = "nats a symbol"

    def __init__(self, sources: int, targets: int, config: TranslatorConfig):
        super().__init__()
        size = config.hidden_size
        width = config.embedding_size or size
        self.end = targets - 1
        self.target = nn.Embedding(targets, width)
        self.source = None if config.share_vocabulary else nn.Embedding(sources, width)
        for table in (self.target, self.source):
            if table is not None:
                nn.init.normal_(table.weight, std=width**-0.5)
        self.decoder_weight = None if config.tie_embeddings else nn.Parameter(torch.randn(targets, width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(targets))
        self.token_dropout, self.label_smoothing = config.token_dropout, config.label_smoothing
        self.drop = VariationalDropout(config.dropout, True) if config.variational_dropout else Dropout(config.dropout)
        options = {"variational": config.variational_dropout, "residual": config.residual}
        self.encoder = recurrent_stack(config, width, hidden_size=size // 2, bidirectional=True, **options)
        self.input_feeding = config.input_feeding
        self.decoder = recurrent_stack(config, width * (2 if config.input_feeding else 1), **options)
        self.attention = None if config.attention == "none" else Attention(size, size, config.attention)
        has_second = config.conditional_decoder and self.attention is not None
        self.second_decoder = recurrent_stack(config, 2 * size, num_layers=1, **options) if has_second else None
        self.bridges = nn.ModuleList(
            nn.ModuleList(nn.Linear(size, layer.num_layers * size) for _ in layer.state_names)
            for layer in self._recurrent
        )
        self.attention_out = nn.Linear(size if self.attention is None else 2 * size, width)

    @property
    def _recurrent(self) -> list[Recurrent]:
        """The recurrent layers of the decoder, in the order of their states."""
        return [self.decoder] if self.second_decoder is None else [self.decoder, self.second_decoder]

    @property
    def output_weight(self) -> Tensor:
        """Weights of the softmax, one row a symbol."""
        return self.target.weight if self.decoder_weight is None else self.decoder_weight

    def forward(
        self, inputs: TranslationInputs, lengths: Tensor | None = None, state: DecoderState | None = None
    ) -> tuple[Tensor, DecoderState]:
        """Score each symbol of translations, given those before it.

        Args:
            inputs: sources, and what the decoder reads.
            lengths: of what the decoder reads, (B,); None where none is padded.
            state: of the decoder, as returned for what came before; the source is then not read again. None at the
                beginning.

        Returns:
            Scores of each next symbol before softmax, (B, T, V), and the state of the decoder then.
        """
        if state is None:
            state = self.encode(inputs.source, inputs.source_lengths)
        features, _, after = self.decode(inputs.target, lengths, state)  # (B, T, E)
        return linear(self.drop(features), self.output_weight, self.bias), after

    def loss(self, batch: TranslationBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the loss of a batch, without ever holding the scores of all symbols.

        Args:
            batch: sentence pairs.
            state: nothing: sentences do not go on from batch to batch.

        Returns:
            Mean loss in nats a symbol, smoothed while learning; and no state.
        """
        inputs, lengths = batch.inputs, batch.lengths
        start = self.encode(inputs.source, inputs.source_lengths)
        symbols = inputs.target
        if self.training and float(batch.sampling_share):
            symbols = self._sampled(symbols, lengths, start, batch.sampling_share)
        features, _, _ = self.decode(symbols, lengths, start)  # (B, T, E)
        mask = step_mask(lengths, symbols.shape[1])
        x, targets = self.drop(features)[mask], batch.targets[mask]  # (N, E), (N,)
        loss = linear_cross_entropy(x, self.output_weight, self.bias, targets)
        if self.training and self.label_smoothing:
            loss = loss + self.label_smoothing * self._above_mean(x, targets)
        return loss / len(targets), None

    @torch.no_grad()
    def _sampled(self, symbols: Tensor, lengths: Tensor, start: DecoderState, share: Tensor) -> Tensor:
        """Replace a share of what the decoder reads, (B, T), by what it would have written there."""
        features, _, _ = self.decode(symbols, lengths, start)
        written = linear(features, self.output_weight, self.bias).argmax(-1)
        written = torch.cat([symbols[:, :1], written[:, :-1]], 1)
        return torch.where(_draws(symbols) < share, written, symbols)

    def _above_mean(self, x: Tensor, targets: Tensor) -> Tensor:
        """How far the scores of the right symbols are above the mean of all, summed.

        Cross-entropy with a share e of the probability spread evenly is that without plus e times this: no other score
        is needed.
        """
        weight, bias = self.output_weight, self.bias
        right = (F.embedding(targets, weight) * x).sum() + bias[targets].sum()
        return right - (x @ weight.mean(0)).sum() - len(x) * bias.mean()

    def encode(self, source: Tensor, lengths: Tensor | None) -> DecoderState:
        """Give the state of a decoder that has written nothing yet.

        Args:
            source: symbols, (B, S).
            lengths: (B,); None where none is padded.
        """
        memory, final = self.encoder(self._vectors(self.source or self.target, source), lengths=lengths)
        last = (final[0] if isinstance(final, tuple) else final)[-2:]  # of both directions, (2, B, H / 2)
        summary = torch.cat([last[0], last[1]], -1)  # (B, H)
        states = list[State]()
        for bridges in self.bridges:
            assert isinstance(bridges, nn.ModuleList)
            parts = []
            for bridge in bridges:
                start = bridge(summary).tanh().unflatten(-1, (-1, self.decoder.hidden_size))  # (B, L, H)
                parts.append(start.transpose(0, 1).contiguous())  # (L, B, H)
            states.append(tuple(parts) if len(parts) > 1 else parts[0])
        memory = self.drop(memory)
        keys = memory if self.attention is None else self.attention.keys(memory)
        input_feed = memory.new_zeros(len(source), self.attention_out.out_features) if self.input_feeding else None
        mask = torch.ones_like(source, dtype=torch.bool) if lengths is None else step_mask(lengths, source.shape[1])
        return DecoderState(memory, keys, mask, tuple(states), input_feed)

    def decode(
        self, symbols: Tensor, lengths: Tensor | None, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Read whole translations.

        Args:
            symbols: what the decoder reads, (B, T).
            lengths: of these, (B,); None where none is padded.
            state: of the decoder before.

        Returns:
            What the softmax reads, (B, T, E); the weights of attention, (B, T, S), None without; and the state then.
        """
        x = self._vectors(self.target, symbols)
        if not self.input_feeding:
            return self._decode(x, lengths, state)
        features, weights = list[Tensor](), list[Tensor]()
        for t in range(symbols.shape[1]):
            assert state.input_feed is not None
            x_t = torch.cat([x[:, t], state.input_feed], -1).unsqueeze(1)  # (B, 1, 2 E)
            features_t, weights_t, state = self._decode(x_t, None, state)
            state = state._replace(input_feed=features_t[:, 0])
            features.append(features_t)
            if weights_t is not None:
                weights.append(weights_t)
        return torch.cat(features, 1), torch.cat(weights, 1) if weights else None, state

    def _decode(
        self, x: Tensor, lengths: Tensor | None, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Read some steps at once, (B, T, F); returns as of `decode`."""
        states = list[State]()

        def run(layer: Recurrent, x: Tensor) -> Tensor:
            hidden, after = layer(x, state.states[len(states)], lengths=lengths)
            states.append(after)
            dropped: Tensor = self.drop(hidden)
            return dropped

        features, weights = self._attend(run, x, state)
        return features, weights, state._replace(states=tuple(states))

    def step(
        self, symbols: Tensor, state: DecoderState, weights: Sequence[Any] | None = None
    ) -> tuple[Tensor, DecoderState]:
        """Write one symbol further; nothing is dropped, whatever the mode.

        Args:
            symbols: that were written last, (N,), K for each source.
            state: of the decoder before.
            weights: what `pack` returned, to be used instead of the layers' own.

        Returns:
            Scores of the next symbols, (N, V), and the state then.
        """
        x = self.target(symbols)  # (N, E)
        x = x if state.input_feed is None else torch.cat([x, state.input_feed], -1)
        states = list[State]()

        def run(layer: Recurrent, x: Tensor) -> Tensor:
            number = len(states)
            packed = None if weights is None else weights[number]
            hidden, after = layer.step(x.flatten(0, 1), state.states[number], packed)  # (N, H)
            states.append(after)
            unflattened: Tensor = hidden.unflatten(0, x.shape[:2])  # (B, K, H)
            return unflattened

        x = x.unflatten(0, (len(state.memory), -1))  # (B, K, F)
        features = self._attend(run, x, state)[0].flatten(0, 1)  # (N, E)
        input_feed = None if state.input_feed is None else features
        after = state._replace(states=tuple(states), input_feed=input_feed)
        return linear(features, self.output_weight, self.bias), after

    def pack(self) -> list[Any]:
        """Pack a copy of the recurrent weights for `step`."""
        return [layer.pack() for layer in self._recurrent]

    def _attend(
        self, run: Callable[[Recurrent, Tensor], Tensor], x: Tensor, state: DecoderState
    ) -> tuple[Tensor, Tensor | None]:
        """What the softmax reads, (B, T, E), of what the decoder reads, (B, T, F); and the weights of attention.

        `run` carries a recurrent layer of the decoder over its inputs: over whole sentences, or one step on.
        """
        hidden = run(self.decoder, x)  # (B, T, H)
        if self.attention is None:
            return self.attention_out(hidden).tanh(), None
        context, weights = self.attention(hidden, state.keys, state.memory, state.mask)  # (B, T, M), (B, T, S)
        if self.second_decoder is not None:
            hidden = run(self.second_decoder, torch.cat([hidden, context], -1))
        return self.attention_out(torch.cat([hidden, context], -1)).tanh(), weights

    def _vectors(self, table: nn.Embedding, symbols: Tensor) -> Tensor:
        x: Tensor = table(symbols)
        if self.training and self.token_dropout:
            x = x * (_draws(symbols) >= self.token_dropout).unsqueeze(-1)
        dropped: Tensor = self.drop(x)
        return dropped


def _draws(symbols: Tensor) -> Tensor:
    """A number between 0 and 1 for each symbol, drawn anew."""
    return torch.rand(symbols.shape, device=symbols.device, generator=generator_for(symbols))
