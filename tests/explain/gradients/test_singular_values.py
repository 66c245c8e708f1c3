import torch

from recurra.explain.gradients.singular_values import count_of_jacobians, evenly_spaced, spectra


def test_steps_are_spaced_evenly_from_the_first_to_the_last():
    assert evenly_spaced(15, 8) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert evenly_spaced(3, 8) == [0, 1, 2]
    assert evenly_spaced(1, 8) == [0]


def test_large_states_are_looked_at_in_fewer_steps():
    assert [count_of_jacobians(numbers) for numbers in (16, 128, 140, 1000)] == [6, 4, 3, 2]


def test_spectra_are_the_singular_values():
    largest, median, smallest = spectra(torch.diag(torch.tensor([0.5, 3.0, 2.0])).unsqueeze(0))
    assert (largest, median, smallest) == ([3.0], [2.0], [0.5])
    assert spectra(torch.full((1, 2, 2), torch.nan)) is None
