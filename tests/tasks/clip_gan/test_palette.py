import numpy as np

from recurra.tasks.clip_gan import palette


def test_the_colors_of_drawn_clips_are_counted_besides_the_background(squares):
    clips, _ = squares
    assert palette.find(clips) == 1
    more = clips.copy()
    more[-1, 3, 0, 0], more[-1, 4, 15, 15] = (1, 2, 3), (3, 2, 1)
    assert palette.find(more) == 3


def test_clips_of_one_color_have_one_besides_it():
    assert palette.find(np.zeros((3, 4, 16, 16, 3), np.uint8)) == 1


def test_filmed_clips_have_no_palette():
    noise = np.random.default_rng(0).integers(0, 256, (3, 4, 16, 16, 3), dtype=np.uint8)
    assert palette.find(noise) == palette.find(noise, "any") == 0
    assert palette.find(noise, "few") == 8


def test_drawn_clips_can_be_taken_for_filmed_ones(squares):
    assert palette.find(squares[0], "any") == 0
