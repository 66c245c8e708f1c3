"""The shapes a recurrent layer accepts, brought to one: time first, batched, padded or packed; and back again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

Output = Tensor | PackedSequence
State = Tensor | tuple[Tensor, ...]


@dataclass
class Layout:
    """The form of the caller's sequences, in which the outputs go back."""

    batch_first: bool
    packed: PackedSequence | None = None  # the caller's own packed form
    unbatched: bool = False
    total_length: int | None = None  # padded length, when `lengths` were given


@dataclass
class Batch:
    """Sequences as a layer works on them.

    x: (T, B, F) padded, or (N, F) packed rows when `batch_sizes` is given; with `symbols` the vectors (V, F).
    batch_sizes: sequences alive at each step, longest first, on the CPU.
    lengths: real steps of each padded sequence, (B,).
    order: position in the caller's batch of each of ours; None when they agree. inverse: the way back.
    symbols: (T, B) or (N,), the vector that each step reads.
    """

    x: Tensor
    batch_sizes: Tensor | None = None
    lengths: Tensor | None = None
    order: Tensor | None = None
    inverse: Tensor | None = None
    symbols: Tensor | None = None

    @property
    def size(self) -> int:
        """Number of sequences B."""
        if self.batch_sizes is not None:
            return int(self.batch_sizes[0])
        return (self.x if self.symbols is None else self.symbols).shape[1]

    def embedded(self) -> "Batch":
        """The same sequences with the vectors in the symbols' places."""
        if self.symbols is None:
            return self
        return replace(self, x=F.embedding(self.symbols, self.x), symbols=None)

    @property
    def packed(self) -> PackedSequence:
        """The rows as a PackedSequence."""
        return PackedSequence(self.x, self.batch_sizes, self.order, self.inverse)

    def padded(self) -> "Batch":
        """The same sequences padded with zeros, in the caller's order."""
        if self.batch_sizes is not None:
            _require_rows(self.batch_sizes, len(self.x))
            x, lengths = pad_packed_sequence(self.packed)
            return Batch(x, lengths=lengths.to(x.device))
        if self.lengths is None:
            return self
        is_padding = torch.arange(len(self.x), device=self.x.device).unsqueeze(-1) >= self.lengths  # (T, B)
        return Batch(self.x.masked_fill(is_padding.unsqueeze(-1), 0.0), lengths=self.lengths)

    def unpadded(self) -> "Batch":
        """The same sequences packed, so that no step beyond a sequence's end is computed."""
        if self.lengths is None:
            return self
        rows = self.x if self.symbols is None else self.symbols
        packed = pack_padded_sequence(rows, self.lengths.cpu(), enforce_sorted=False)
        x, symbols = (packed.data, None) if self.symbols is None else (self.x, packed.data)
        return Batch(x, packed.batch_sizes, None, packed.sorted_indices, packed.unsorted_indices, symbols)


def _require_rows(batch_sizes: Tensor, rows: int) -> None:
    """Refuse sizes of a PackedSequence that are not those of its rows; torch would read and write beyond them."""
    sizes = batch_sizes.tolist()
    never_rise = all(before >= after for before, after in pairwise(sizes))
    if not sizes or sizes[-1] < 1 or not never_rise or sum(sizes) != rows:
        raise ValueError(f"batch_sizes: expected counts from 1 that never rise, {rows} in all, got {sizes}")


def read(x: Output, lengths: Tensor | None, batch_first: bool, embedding: Tensor | None = None) -> tuple[Batch, Layout]:
    """Bring a caller's input to a `Batch`, and check it on the way.

    Args:
        x: (T, B, F), (B, T, F) with `batch_first`, (T, F) for one sequence, or packed; with `embedding` whole numbers,
            without the last dimension.
        lengths: real steps of each sequence, (B,); None where all are, and for what is packed.
        batch_first: of a batch that is not packed.
        embedding: vectors of symbols, (V, F).

    Returns:
        The batch, and the form in which the outputs go back (`write`).

    Raises:
        ValueError: a shape does not fit; the message says expected and got.
    """
    if embedding is not None:
        batch, layout = read(_as_features(x, embedding), lengths, batch_first)
        return replace(batch, x=embedding, symbols=batch.x.squeeze(-1)), layout
    if isinstance(x, PackedSequence):
        if lengths is not None:
            raise ValueError("a PackedSequence holds its lengths: expected lengths=None")
        batch_sizes = x.batch_sizes.to(torch.int64).contiguous()
        return Batch(x.data, batch_sizes, None, x.sorted_indices, x.unsorted_indices), Layout(batch_first, packed=x)
    if x.dim() not in (2, 3):
        raise ValueError(f"input: expected 2 or 3 dimensions, got {x.dim()} (shape {tuple(x.shape)})")
    layout = Layout(batch_first, unbatched=x.dim() == 2)
    if layout.unbatched:
        x = x.unsqueeze(1)  # (T, 1, F)
    elif batch_first:
        x = x.transpose(0, 1)  # (T, B, F)
    if len(x) == 0:
        raise ValueError(f"input: expected at least one step, got shape {tuple(x.shape)}")
    if lengths is None:
        return Batch(x), layout
    layout.total_length = len(x)
    return Batch(x, lengths=checked_lengths(lengths, x)), layout


def checked_lengths(lengths: Tensor, x: Tensor) -> Tensor | None:
    """Refuse lengths that are not those of x (T, B, F); None for a batch of no sequences, which has none."""
    steps, size = x.shape[:2]
    lengths = torch.as_tensor(lengths, device=x.device)
    if lengths.shape != (size,) or lengths.is_floating_point():
        raise ValueError(f"lengths: expected {size} whole numbers, got {lengths.dtype} of shape {tuple(lengths.shape)}")
    if size and (int(lengths.min()) < 1 or int(lengths.max()) > steps):
        raise ValueError(f"lengths: expected 1 to {steps}, got {int(lengths.min())} to {int(lengths.max())}")
    return lengths if size else None


def _as_features(symbols: Output, embedding: Tensor) -> Output:
    """Symbols as steps of one feature."""
    data = symbols.data if isinstance(symbols, PackedSequence) else symbols
    dimensions = (1,) if data is not symbols else (1, 2)
    if data.is_floating_point() or data.dim() not in dimensions:
        raise ValueError(f"input: expected whole numbers, (T, B), got {data.dtype} of shape {tuple(data.shape)}")
    if embedding.dim() != 2:
        raise ValueError(f"embedding: expected vectors (V, I), got shape {tuple(embedding.shape)}")
    data = data.unsqueeze(-1)
    return symbols._replace(data=data) if isinstance(symbols, PackedSequence) else data


def write(batch: Batch, layout: Layout) -> Output:
    """Give the outputs of a layer the form in which the caller gave its input."""
    if layout.packed is not None:
        if batch.batch_sizes is not None:
            return batch.packed
        return _pack_like(layout.packed, batch.x)
    x = batch.x  # (T, B, F), or (N, F) packed
    if batch.batch_sizes is not None:
        x, _ = pad_packed_sequence(batch.packed, total_length=layout.total_length)
    if layout.unbatched:
        return x.squeeze(1)
    return x.transpose(0, 1) if layout.batch_first else x


def _pack_like(like: PackedSequence, x: Tensor) -> PackedSequence:
    """Pack (T, B, F) with the lengths and the order of another."""
    if like.sorted_indices is not None:
        x = x.index_select(1, like.sorted_indices)
    rows = torch.cat([x[t, :alive] for t, alive in enumerate(like.batch_sizes.tolist())])  # (N, F)
    return PackedSequence(rows, like.batch_sizes, like.sorted_indices, like.unsorted_indices)


def read_state(
    hx: State | None, shapes: Mapping[str, tuple[int, ...]], batch: Batch, unbatched: bool = False
) -> list[Tensor]:
    """Bring a caller's state to one tensor a name, of the given shapes and in the batch's order; zeros for None."""
    if hx is None:
        return [batch.x.new_zeros(shape) for shape in shapes.values()]
    parts = list(hx) if isinstance(hx, tuple | list) else [hx]
    expected = list(shapes.values())
    if unbatched and len(parts) == len(expected):
        # (L D, ...) to (L D, 1, ...), where the caller left the batch out of the states too
        for n, shape in enumerate(expected):
            parts[n] = parts[n].unsqueeze(1) if parts[n].dim() == len(shape) - 1 else parts[n]
    got = [tuple(part.shape) for part in parts]
    if got != expected:
        raise ValueError(f"state {', '.join(shapes)}: expected shapes {expected}, got {got}")
    require_type(f"state {', '.join(shapes)}", parts, batch.x, "the input is")
    return parts if batch.order is None else [part.index_select(1, batch.order) for part in parts]


def require_type(name: str, tensors: Sequence[Tensor], like: Tensor, as_what: str) -> None:
    """Refuse tensors of another type than `like`, except where autocast brings them to one."""
    wrong = next((tensor.dtype for tensor in tensors if tensor.dtype is not like.dtype), None)
    if wrong is not None and not torch.is_autocast_enabled(like.device.type):
        raise ValueError(f"{name}: expected {like.dtype}, as {as_what}, got {wrong}")


def write_state(finals: Sequence[tuple[Tensor, ...]], inverse: Tensor | None, unbatched: bool) -> State:
    """Join the final states of the layers, (D, B, ...) each, into what `read_state` takes."""
    parts = [torch.cat(layers) if len(layers) > 1 else layers[0] for layers in zip(*finals, strict=True)]
    if inverse is not None:
        parts = [part.index_select(1, inverse) for part in parts]
    if unbatched:
        parts = [part.squeeze(1) for part in parts]
    return parts[0] if len(parts) == 1 else tuple(parts)
