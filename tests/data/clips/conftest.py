from fractions import Fraction

import av
import numpy as np
import pytest


@pytest.fixture
def moving_square():
    """A function that gives images (T, H, W, 3) of a square that goes from left to right in a second."""

    def images(count: int, height: int = 48, width: int = 64) -> np.ndarray:
        video = np.full((count, height, width, 3), 40, np.uint8)
        for i, image in enumerate(video):
            left = int(i / count * (width - 16))
            image[16:32, left : left + 16] = (200, 120, 30)
        return video

    return images


@pytest.fixture
def encode():
    """A function that writes images as a video."""

    def write(
        path, images, rate=30, codec="libx264", stamps=None, pixels="yuv444p", options=None, container_options=None
    ):
        lossless = {"qp": "0", "preset": "ultrafast"} if codec == "libx264" else {}
        base = Fraction(1, 60_000)
        with av.open(str(path), "w", options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=rate, options=options or lossless)
            stream.height, stream.width = images.shape[1:3]
            stream.pix_fmt = pixels
            stream.codec_context.time_base = base
            for i, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(image)
                seconds = Fraction(i, rate) if stamps is None else Fraction(stamps[i]).limit_denominator(1000)
                frame.pts, frame.time_base = round(seconds / base), base
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write
