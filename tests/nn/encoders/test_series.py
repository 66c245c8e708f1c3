import pytest
import torch

from recurra.nn.encoders import SeriesEncoder, SkeletonEncoder, SkeletonFeatures


@pytest.mark.parametrize("causal", [True, False])
def test_a_signal_in_a_batch_is_as_alone(causal):
    torch.manual_seed(1)
    encoder = SeriesEncoder(6, causal=causal).eval()
    x, lengths = torch.randn(2, 40, 6), torch.tensor([40, 21])
    y, reduced = encoder(x, lengths)
    assert y.shape == (2, 5, encoder.size)
    assert encoder.stride == 8
    assert reduced.tolist() == [5, 3]
    torch.testing.assert_close(y[1, :3], encoder(x[1:, :21])[0][0])
    assert not y[1, 3:].any()


def test_missing_numbers_are_what_they_were_last():
    torch.manual_seed(1)
    encoder, x = SeriesEncoder(6).eval(), torch.randn(1, 16, 6)
    x[:, :2, 0] = 0.0
    x[:, 5:8, 1] = x[:, 4:5, 1]
    missing = x.clone()
    missing[:, :2, 0] = torch.nan
    missing[:, 5:8, 1] = torch.nan
    torch.testing.assert_close(encoder(missing)[0], encoder(x)[0])


def test_features_of_any_unit_are_standardised():
    torch.manual_seed(1)
    x = torch.randn(4, 40, 6) * torch.tensor([1.0, 1.0, 1.0, 1e3, 1e3, 1e3]) + 5.0
    encoder = SeriesEncoder(6)
    rows = encoder.norm(x).flatten(0, 1)
    torch.testing.assert_close(rows.mean(0), torch.zeros(6), atol=1e-3, rtol=0)
    torch.testing.assert_close(rows.std(0), torch.ones(6), atol=2e-2, rtol=0)


def test_blocks_need_as_many_of_each():
    with pytest.raises(ValueError, match="expected as many sizes as kernel_sizes and strides"):
        SeriesEncoder(6, sizes=(4, 4), kernel_sizes=(3,), strides=(1, 1))


def test_a_skeleton_in_a_batch_is_as_alone_and_learns():
    torch.manual_seed(1)
    encoder = SkeletonEncoder(SkeletonFeatures("coco17", 2))
    x, lengths = torch.randn(2, 10, 17, 2), torch.tensor([10, 7])
    x[0, 2:4, 5] = torch.nan
    encoder(x, lengths)[0].sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in encoder.parameters())
    encoder.eval()
    y, reduced = encoder(x, lengths)
    assert y.shape == (2, 5, encoder.size)
    assert encoder.stride == 2
    assert reduced.tolist() == [5, 4]
    torch.testing.assert_close(y[1, :4], encoder(x[1:, :7])[0][0])
