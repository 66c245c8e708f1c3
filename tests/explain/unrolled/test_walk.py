import torch

from recurra.explain.unrolled.walk import before_each_step, walked


def test_walks_backwards_within_each_sequence_and_back_again():
    x = torch.tensor([[1, 4], [2, 5], [3, 0]])  # (T, B), the second of two steps
    assert walked(x, None, False) is x
    assert walked(x, None, True).tolist() == [[3, 0], [2, 5], [1, 4]]
    lengths = torch.tensor([3, 2])
    backwards = walked(x, lengths, True)
    assert backwards.tolist() == [[3, 5], [2, 4], [1, 0]]
    assert torch.equal(walked(backwards, lengths, True), x)


def test_states_before_are_those_after_the_step_before():
    before = before_each_step(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([0.5]))
    assert before.flatten().tolist() == [0.5, 1, 2]
