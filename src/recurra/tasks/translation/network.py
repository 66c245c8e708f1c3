"""The network that translates: encoder, attention, decoder; its settings and its loss.

Sources: Bahdanau, Cho and Bengio, 2015, "Neural machine translation by jointly learning to align and translate";
Luong, Pham and Manning, 2015, "Effective approaches to attention-based neural machine translation"; without attention,
Sutskever, Vinyals and Le, 2014, "Sequence to sequence learning with neural networks". What it learns from is in
`recurra.tasks.translation.data`, the job over it in `recurra.tasks.translation.task`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Attention, Dropout, Recurrent, VariationalDropout
from recurra.nn.cells import CELLS
from recurra.nn.generators import generator_for

# --- the network ------------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """What the decoder knows of B sources, and where it stands in N = B K translations.

    memory: (B, S, M) states of the encoder. keys: what attention holds queries against. real: (B, S), which steps there
    are. states: of the decoder and of the layer that reads what was looked up, if there is one; tensors (L, N, H), or
    tuples of them. fed: what was looked up last, (N, E), with input feeding.
    """

    memory: Tensor
    keys: Tensor
    real: Tensor
    states: list[Any]
    fed: Tensor | None = None


class TranslationNetwork(nn.Module):
    """Encoder, attention and decoder.

    Args:
        sources: symbols of the source, the end included.
        targets: of the target; the last of each is the end, which also begins.
        config: the settings.
    """

    def __init__(self, sources: int, targets: int, config: Any):
        super().__init__()
        size, width, layers = config.hidden_size, config.embedding_size, config.num_layers
        self.end = targets - 1
        self.target = nn.Embedding(targets, width)
        self.source = None if config.joint else nn.Embedding(sources, width)
        for table in (self.target, self.source):
            if table is not None:
                nn.init.normal_(table.weight, std=width**-0.5)
        self.decoder_weight = None if config.tied else nn.Parameter(torch.randn(targets, width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(targets))
        self.symbol_dropout, self.label_smoothing = config.symbol_dropout, config.label_smoothing
        self.drop = VariationalDropout(config.dropout, True) if config.locked else Dropout(config.dropout)
        how = {
            "batch_first": True,
            "dropout": config.dropout,
            "variational": config.locked,
            "residual": config.residual,
            "orthogonal": True,
            "forget_bias": 1.0,
        }
        self.encoder = Recurrent(CELLS[config.cell], width, size // 2, layers, bidirectional=True, **how)
        self.input_feeding = config.input_feeding
        self.decoder = Recurrent(CELLS[config.cell], width * (2 if config.input_feeding else 1), size, layers, **how)
        self.attention = None if config.attention == "none" else Attention(size, size, config.attention)
        reads = config.conditional and self.attention is not None
        self.reader = Recurrent(CELLS[config.cell], 2 * size, size, **how) if reads else None
        for layer in (self.encoder, *self._recurrent):
            layer.copies_output = False
        self.bridges = nn.ModuleList(
            nn.ModuleList(nn.Linear(size, layer.num_layers * size) for _ in layer.state_names)
            for layer in self._recurrent
        )
        self.mix = nn.Linear(size if self.attention is None else 2 * size, width)

    @property
    def _recurrent(self) -> list[Recurrent]:
        """The recurrent layers of the decoder, in the order of their states."""
        return [self.decoder] if self.reader is None else [self.decoder, self.reader]

    @property
    def output_weight(self) -> Tensor:
        """Weights of the softmax, one row a symbol."""
        return self.target.weight if self.decoder_weight is None else self.decoder_weight

    def forward(self, source: Tensor, source_lengths: Tensor, *rest: Any) -> tuple[Tensor, None]:
        """Compute the loss.

        Args:
            source: symbols, (B, S); each sentence ends with the end.
            source_lengths: (B,).
            rest: what the decoder reads (B, T), what it is to write (B, T), their lengths (B,); the share of what is
                read that the network writes itself, a scalar; and the state, which is nothing.

        Returns:
            Mean loss in nats a symbol, smoothed while learning.
        """
        given, wanted, lengths, share, _ = rest
        reading = self.read(source, source_lengths)
        if self.training and float(share):
            with torch.no_grad():
                own, _ = self.look(given, lengths, reading)
                written = linear(own, self.output_weight, self.bias).argmax(-1)
            written = torch.cat([given[:, :1], written[:, :-1]], 1)
            given = torch.where(_draws(given) < share, written, given)
        mixed, _ = self.look(given, lengths, reading)
        real = _real(lengths, given.shape[1])
        x, y = self.drop(mixed)[real], wanted[real]
        loss = linear_cross_entropy(x, self.output_weight, self.bias, y)
        if self.training and self.label_smoothing:
            loss = loss + self.label_smoothing * self._above_mean(x, y)
        return loss / len(y), None

    def _above_mean(self, x: Tensor, y: Tensor) -> Tensor:
        """How far the scores of the right symbols are above the mean of all, summed.

        Cross-entropy with a share e of the probability spread evenly is that without plus e times this: no other score
        is needed.
        """
        weight, bias = self.output_weight, self.bias
        right = (F.embedding(y, weight) * x).sum() + bias[y].sum()
        return right - (x @ weight.mean(0)).sum() - len(x) * bias.mean()

    def read(self, source: Tensor, lengths: Tensor) -> Reading:
        """Encode sources (B, S), lengths (B,), for a decoder that has written nothing yet."""
        memory, final = self.encoder(self._vectors(self.source or self.target, source), lengths=lengths)
        last = (final[0] if isinstance(final, tuple) else final)[-2:]  # of both directions, (2, B, H / 2)
        summary = torch.cat([last[0], last[1]], -1)
        states = list[Any]()
        for bridges in self.bridges:
            assert isinstance(bridges, nn.ModuleList)
            starts = [bridge(summary).tanh().unflatten(-1, (-1, self.decoder.hidden_size)) for bridge in bridges]
            state = tuple(start.transpose(0, 1).contiguous() for start in starts)
            states.append(state if len(state) > 1 else state[0])
        memory = self.drop(memory)
        keys = memory if self.attention is None else self.attention.keys(memory)
        fed = memory.new_zeros(len(source), self.mix.out_features) if self.input_feeding else None
        return Reading(memory, keys, _real(lengths, source.shape[1]), states, fed)

    def look(self, given: Tensor, lengths: Tensor, reading: Reading) -> tuple[Tensor, Tensor | None]:
        """Decode whole translations: what the softmax reads, (B, T, E), and the weights of attention, (B, T, S)."""
        x = self._vectors(self.target, given)
        if not self.input_feeding:
            return self._decode(x, lengths, reading)[:2]
        mixed, weights = list[Tensor](), list[Any]()
        for t in range(given.shape[1]):
            assert reading.fed is not None
            found, looked, states = self._decode(torch.cat([x[:, t], reading.fed], -1).unsqueeze(1), None, reading)
            reading = replace(reading, states=states, fed=found[:, 0])
            mixed.append(found)
            weights.append(looked)
        return torch.cat(mixed, 1), None if self.attention is None else torch.cat(weights, 1)

    def _decode(self, x: Tensor, lengths: Tensor | None, reading: Reading) -> tuple[Tensor, Tensor | None, list[Any]]:
        """Decode some steps (B, T, F): what the softmax reads, the weights of attention, and the states then."""
        states = list[Any]()

        def run(layer: Recurrent, x: Tensor) -> Tensor:
            hidden, state = layer(x, reading.states[len(states)], lengths=lengths)
            states.append(state)
            return self.drop(hidden)

        return *self._mixed(run, x, reading), states

    def step(self, symbols: Tensor, reading: Reading, weights: Sequence[Any] | None = None) -> tuple[Tensor, Reading]:
        """Write one symbol further: symbols (N,), K of each source; gives scores (N, V) and where it stands then.

        `weights` may be what `pack` returned.
        """
        x = self.target(symbols)
        x = x if reading.fed is None else torch.cat([x, reading.fed], -1)
        states = list[Any]()

        def run(layer: Recurrent, x: Tensor) -> Tensor:
            number = len(states)
            packed = None if weights is None else weights[number]
            hidden, state = layer.step(x.flatten(0, 1), reading.states[number], packed)
            states.append(state)
            return hidden.unflatten(0, x.shape[:2])

        mixed, _ = self._mixed(run, x.unflatten(0, (len(reading.memory), -1)), reading)
        mixed = mixed.flatten(0, 1)
        fed = None if reading.fed is None else mixed
        return linear(mixed, self.output_weight, self.bias), replace(reading, states=states, fed=fed)

    def pack(self) -> list[Any]:
        """Pack a copy of the recurrent weights for `step`."""
        return [layer.pack() for layer in self._recurrent]

    def _mixed(
        self, run: Callable[[Recurrent, Tensor], Tensor], x: Tensor, reading: Reading
    ) -> tuple[Tensor, Tensor | None]:
        """What the softmax reads, (B, T, E), of what the decoder reads, (B, T, F); and the weights of attention."""
        hidden = run(self.decoder, x)
        if self.attention is None:
            return self.mix(hidden).tanh(), None
        context, weights = self.attention(hidden, reading.keys, reading.memory, reading.real)
        if self.reader is not None:
            hidden = run(self.reader, torch.cat([hidden, context], -1))
        return self.mix(torch.cat([hidden, context], -1)).tanh(), weights

    def _vectors(self, table: nn.Embedding, symbols: Tensor) -> Tensor:
        x: Tensor = table(symbols)
        if self.training and self.symbol_dropout:
            x = x * (_draws(symbols) >= self.symbol_dropout).unsqueeze(-1)
        dropped: Tensor = self.drop(x)
        return dropped


def select(reading: Reading, sources: Tensor, rows: Tensor) -> Reading:
    """Leave some sources and translations, see `recurra.nn.decoding.beam_search`."""
    states = [
        tuple(part.index_select(1, rows) for part in state) if isinstance(state, tuple) else state.index_select(1, rows)
        for state in reading.states
    ]
    left = replace(reading, states=states, fed=None if reading.fed is None else reading.fed[rows])
    if len(sources) == len(reading.memory):
        return left
    return replace(left, memory=reading.memory[sources], keys=reading.keys[sources], real=reading.real[sources])


def _draws(symbols: Tensor) -> Tensor:
    """A number between 0 and 1 for each symbol, drawn anew."""
    return torch.rand(symbols.shape, device=symbols.device, generator=generator_for(symbols))


def _real(lengths: Tensor, steps: int) -> Tensor:
    return torch.arange(steps, device=lengths.device) < lengths.unsqueeze(-1)
