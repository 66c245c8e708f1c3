import numpy as np
import pytest
from PIL import Image

from recurra import DataError
from recurra.data.clips import image_file

COLORS = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)


def test_the_content_says_what_kind_of_image_it_is(tmp_path):
    for name, kind in (("a.png", "png"), ("b.jpg", "png"), ("c.bmp", "bmp"), ("d.webp", "webp")):
        Image.fromarray(COLORS).save(tmp_path / name, kind, **({"lossless": True} if kind == "webp" else {}))
        np.testing.assert_array_equal(image_file.read(tmp_path / name), COLORS)


def test_what_is_transparent_is_black(tmp_path):
    opacity = np.zeros((4, 6, 1), np.uint8)
    opacity[:2] = 255
    Image.fromarray(np.concatenate([COLORS, opacity], 2)).save(tmp_path / "a.png")
    image = image_file.read(tmp_path / "a.png")
    np.testing.assert_array_equal(image[:2], COLORS[:2])
    assert not image[2:].any()


def test_gray_images_of_8_and_16_bits_and_palettes_are_read(tmp_path):
    gray = COLORS[:, :, 0]
    Image.fromarray(gray).save(tmp_path / "8.png")
    Image.fromarray(gray.astype(np.uint16) << 8).save(tmp_path / "16.png")
    Image.fromarray(gray).convert("P").save(tmp_path / "p.png")
    for name in ("8", "16", "p"):
        np.testing.assert_array_equal(image_file.read(tmp_path / f"{name}.png"), np.repeat(gray[:, :, None], 3, 2))


def test_the_orientation_of_the_camera_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(COLORS).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(image_file.read(tmp_path / "a.png"), np.rot90(COLORS, -1))


def test_what_is_no_image_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"a.png: expected an image, got: cannot identify image file"):
        image_file.read(tmp_path / "a.png")
    Image.fromarray(np.tile(COLORS, (40, 40, 1))).save(tmp_path / "b.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:200])
    with pytest.raises(DataError, match=r"b.png: expected an image, got: "):
        image_file.read(tmp_path / "b.png")
    with pytest.raises(DataError, match=r"gone.png: expected an image, found nothing there"):
        image_file.read(tmp_path / "gone.png")
    Image.fromarray(COLORS).save(tmp_path / "c.png")
    monkeypatch.setattr(image_file, "MOST_PIXELS", 23)
    with pytest.raises(DataError, match=r"c.png: expected an image of at most 23 pixels, got 6 x 4"):
        image_file.read(tmp_path / "c.png")
