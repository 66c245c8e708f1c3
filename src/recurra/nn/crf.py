"""A linear-chain conditional random field: the labels of a sequence, judged as a whole."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from recurra.kernels import crf, crf_reference, crf_spans

Allowed = tuple[Tensor, Tensor, Tensor]
Span = tuple[int, int, int, Sequence[int]]  # sequence, first step, the step after the last, labels


class CRF(nn.Module):
    """A linear-chain conditional random field (Lafferty, McCallum and Pereira, 2001).

    A sequence of labels scores the sum of its labels' scores at each step, of the transitions between them, and of its
    first and last label; its probability is in proportion to the exponential of that.

    Args:
        labels: how many, K.
        allowed: what may come at all, bools: (K,) first labels, (K, K) labels of the column after those of the row,
            (K,) last labels; None allows everything.

    Scores are (B, T, K), batch first; `lengths` (B,) are the real steps, None where all are, or `mask` (B, T) is true
    at them, as pytorch-crf has it. Weights of pytorch-crf load: `load_state_dict` takes its names too.
    """

    may_start: Tensor
    may_follow: Tensor
    may_end: Tensor

    def __init__(self, labels: int, allowed: Allowed | None = None):
        super().__init__()
        if labels < 1:
            raise ValueError(f"labels: expected at least 1, got {labels}")
        shapes = {"may_start": (labels,), "may_follow": (labels, labels), "may_end": (labels,)}
        masks = allowed or tuple(torch.ones(shape) for shape in shapes.values())
        for (name, shape), mask in zip(shapes.items(), masks, strict=True):
            mask = (mask if isinstance(mask, Tensor) else torch.as_tensor(mask)).bool()  # stays on its device
            if tuple(mask.shape) != shape:
                raise ValueError(f"allowed: expected {name} of shape {shape}, got {tuple(mask.shape)}")
            self.register_buffer(name, mask, persistent=False)
        self.transitions = nn.Parameter(torch.empty(labels, labels).uniform_(-0.1, 0.1))
        self.start = nn.Parameter(torch.empty(labels).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(labels).uniform_(-0.1, 0.1))

    def forward(
        self, scores: Tensor, labels: Tensor, lengths: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Give the log-probability of labels (B, T): (B,), -inf where they are not allowed. Less its mean is a loss."""
        lengths = self._check(scores, lengths, mask)
        if labels.shape != scores.shape[:2]:
            raise ValueError(f"labels: expected shape {tuple(scores.shape[:2])}, got {tuple(labels.shape)}")
        return crf.log_likelihood(scores, *self._weights(), lengths, labels)

    def log_partition(self, scores: Tensor, lengths: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """Give log Z (B,), the logarithm of the sum of exp(score) over all sequences of labels."""
        return crf.log_partition(scores, *self._weights(), self._check(scores, lengths, mask))

    def decode(self, scores: Tensor, lengths: Tensor | None = None, mask: Tensor | None = None) -> list[list[int]]:
        """Give the likeliest labels of each sequence."""
        lengths = self._check(scores, lengths, mask)
        best, _ = crf.viterbi_n_best(scores, *self._weights(), lengths, 1)  # (B, 1, T)
        return [labels[:length] for (labels,), length in zip(best.tolist(), lengths.tolist(), strict=True)]

    @torch.no_grad()
    def best(
        self, scores: Tensor, count: int, lengths: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Find the n likeliest sequences of labels.

        Returns:
            Labels (B, n, T), 0 beyond a length, and their log-probabilities (B, n), the likeliest first; -inf where
            there are fewer than n sequences.
        """
        if count < 1:
            raise ValueError(f"count: expected at least 1, got {count}")
        lengths = self._check(scores, lengths, mask)
        labels, totals = crf.viterbi_n_best(scores, *self._weights(), lengths, count)  # (B, n, T) and (B, n)
        log_z = crf.log_partition_float64(scores, *self._weights(), lengths).unsqueeze(-1)
        return labels, torch.where(totals == -torch.inf, totals, totals - log_z).to(scores.dtype)

    @torch.no_grad()
    def marginals(self, scores: Tensor, lengths: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """Give the probability of each label at each step, (B, T, K); 0 beyond a length."""
        return crf.marginals(scores, *self._weights(), self._check(scores, lengths, mask))

    @torch.no_grad()
    def probability(
        self, scores: Tensor, possible: Tensor, lengths: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """Give the probability that every label is one of those possible at its step.

        Args:
            scores, lengths, mask: as of `forward`.
            possible: bools (B, T, K). Where a span is fixed and all else is free, this is the span's probability.

        Returns:
            (B,); 0 where nothing that is possible is allowed.
        """
        lengths = self._check(scores, lengths, mask)
        if possible.shape != scores.shape or possible.dtype is not torch.bool:
            raise ValueError(f"possible: expected bools {tuple(scores.shape)}, got {tuple(possible.shape)}")
        within = crf.log_partition_float64(scores.masked_fill(~possible, -torch.inf), *self._weights(), lengths)
        log_z = crf.log_partition_float64(scores, *self._weights(), lengths)
        return torch.where(within == -torch.inf, 0.0, (within - log_z).exp()).clamp(max=1.0).to(scores.dtype)

    @torch.no_grad()
    def span_log_probs(
        self,
        scores: Tensor,
        spans: Sequence[Span],
        lengths: Tensor | Sequence[int] | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Give the log-probabilities of spans: that the labels of some neighbouring steps are these, all others free.

        One pass forward and one backward serve all spans, in double, at any length.

        Args:
            scores, lengths, mask: as of `forward`.
            spans: of each the number of its sequence, its first step, the step after its last, and its labels, as many
                as it has steps.

        Returns:
            (N,) for N spans, in their order, float64; -inf where a span is not allowed.

        Raises:
            ValueError: a span is not within its sequence, or its labels are not 0 to K - 1, one for each step.
        """
        lengths = self._check(scores, lengths, mask)
        steps = lengths.tolist()
        for span in spans:
            _check_span(span, steps, len(self.start))
        if not spans:
            return scores.new_zeros(0, dtype=torch.float64)
        bounds = torch.tensor([[sequence, start, stop] for sequence, start, stop, _ in spans], device=scores.device)
        labels = torch.tensor([label for *_, labels in spans for label in labels], device=scores.device)
        return crf_spans.span_log_probs(scores, *self._weights(), lengths, bounds, labels)

    @torch.no_grad()
    def sample(
        self,
        scores: Tensor,
        count: int,
        lengths: Tensor | None = None,
        generator: torch.Generator | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Draw sequences of labels, each as often as it is likely: (B, count, T), 0 beyond a length.

        Raises:
            ValueError: a sequence has no labels that are allowed.
        """
        lengths = self._check(scores, lengths, mask)
        if bool((self.log_partition(scores, lengths) == -torch.inf).any()):
            raise ValueError("expected sequences for which some labels are allowed")
        transitions, start, end = (crf_reference.wide(weight) for weight in self._weights())
        alphas = crf_reference.alphas(crf_reference.wide(scores), transitions, start, lengths)  # (T, B, K)
        steps, batch, labels = alphas.shape
        drawn = lengths.new_zeros(batch, count, steps)
        after = end.expand(batch, count, labels)  # what follows a step's label
        for t in reversed(range(steps)):
            probabilities = (alphas[t].unsqueeze(1) + after).softmax(-1)  # (B, count, K)
            labels_t = torch.multinomial(probabilities.flatten(0, 1), 1, generator=generator).view(batch, count)
            alive = (t < lengths).unsqueeze(-1)
            drawn[:, :, t] = torch.where(alive, labels_t, 0)
            after = torch.where(alive.unsqueeze(-1), transitions.t()[labels_t], after)
        return drawn

    def _weights(self) -> tuple[Tensor, Tensor, Tensor]:
        """Transitions, start and end, -inf where something is not allowed."""
        pairs = ((self.transitions, self.may_follow), (self.start, self.may_start), (self.end, self.may_end))
        transitions, start, end = (weight.masked_fill(~may, -torch.inf) for weight, may in pairs)
        return transitions, start, end

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        for name in ("start", "end"):
            theirs = f"{prefix}{name}_transitions"  # as pytorch-crf calls it
            if theirs in state_dict and f"{prefix}{name}" not in state_dict:
                state_dict[f"{prefix}{name}"] = state_dict.pop(theirs)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _check(self, scores: Tensor, lengths: Tensor | Sequence[int] | None, mask: Tensor | None) -> Tensor:
        """Hold the scores to the shape that is due; give the lengths."""
        if scores.dim() != 3 or scores.shape[-1] != len(self.start) or scores.shape[1] == 0:
            raise ValueError(f"scores: expected (B, T, {len(self.start)}), got {tuple(scores.shape)}")
        batch, steps, _ = scores.shape
        if mask is not None:
            if lengths is not None:
                raise ValueError("expected lengths or a mask, got both")
            lengths = _lengths_of(mask, batch, steps)
        if lengths is None:
            return torch.full((batch,), steps, device=scores.device)
        lengths = torch.as_tensor(lengths, device=scores.device)
        if lengths.shape != (batch,) or lengths.is_floating_point():
            raise ValueError(f"lengths: expected {batch} whole numbers, got {lengths.dtype} of {tuple(lengths.shape)}")
        if batch and (int(lengths.min()) < 1 or int(lengths.max()) > steps):
            raise ValueError(f"lengths: expected 1 to {steps}, got {int(lengths.min())} to {int(lengths.max())}")
        return lengths.long()

    def extra_repr(self) -> str:
        """Show the number of labels."""
        return f"{len(self.start)}"


def _lengths_of(mask: Tensor, batch: int, steps: int) -> Tensor:
    """The real steps of each sequence, which come first."""
    if mask.shape != (batch, steps):
        raise ValueError(f"mask: expected shape {(batch, steps)}, got {tuple(mask.shape)}")
    mask = mask.bool()
    lengths = mask.sum(1)
    if not torch.equal(mask, torch.arange(steps, device=mask.device) < lengths.unsqueeze(-1)):
        raise ValueError("mask: expected the real steps of each sequence first, then the padding")
    return lengths


def _check_span(span: Span, lengths: list[int], count: int) -> None:
    """Refuse a span that is not within its sequence, or labels that there are not."""
    sequence, start, stop, labels = span
    if not 0 <= sequence < len(lengths):
        raise ValueError(f"spans: expected sequence 0 to {len(lengths) - 1}, got {sequence}")
    if not 0 <= start < stop <= lengths[sequence]:
        raise ValueError(f"spans: expected steps within 0 to {lengths[sequence]}, got {start} to {stop}")
    if len(labels) != stop - start:
        raise ValueError(f"spans: expected {stop - start} labels for steps {start} to {stop}, got {len(labels)}")
    if not all(0 <= label < count for label in labels):
        raise ValueError(f"spans: expected labels 0 to {count - 1}, got {list(labels)}")
