import torch

from recurra.explain.gradients.singular_values import evenly_spaced, spectra


def test_steps_are_spaced_evenly_from_the_first_to_the_last():
    assert evenly_spaced(15, 32) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert evenly_spaced(3, 32) == [0, 1, 2]
    assert evenly_spaced(1, 32) == [0]


def test_large_states_are_looked_at_in_fewer_steps():
    assert len(evenly_spaced(100, 160)) == 4
    assert len(evenly_spaced(100, 1000)) == 2


def test_spectra_are_the_singular_values():
    largest, median, smallest = spectra([torch.diag(torch.tensor([0.5, 3.0, 2.0]))])
    assert (largest, median, smallest) == ([3.0], [2.0], [0.5])
    assert spectra([torch.full((2, 2), torch.nan)]) is None
