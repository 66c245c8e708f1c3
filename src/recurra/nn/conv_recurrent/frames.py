"""Sequences of images, brought to rows of frames, and outputs back to the caller's form."""

from torch import Tensor

from recurra.nn import layout
from recurra.nn.layout import Batch, Layout


def read(x: Tensor, lengths: Tensor | None, channels: int, batch_first: bool) -> tuple[Batch, Layout]:
    """Bring a caller's images to a `Batch` whose rows are frames with their channels last.

    Args:
        x: (T, B, C, H, W), (B, T, C, H, W) with `batch_first`, or (T, C, H, W) for one sequence.
        lengths: frames of each sequence, (B,); None where all are of one length.
        channels: C as the layer has it.
        batch_first: of a batch.

    Returns:
        The batch, with x (T, B, H, W, C), or (N, H, W, C) packed where lengths are given; and the form in which the
        outputs go back (`write`).

    Raises:
        ValueError: a shape does not fit; the message says expected and got.
    """
    if x.dim() not in (4, 5) or x.shape[-3] != channels:
        order = "B, T" if batch_first else "T, B"
        raise ValueError(f"input: expected ({order}, {channels}, H, W) or (T, {channels}, H, W), got {tuple(x.shape)}")
    form = Layout(batch_first, unbatched=x.dim() == 4)
    if form.unbatched:
        x = x.unsqueeze(1)  # (T, 1, C, H, W)
    elif batch_first:
        x = x.transpose(0, 1)  # (T, B, C, H, W)
    if 0 in x.shape:
        raise ValueError(f"input: expected at least one frame, got shape {tuple(x.shape)}")
    x = x.movedim(-3, -1)  # (T, B, H, W, C)
    if lengths is None:
        return Batch(x), form
    form.total_length = len(x)
    return Batch(x, lengths=layout.checked_lengths(lengths, x)).unpadded(), form


def sizes(batch: Batch) -> list[int]:
    """Sequences alive at each step."""
    if batch.batch_sizes is not None:
        return [int(size) for size in batch.batch_sizes]
    return [batch.x.shape[1]] * len(batch.x)


def rows(batch: Batch) -> Tensor:
    """All frames, step after step: (N, C, H, W), in memory with the channels last."""
    x = batch.x if batch.batch_sizes is not None else batch.x.flatten(0, 1)  # (N, H, W, C)
    return x.contiguous().movedim(-1, -3)


def write(y: Tensor, batch: Batch, form: Layout) -> Tensor:
    """Give the outputs (N, C, H, W) the form of the input."""
    y = y.movedim(-3, -1)  # (N, H, W, C)
    batch.x = y if batch.batch_sizes is not None else y.unflatten(0, (-1, batch.size))
    output = layout.write(batch, form)
    assert isinstance(output, Tensor)
    return output.movedim(-1, -3)  # (T, B, C, H, W), as the caller has them
