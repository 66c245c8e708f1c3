"""Curves along a clip, with pictures of it above them."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.data.clips.packages import pillow
from recurra.figures.lines import lines

if TYPE_CHECKING:
    import altair

_WIDTH = 520  # pixels, of the axis
_THUMBNAILS = 8
_HEIGHT = 64  # pixels of a thumbnail
_LARGEST = 96  # pixels of a side of a picture as it is saved
_CURVES = 6


def clip_curves(
    times: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    frames: Sequence[np.ndarray] = (),
    y: str = "probability",
    title: str = "",
) -> "altair.VConcatChart":
    """Draw curves along a clip, such as the probabilities of classes.

    Args:
        times: of the frames, in seconds.
        curves: by name, a number of each frame. Of many those that come highest are drawn.
        frames: of the clip, one for each time, (H, W, 1 or 3) uint8; some of them are shown. None without.
        y: what the curves measure.
        title: of the figure.

    Returns:
        The figure: the curves, and above them some frames, each with its time.
    """
    import altair

    highest = sorted(curves, key=lambda name: -max(curves[name], default=0.0))[:_CURVES]
    chosen = {name: (times, values) for name, values in curves.items() if name in highest}
    parts: list[Any] = [lines(chosen, "seconds", y).properties(width=_WIDTH)]
    if len(frames):
        parts.insert(0, _strip(times, frames))
    figure = altair.vconcat(*parts, spacing=4)
    return figure.properties(title=title) if title else figure


def _strip(times: Sequence[float], frames: Sequence[np.ndarray]) -> "altair.LayerChart | altair.FacetChart":
    """Some frames in a row, evenly over the clip, with the time of each below it."""
    import altair

    count = min(_THUMBNAILS, len(frames))
    positions = np.linspace(0, len(frames) - 1, count).round().astype(int)
    width = _WIDTH / count
    values = []
    for number, position in enumerate(positions.tolist()):
        picture = {"url": _data_url(frames[position]), "time": f"{times[position]:.2f} s"}
        values.append({"x": (number + 0.5) * width} | picture)
    base = altair.Chart(altair.Data(values=values)).encode(
        x=altair.X("x:Q", axis=None, scale=altair.Scale(domain=[0, _WIDTH]))
    )
    pictures = base.mark_image(width=min(width, _WIDTH / _THUMBNAILS) - 2, height=_HEIGHT).encode(
        url="url:N", y=altair.value(_HEIGHT / 2), tooltip=["time:N"]
    )
    captions = base.mark_text(fontSize=9).encode(text="time:N", y=altair.value(_HEIGHT + 8))
    return altair.layer(pictures, captions).properties(width=_WIDTH, height=_HEIGHT + 14)


def _data_url(frame: np.ndarray) -> str:
    """A frame (H, W, 1 or 3) uint8 as a PNG inside a URL."""
    images = pillow()
    pixels = frame[:, :, 0] if frame.shape[2] == 1 else frame
    picture = images.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((_LARGEST, _LARGEST))
    file = io.BytesIO()
    picture.save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
