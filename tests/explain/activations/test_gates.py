"""Shares of the time at which gates are open or closed."""

import numpy as np
import pytest

from recurra.explain.activations.gates import saturations


def test_shares_are_counted_by_unit():
    values = {
        "f_l0": np.array([[0.95, 0.5], [0.05, 0.5], [0.99, 0.91], [0.92, 0.0]]),
        "h_l0": np.array([[0.95, -0.95], [0.0, 0.0], [0.1, 0.2], [0.3, -0.99]]),
        "c_l0": np.array([[3.0, 0.0]] * 4),
        "matrix_l0": np.zeros((4, 2, 2)),
    }
    forget, hidden = saturations(values, frozenset({"h_l0", "c_l0"}))
    assert (forget.name, forget.is_gate) == ("f_l0", True)
    assert forget.open.tolist() == [0.75, 0.25]
    assert forget.closed.tolist() == [0.25, 0.25]
    assert (forget.mean_open, forget.mean_closed, forget.saturated) == (0.5, 0.25, 0.75)
    assert (hidden.name, hidden.is_gate) == ("h_l0", False)
    assert hidden.saturated == pytest.approx(3 / 8)


def test_a_state_is_no_gate_whatever_its_values():
    (hidden,) = saturations({"h_l0": np.full((3, 1), 0.95)}, frozenset({"h_l0"}))
    assert not hidden.is_gate
