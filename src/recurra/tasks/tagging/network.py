"""The network that labels every word of a sentence, and its loss.

Source: Huang et al., 2015, "Bidirectional LSTM-CRF models for sequence tagging"; the spelling by characters as in
Lample et al., 2016 (recurrent), or Ma and Hovy, 2016 (convolution). What it learns from is in
`recurra.tasks.tagging.data`, the job over it in `recurra.tasks.tagging.task`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from recurra.data.sentences.lexicon import CAPITALS, Lexicon
from recurra.nn import CRF, Linear
from recurra.nn.dropout import dropout_steps
from recurra.nn.generators import generator_for
from recurra.nn.layout import State
from recurra.nn.step_mask import step_mask
from recurra.tasks.recurrent_stack import recurrent_stack
from recurra.tasks.tagging.char_encoder import CharEncoder
from recurra.tasks.tagging.config import TaggerConfig
from recurra.tasks.tagging.language_model_head import LanguageModelHead
from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork

_AFFIXES = 4
_DEVIATION = 0.3  # of the numbers of vectors, at first
_ALIKE = 1e-6  # a deviation that is none


class TaggerInputs(NamedTuple):
    """The words of B sentences as numbers: each form of a word once, F of them, and where they stand.

    tokens: which form each word is, (B, T). words: number of each form, (F,). capitals: which of `CAPITALS`, (F,).
    affixes: beginnings and ends, (F, A). characters: (F, C), 0 after the end. char_lengths: characters of each, (F,).
    context: states of a language model at each word, (B, T, S); None without one.
    """

    tokens: Tensor
    words: Tensor
    capitals: Tensor
    affixes: Tensor
    characters: Tensor
    char_lengths: Tensor
    context: Tensor | None = None


@dataclass(frozen=True)
class TaggerBatch(Batch):
    """Sentences and their right labels.

    Attributes:
        inputs: the words.
        lengths: how many words each sentence has, (B,).
        labels: as numbers, (B, T, columns).
    """

    inputs: TaggerInputs
    lengths: Tensor
    labels: Tensor

    @property
    def size(self) -> int:
        """Words."""
        return int(self.lengths.sum())


class TaggerNetwork(SupervisedNetwork[TaggerBatch]):
    """Words, a recurrence in both directions over them, and for each column of labels scores and, maybe, a CRF.

    Args:
        lexicon: words, characters and affixes.
        labels: how many each column has.
        allowed: of each column, what may follow what, as `CRF` takes it; None for a column without a CRF.
        config: the settings.
        states: numbers in the states of a language model at each word; 0 for none.
    """

    loss_unit = "nats a word"

    def __init__(
        self,
        lexicon: Lexicon,
        labels: Sequence[int],
        allowed: Sequence[Any],
        config: TaggerConfig,
        states: int = 0,
    ):
        super().__init__()
        self.token_dropout, self.dropout = config.token_dropout, config.dropout
        self.variational_dropout = config.variational_dropout
        parts: list[int] = []
        self.words = self.char_encoder = self.capitals = self.affixes = self.context = None
        if config.word_embedding_size:
            self.words = nn.Embedding(len(lexicon.words), config.word_embedding_size)
            nn.init.normal_(self.words.weight, std=_DEVIATION)
            parts.append(config.word_embedding_size)
        if config.char_encoder != "none":
            self.char_encoder = CharEncoder(
                len(lexicon.characters), config.character_embedding_size, config.char_encoder, 0.1
            )
            parts.append(self.char_encoder.size)
        if config.capital_embedding_size:
            self.capitals = nn.Embedding(len(CAPITALS), config.capital_embedding_size)
            parts.append(config.capital_embedding_size)
        if config.affix_embedding_size:
            self.affixes = nn.Embedding(len(lexicon.affixes), config.affix_embedding_size)
            nn.init.normal_(self.affixes.weight, std=_DEVIATION)
            parts.append(_AFFIXES * config.affix_embedding_size)
        if states:
            self.context = Linear(states, config.context_size)
            parts.append(config.context_size)
        variational = config.variational_dropout
        self.recurrence = recurrent_stack(config, sum(parts), variational=variational, bidirectional=True)
        self.heads = nn.ModuleList(Linear(2 * config.hidden_size, count) for count in labels)
        self.crfs = nn.ModuleList(
            nn.Identity() if may is None else CRF(count, may) for count, may in zip(labels, allowed, strict=True)
        )

        self.lm_loss_weight = config.lm_loss_weight
        self.language_model = None
        if config.lm_loss_weight:
            self.language_model = LanguageModelHead(config.hidden_size, len(lexicon.words))

    @torch.no_grad()
    def load_pretrained_vectors(self, words: Tensor, vectors: Tensor) -> None:
        """Let words (W,) have vectors (W, word_embedding_size), scaled so that their numbers deviate as the others' do.

        Vectors that are all alike stay as they are: there is nothing to scale by.
        """
        assert self.words is not None, "reads no words"
        deviation = float(vectors.double().std(correction=0))
        self.words.weight[words] = vectors * (_DEVIATION / deviation if deviation > _ALIKE else 1.0)

    def forward(
        self, inputs: TaggerInputs, lengths: Tensor | None = None, state: State | None = None
    ) -> tuple[tuple[Tensor, ...], State]:
        """Score the labels of each word.

        Args:
            inputs: the words of some sentences.
            lengths: how many words each sentence has, (B,); None where none is padded.
            state: of the recurrence; None at the beginning.

        Returns:
            For each column the scores of its labels, (B, T, K), before softmax or CRF (its emissions); and the state of
            the recurrence then.
        """
        batch, steps = inputs.tokens.shape
        if lengths is None:
            lengths = torch.full((batch,), steps, device=inputs.tokens.device)
        hidden, after = self._hidden(inputs, lengths, state)
        return self._emissions(hidden, steps), after

    def loss(self, batch: TaggerBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the loss of a batch.

        Args:
            batch: sentences and labels.
            state: nothing: sentences do not go on from batch to batch.

        Returns:
            Mean loss in nats a word, summed over the columns; and no state.
        """
        inputs, lengths = batch.inputs, batch.lengths
        steps = inputs.tokens.shape[1]
        hidden, _ = self._hidden(inputs, lengths, None)
        total = hidden.data.new_zeros(())
        if self.language_model is not None and self.training:
            words = inputs.words[inputs.tokens]  # (B, T)
            total = self.lm_loss_weight * self.language_model(words, lengths, hidden)
        mask = step_mask(lengths, steps)  # (B, T)
        for column, emissions in enumerate(self._emissions(hidden, steps)):
            labels, crf = batch.labels[..., column], self.crfs[column]
            if isinstance(crf, CRF):
                total = total - crf(emissions, labels, lengths).sum()
            else:
                total = total + F.cross_entropy(emissions[mask], labels[mask], reduction="sum")
        return total / lengths.sum(), None

    def _hidden(self, inputs: TaggerInputs, lengths: Tensor, state: State | None) -> tuple[PackedSequence, State]:
        """Compute what the labels are scored by, of the words alone and nothing beyond them; and the state then."""
        tokens = pack_padded_sequence(inputs.tokens, lengths.cpu(), batch_first=True, enforce_sorted=False)
        of_form = self._form_features(inputs)
        if not self.training and inputs.context is None:
            features = torch.cat([*([] if self.words is None else [self.words(inputs.words)]), *of_form], -1)  # (F, I)
            hidden, after = self.recurrence(tokens, state, embedding=features)
            return hidden, after
        parts = self._word_features(tokens.data, inputs.words, of_form)
        if self.context is not None and inputs.context is not None:
            context = pack_padded_sequence(inputs.context, lengths.cpu(), batch_first=True, enforce_sorted=False)
            parts.append(self.context(context.data.to(self.context.weight.dtype)))
        x = self._drop(tokens._replace(data=torch.cat(parts, -1)))  # (N, I)
        hidden, after = self.recurrence(x, state)
        return self._drop(hidden), after

    def _emissions(self, hidden: PackedSequence, steps: int) -> tuple[Tensor, ...]:
        """The scores of each column's labels, (B, T, K), zeros beyond a sentence's end."""
        columns = list[Tensor]()
        for head in self.heads:
            scores = hidden._replace(data=head(hidden.data))  # (N, K)
            columns.append(pad_packed_sequence(scores, batch_first=True, total_length=steps)[0])
        return tuple(columns)

    def _drop(self, rows: PackedSequence) -> PackedSequence:
        if not self.training:
            return rows
        return rows._replace(data=dropout_steps(rows.data, self.dropout, self.variational_dropout, rows.batch_sizes))

    def _form_features(self, inputs: TaggerInputs) -> list[Tensor]:
        """What depends on the form of a word alone, and is never dropped with it, (F, ...) each."""
        parts = []
        if self.char_encoder is not None:
            parts.append(self.char_encoder(inputs.characters, inputs.char_lengths))
        if self.capitals is not None:
            parts.append(self.capitals(inputs.capitals))
        if self.affixes is not None:
            parts.append(self.affixes(inputs.affixes).flatten(1))
        return parts

    def _word_features(self, tokens: Tensor, words: Tensor, of_form: list[Tensor]) -> list[Tensor]:
        """What is read of each word, (N, ...) each; while learning, some words are taken for unknown ones."""
        parts = []
        if self.words is not None:
            numbers = words[tokens]  # (N,)
            if self.training:
                draws = torch.rand(numbers.shape, device=numbers.device, generator=generator_for(numbers))
                numbers = numbers * (draws >= self.token_dropout)
            parts.append(self.words(numbers))
        if of_form:
            parts.append(F.embedding(tokens, torch.cat(of_form, -1)))
        return parts
