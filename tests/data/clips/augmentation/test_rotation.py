import numpy as np

from recurra.data.clips.augmentation.rotation import about_any_axis, about_axis


def test_a_quarter_turn_about_z_brings_x_to_y():
    turn = about_axis(np.array([0.0, 0.0, 2.0]), np.pi / 2)
    np.testing.assert_allclose(turn @ [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(turn @ [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], atol=1e-12)


def test_drawn_turns_are_turns_of_the_size_that_is_asked_for():
    generator = np.random.default_rng(1)
    turns = [about_any_axis(generator, 20.0) for _ in range(2000)]
    for turn in turns[:20]:
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(turn), 1.0)
    angles = [np.degrees(np.arccos((np.trace(turn) - 1) / 2)) for turn in turns]
    np.testing.assert_allclose(np.sqrt(np.mean(np.square(angles))), 20.0, rtol=0.05)
