"""The network that labels every word of a sentence, its settings and its loss.

Source: Huang et al., 2015, "Bidirectional LSTM-CRF models for sequence tagging"; the spelling by characters as in
Lample et al., 2016 (recurrent), or Ma and Hovy, 2016 (convolution). What it learns from is in
`recurra.tasks.tagging.data`, the job over it in `recurra.tasks.tagging.task`.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from recurra.data.sentences.lexicon import CAPITALS, Lexicon
from recurra.kernels import linear_cross_entropy
from recurra.nn import CRF, Dropout, Recurrent
from recurra.nn.cells import CELLS
from recurra.nn.dropout import dropout_steps
from recurra.nn.generators import generator_for

_AFFIXES = 4
_FORETOLD = 7500  # words
_NARROW = 50  # numbers from which a neighbour is foretold
_DEVIATION = 0.3  # of the numbers of vectors, at first
_ALIKE = 1e-6  # a deviation that is none


# --- the network ------------------------------------------------------------------------------------------------------


class Spelling(nn.Module):
    """What a word looks like: its characters read by a recurrence in both directions, or by a convolution.

    Args:
        characters: how many there are, V.
        size: of their vectors, and of the result.
        kind: "recurrent" or "convolution".
    """

    def __init__(self, characters: int, size: int, kind: str, dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(characters, size)
        self.dropout = Dropout(dropout)
        self.size = size
        if kind == "recurrent":
            self.size = 2 * size
            self.reader: Any = Recurrent(
                CELLS["lstm"], size, size, batch_first=True, bidirectional=True, orthogonal=True, forget_bias=1.0
            )
            self.reader.copies_output = False
        else:
            self.reader = nn.Conv1d(size, size, 3, padding=1)

    def forward(self, characters: Tensor, lengths: Tensor) -> Tensor:
        """Read words: (F, C) characters, (F,) lengths; gives (F, size)."""
        if isinstance(self.reader, Recurrent):
            packed = pack_padded_sequence(characters, lengths.cpu(), batch_first=True, enforce_sorted=False)
            _, state = self.reader(packed, embedding=self.dropout(self.embedding.weight))
            return torch.cat(list(state[0]), -1)
        x = self.dropout(self.embedding(characters))
        beyond = torch.arange(x.shape[1], device=x.device) >= lengths.unsqueeze(-1)
        found = self.reader(x.masked_fill(beyond.unsqueeze(-1), 0.0).transpose(1, 2))
        return found.masked_fill(beyond.unsqueeze(1), -torch.inf).amax(-1).relu()


class Neighbours(nn.Module):
    """Foretells the words around a word: the next from what was read up to it, the one before from what follows.

    Source: Rei, 2017, "Semi-supervised multitask learning for sequence labeling".

    Args:
        size: of the hidden state of each direction.
        words: how many are known; the most frequent are foretold.
    """

    def __init__(self, size: int, words: int):
        super().__init__()
        self.count = min(words, _FORETOLD)  # of words; one symbol more stands for the ends of a sentence
        self.narrow = nn.ModuleList(nn.Linear(size, _NARROW) for _ in range(2))
        self.weights = nn.ParameterList(0.1 * torch.randn(self.count + 1, _NARROW) for _ in range(2))
        self.biases = nn.ParameterList(torch.zeros(self.count + 1) for _ in range(2))

    def forward(self, words: Tensor, lengths: Tensor, hidden: PackedSequence) -> Tensor:
        """Sum of -log p of both neighbours of all words: words (B, T), lengths (B,), hidden states 2 H wide."""
        known = words.masked_fill(words >= self.count, 0)
        after, before = (F.pad(known, sides, value=self.count) for sides in ((0, 1), (1, 0)))
        after = after.scatter(1, lengths.unsqueeze(-1), self.count)[:, 1:]
        total = hidden.data.new_zeros(())
        halves = hidden.data.chunk(2, -1)
        for half, narrow, weight, bias, target in zip(
            halves, self.narrow, self.weights, self.biases, (after, before[:, :-1]), strict=True
        ):
            own = pack_padded_sequence(target, lengths.cpu(), batch_first=True, enforce_sorted=False).data
            total = total + linear_cross_entropy(narrow(half).tanh(), weight, bias, own)
        return total


class TaggerNetwork(nn.Module):
    """Words, a recurrence in both directions over them, and for each column of labels scores and, maybe, a CRF.

    Args:
        lexicon: words, characters and affixes.
        labels: how many each column has.
        allowed: of each column, what may follow what, as `CRF` takes it; None for a column without a CRF.
        config: the settings.
        states: numbers in the states of a language model at each word; 0 for none.
    """

    def __init__(self, lexicon: Lexicon, labels: Sequence[int], allowed: Sequence[Any], config: Any, states: int = 0):
        super().__init__()
        self.word_dropout, self.dropout, self.locked = config.word_dropout, config.dropout, config.locked
        parts: list[int] = []
        self.words = self.spelling = self.capitals = self.affixes = self.context = None
        if config.word_size:
            self.words = nn.Embedding(len(lexicon.words), config.word_size)
            nn.init.normal_(self.words.weight, std=_DEVIATION)
            parts.append(config.word_size)
        if config.characters != "none":
            self.spelling = Spelling(len(lexicon.characters), config.character_size, config.characters, 0.1)
            parts.append(self.spelling.size)
        if config.capital_size:
            self.capitals = nn.Embedding(len(CAPITALS), config.capital_size)
            parts.append(config.capital_size)
        if config.affix_size:
            self.affixes = nn.Embedding(len(lexicon.affixes), config.affix_size)
            nn.init.normal_(self.affixes.weight, std=_DEVIATION)
            parts.append(_AFFIXES * config.affix_size)
        if states:
            self.context = nn.Linear(states, config.context_size)
            parts.append(config.context_size)
        self.recurrence = Recurrent(
            CELLS[config.cell],
            sum(parts),
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout,
            variational=config.locked,
            bidirectional=True,
            orthogonal=True,
            forget_bias=1.0,
        )
        self.recurrence.copies_output = False
        self.heads = nn.ModuleList(nn.Linear(2 * config.hidden_size, count) for count in labels)
        self.crfs = nn.ModuleList(
            nn.Identity() if may is None else CRF(count, may) for count, may in zip(labels, allowed, strict=True)
        )

        self.language_weight = config.language_weight
        self.neighbours = Neighbours(config.hidden_size, len(lexicon.words)) if config.language_weight else None

    @torch.no_grad()
    def start_from(self, words: Tensor, vectors: Tensor) -> None:
        """Let words (W,) have vectors (W, word_size), scaled so that their numbers deviate as those of the others.

        Vectors that are all alike stay as they are: there is nothing to scale by.
        """
        assert self.words is not None, "reads no words"
        deviation = float(vectors.double().std(correction=0))
        self.words.weight[words] = vectors * (_DEVIATION / deviation if deviation > _ALIKE else 1.0)

    def forward(self, tokens: Tensor, lengths: Tensor, *rest: Any) -> tuple[Tensor, Any]:
        """Compute the loss.

        Args:
            tokens: which of the forms each word is, (B, T).
            lengths: words, (B,).
            rest: the forms (`Forms`: five tensors), where there are any the states of the language model (B, T, S), the
                labels (B, T, columns), and the state, which is nothing:
                sentences do not go on from batch to batch.

        Returns:
            Mean loss in nats a word, summed over the columns.
        """
        *forms, labels, _ = rest
        real = torch.arange(tokens.shape[1], device=tokens.device) < lengths.unsqueeze(-1)
        hidden = self.hidden(tokens, lengths, *forms)
        total = hidden.data.new_zeros(())
        if self.neighbours is not None and self.training:
            total = self.language_weight * self.neighbours(forms[0][tokens], lengths, hidden)
        for column, scores in enumerate(self._heads(hidden, tokens.shape[1])):
            y, crf = labels[..., column], self.crfs[column]
            if isinstance(crf, CRF):
                total = total - crf(scores, y, lengths).sum()
            else:
                total = total + F.cross_entropy(scores[real], y[real], reduction="sum")
        return total / lengths.sum(), None

    def scores(self, tokens: Tensor, lengths: Tensor, *forms: Tensor) -> list[Tensor]:
        """Give the scores of each column's labels, (B, T, K) each."""
        return self._heads(self.hidden(tokens, lengths, *forms), tokens.shape[1])

    def hidden(self, tokens: Tensor, lengths: Tensor, *forms: Tensor) -> PackedSequence:
        """Compute what the labels are scored by, of the words alone and nothing beyond them."""
        words, capitals, affixes, characters, spelt, *states = forms
        rows = pack_padded_sequence(tokens, lengths.cpu(), batch_first=True, enforce_sorted=False)
        of_form = self._of_form(capitals, affixes, characters, spelt)
        if not self.training and not states:
            vectors = torch.cat([*([] if self.words is None else [self.words(words)]), *of_form], -1)
            hidden: PackedSequence = self.recurrence(rows, embedding=vectors)[0]
            return hidden
        parts = self._read(rows.data, words, of_form)
        if self.context is not None:
            known = pack_padded_sequence(states[0], lengths.cpu(), batch_first=True, enforce_sorted=False)
            parts.append(self.context(known.data.to(self.context.weight.dtype)))
        x = self._drop(rows._replace(data=torch.cat(parts, -1)))
        return self._drop(self.recurrence(x)[0])

    def _heads(self, hidden: PackedSequence, steps: int) -> list[Tensor]:
        found = (hidden._replace(data=head(hidden.data)) for head in self.heads)
        return [pad_packed_sequence(one, batch_first=True, total_length=steps)[0] for one in found]

    def _drop(self, rows: PackedSequence) -> PackedSequence:
        if not self.training:
            return rows
        return rows._replace(data=dropout_steps(rows.data, self.dropout, self.locked, rows.batch_sizes))

    def _of_form(self, capitals: Tensor, affixes: Tensor, characters: Tensor, lengths: Tensor) -> list[Tensor]:
        """What depends on the form of a word alone, and is never dropped with it, (F, ...) each."""
        found = []
        if self.spelling is not None:
            found.append(self.spelling(characters, lengths))
        if self.capitals is not None:
            found.append(self.capitals(capitals))
        if self.affixes is not None:
            found.append(self.affixes(affixes).flatten(1))
        return found

    def _read(self, tokens: Tensor, words: Tensor, of_form: list[Tensor]) -> list[Tensor]:
        """What is read of each word, (N, ...) each; while learning, some words are taken for unknown ones."""
        parts = []
        if self.words is not None:
            own = words[tokens]
            if self.training:
                draws = torch.rand(own.shape, device=own.device, generator=generator_for(own))
                own = own * (draws >= self.word_dropout)
            parts.append(self.words(own))
        if of_form:
            parts.append(F.embedding(tokens, torch.cat(of_form, -1)))
        return parts
