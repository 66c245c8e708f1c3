import torch

from recurra.nn.encoders.running import fill_missing, running_mean, since

NAN = torch.nan


def test_the_mean_so_far_is_of_what_is_known():
    x = torch.tensor([[NAN, 1.0, NAN, 3.0]])
    mean, state = running_mean(x)
    torch.testing.assert_close(mean, torch.tensor([[NAN, 1.0, 1.0, 2.0]]), equal_nan=True)
    after, _ = running_mean(torch.tensor([[8.0, NAN]]), state)
    torch.testing.assert_close(after, torch.tensor([[4.0, 4.0]]))


def test_what_is_missing_is_what_was_there_last():
    x = torch.tensor([[[NAN, 1.0], [2.0, NAN], [NAN, NAN]], [[5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]])
    filled = fill_missing(x)
    expected = torch.tensor([[NAN, 1.0], [2.0, 1.0], [2.0, 1.0]])
    torch.testing.assert_close(filled[0], expected, equal_nan=True)
    torch.testing.assert_close(filled[1], x[1])
    after = fill_missing(torch.tensor([[[NAN, 4.0]], [[NAN, NAN]]]), filled[:, -1])
    torch.testing.assert_close(after, torch.tensor([[[2.0, 4.0]], [[9.0, 10.0]]]))


def test_change_is_since_as_many_steps_before():
    x = torch.tensor([[1.0, 4.0, 9.0]])
    torch.testing.assert_close(since(x, 1, torch.tensor([[7.0, 0.0]])), torch.tensor([[1.0, 3.0, 5.0]]))
    torch.testing.assert_close(since(x, 2, torch.tensor([[7.0, 0.0]])), torch.tensor([[-6.0, 4.0, 8.0]]))
