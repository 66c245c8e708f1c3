"""What was thought of a clip, moment by moment, with pictures of it above."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.figures.lines import lines

if TYPE_CHECKING:
    import altair

_WIDTH = 520  # pixels, of the axis
_THUMBNAILS = 8
_HEIGHT = 64  # pixels of a thumbnail
_CURVES = 6  # the likeliest classes


def answers_over_time(
    times: Sequence[float],
    probabilities: Mapping[str, Sequence[float]],
    thumbnails: Sequence[tuple[float, np.ndarray]] = (),
    title: str = "",
) -> "altair.VConcatChart":
    """Draw the probabilities of classes along a clip.

    Args:
        times: of the frames, in seconds.
        probabilities: by class, of each frame. Of many classes those that come highest are drawn.
        thumbnails: frames of the clip: the time of each, and its image, (H, W, 1 or 3) uint8. Of many some are shown.
        title: of the figure.

    Returns:
        The figure: curves, and the thumbnails above them where they are in time.
    """
    import altair

    ranked = sorted(probabilities, key=lambda name: -max(probabilities[name], default=0.0))
    chosen = [name for name in probabilities if name in ranked[:_CURVES]]
    curves = {name: (times, probabilities[name]) for name in chosen}
    chart = lines(curves, "seconds", "probability", y_scale="linear").properties(width=_WIDTH)
    parts: list[Any] = [chart]
    if thumbnails:
        parts.insert(0, _strip(thumbnails))
    figure = altair.vconcat(*parts, spacing=4)
    return figure.properties(title=title) if title else figure


def _strip(thumbnails: Sequence[tuple[float, np.ndarray]]) -> "altair.LayerChart":
    """Pictures in a row over the axis, each with its time."""
    import altair

    positions = np.linspace(0, len(thumbnails) - 1, min(_THUMBNAILS, len(thumbnails))).round().astype(int)
    values = []
    for number, position in enumerate(positions.tolist()):
        time, image = thumbnails[position]
        x = (number + 0.5) * _WIDTH / len(positions)
        values.append({"x": x, "url": _data_url(image), "time": f"{time:.2f} s"})
    width = _WIDTH / _THUMBNAILS - 2
    base = altair.Chart(altair.Data(values=values)).encode(
        x=altair.X("x:Q", axis=None, scale=altair.Scale(domain=[0, _WIDTH]))
    )
    pictures = base.mark_image(width=width, height=_HEIGHT, baseline="middle").encode(
        url="url:N", y=altair.value(_HEIGHT / 2), tooltip=[altair.Tooltip("time:N")]
    )
    captions = base.mark_text(fontSize=9).encode(text="time:N", y=altair.value(_HEIGHT + 8))
    return altair.layer(pictures, captions).properties(width=_WIDTH, height=_HEIGHT + 14)


def _data_url(image: np.ndarray) -> str:
    """An image (H, W, 1 or 3) uint8 as a PNG inside a URL."""
    from PIL import Image

    pixels = image[:, :, 0] if image.shape[2] == 1 else image
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((96, 96))
    file = io.BytesIO()
    picture.save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
