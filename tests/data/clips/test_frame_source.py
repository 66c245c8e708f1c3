import numpy as np
from PIL import Image

from recurra.data.clips import frame_source

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 6, 6, 3), np.uint8)


def test_all_kinds_of_sources_give_the_same_frames(tmp_path, encode):
    encode(tmp_path / "video.mkv", IMAGES, 10, "ffv1", pixels="bgr0")
    np.save(tmp_path / "a.npy", IMAGES)
    np.savez(tmp_path / "a.npz", video=IMAGES, inertial=np.ones((9, 2)))
    Image.fromarray(np.hstack(IMAGES)).save(tmp_path / "strip.png")
    (tmp_path / "folder").mkdir()
    for i, image in enumerate(IMAGES):
        Image.fromarray(image).save(tmp_path / "folder" / f"{i}.png")
    for source in [IMAGES, *tmp_path.iterdir()]:
        frames = list(frame_source.frames(source, 10))
        np.testing.assert_array_equal([frame.resized((6, 6)) for frame in frames], IMAGES)
        np.testing.assert_allclose([frame.time for frame in frames], [0, 0.1, 0.2, 0.3])
