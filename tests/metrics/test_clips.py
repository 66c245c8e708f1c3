import numpy as np
import pytest

from recurra import DataError
from recurra.metrics import clips as scores


def disks(colors, tops, side=16, background=0):
    """Clips of a square of 4 x 4 of a color in each frame, (N, T, 3), that begins in a row, (N, T)."""
    clips = np.full((*np.shape(tops), side, side, 3), background, np.uint8)
    for n, row in enumerate(tops):
        for t, top in enumerate(row):
            clips[n, t, top : top + 4, 4:8] = colors[n][t]
    return clips


RED, DARK, BLUE = (200, 0, 0), (197, 4, 0), (0, 0, 200)


def test_the_background_is_the_color_of_most_pixels():
    assert scores.background(disks([[RED]], [[0]], background=90)).tolist() == [90, 90, 90]
    noise = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8, 3), np.uint8)
    assert scores.background(noise) is None


def test_content_is_the_mean_color_of_what_is_no_background():
    clips = disks([[RED, DARK]], [[0, 5]], background=10)
    clips[0, :, 15] = 20  # nearly background
    np.testing.assert_array_equal(scores.content(clips, np.uint8([10, 10, 10])), [[RED, DARK]])
    np.testing.assert_allclose(scores.content(clips), clips.mean((2, 3)))


def test_a_frame_in_which_nothing_is_shows_the_background():
    clips = np.full((1, 2, 8, 8, 3), 7, np.uint8)
    np.testing.assert_array_equal(scores.content(clips, np.uint8([7, 7, 7])), np.full((1, 2, 3), 7))


def test_content_distance_is_the_mean_over_all_pairs_of_frames():
    vectors = scores.content(disks([[RED, DARK, RED]], [[0, 3, 6]]), np.zeros(3, np.uint8))
    np.testing.assert_allclose(scores.content_distance(vectors), [(5 + 0 + 5) / 3])
    moving = scores.content(disks([[RED] * 3], [[0, 5, 9]]), np.zeros(3, np.uint8))
    np.testing.assert_array_equal(scores.content_distance(moving), [0])


def test_content_diversity_is_the_mean_over_all_pairs_of_clips():
    clips = disks([[RED] * 2, [RED] * 2, [BLUE] * 2], [[0, 1]] * 3)
    expected = 2 / 3 * np.hypot(200, 200)
    assert scores.content_diversity(scores.content(clips, np.zeros(3, np.uint8))) == pytest.approx(expected)
    assert scores.content_diversity(scores.content(clips[:2])) == 0


def test_motion_is_the_mean_change_from_frame_to_frame():
    clips = disks([[RED] * 3, [RED] * 3], [[0, 1, 2], [5, 5, 5]])
    changed = 2 * 4 * 200 / (16 * 16 * 3)  # a row of four pixels appears, another vanishes
    np.testing.assert_allclose(scores.motion(clips), [changed, 0])


def test_motion_diversity_tells_where_and_when_and_forgets_colors():
    alike = disks([[RED] * 3, [BLUE] * 3], [[0, 4, 8]] * 2)
    assert scores.motion_diversity(alike) == pytest.approx(0)
    apart = disks([[RED] * 3, [RED] * 3], [[0, 1, 1], [8, 8, 9]])
    assert scores.motion_diversity(apart) == pytest.approx(1)
    frozen = disks([[RED] * 3] * 2, [[0] * 3, [8] * 3])
    assert scores.motion_diversity(frozen) == 0


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(DataError, match=r"clips: expected \(N, T, H, W, 3\) uint8, got float64 of shape \(1, 2\)"):
        scores.content(np.zeros((1, 2)))
    with pytest.raises(DataError, match="at least two frames each, got 1"):
        scores.content_distance(np.zeros((3, 1, 3)))
    with pytest.raises(DataError, match="at least two, got 1"):
        scores.content_diversity(np.zeros((1, 4, 3)))


def test_a_summary_has_all_scores():
    clips = disks([[RED, DARK], [BLUE, BLUE]], [[0, 1], [8, 8]])
    black = np.zeros(3, np.uint8)
    vectors = scores.content(clips, black)
    assert scores.summary(clips, black) == {
        "content_distance": pytest.approx(2.5),
        "motion": scores.motion(clips).mean(),
        "content_diversity": scores.content_diversity(vectors),
        "motion_diversity": scores.motion_diversity(clips),
    }


def test_deviation_is_nothing_for_equals_and_grows_with_each_score():
    real = {"content_distance": 0.0, "motion": 2.0, "content_diversity": 100.0, "motion_diversity": 0.5}
    assert scores.deviation(real, real) == 0
    assert scores.deviation(real | {"motion": 1.8}, real) == pytest.approx(0.1 / 4)
    assert scores.deviation(real | {"content_diversity": 110}, real) == pytest.approx(0.1 / 4)
    assert scores.deviation(real | {"motion_diversity": 0.0}, real) == pytest.approx(1 / 4)
    assert scores.deviation(real | {"content_distance": 1.0}, real) == pytest.approx(0.1 / 4)
    assert scores.deviation(real, real | {"content_distance": 1.0}) == 0
