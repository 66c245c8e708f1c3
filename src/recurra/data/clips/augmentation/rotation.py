"""Turns in space."""

import numpy as np


def about_axis(axis: np.ndarray, angle: float) -> np.ndarray:
    """Give the matrix (3, 3) that turns columns about an axis (3,) of any length by an angle in radians (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn: np.ndarray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turn


def about_any_axis(generator: np.random.Generator, degrees: float) -> np.ndarray:
    """Draw a turn (3, 3) about an axis of any direction, by an angle whose standard deviation is `degrees`."""
    axis = generator.standard_normal(3)
    return about_axis(axis, np.radians(degrees) * generator.standard_normal())
