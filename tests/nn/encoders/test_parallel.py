import pytest
import torch

from recurra.nn.encoders import ParallelEncoder, SeriesEncoder, SkeletonEncoder, SkeletonFeatures


def _views():
    torch.manual_seed(0)
    return ParallelEncoder([SkeletonEncoder(SkeletonFeatures(kinds=(kind,))) for kind in ("joints", "motion")])


def test_vectors_stand_side_by_side():
    encoder, x, lengths = _views().eval(), torch.randn(2, 9, 20, 3), torch.tensor([9, 4])
    vectors, steps = encoder(x, lengths)
    assert vectors.shape == (2, 5, encoder.size)
    assert steps.tolist() == [5, 2]
    for view, part in zip(encoder.encoders, vectors.split(encoder.sizes, -1), strict=True):
        torch.testing.assert_close(part, view(x, lengths)[0])


def test_a_stream_has_the_vectors_of_the_whole():
    encoder, x = _views().eval(), torch.randn(1, 11, 20, 3)
    state, pieces = None, []
    for piece in x.split([1, 3, 2, 5], 1):
        vectors, state = encoder.stream(piece, state)
        pieces.append(vectors)
    torch.testing.assert_close(torch.cat(pieces, 1), encoder(x)[0], atol=1e-5, rtol=1e-5)


def test_a_single_encoder_has_one_part():
    encoder = SeriesEncoder(6)
    assert encoder.sizes == (encoder.size,)


@pytest.mark.parametrize("strides", [[], [(2, 2, 2), (1, 2, 2)]], ids=["none", "unlike"])
def test_views_of_unlike_strides_are_refused(strides):
    with pytest.raises(ValueError, match=r"encoders: expected some of one stride, got strides \[.*\]"):
        ParallelEncoder([SeriesEncoder(6, strides=of_blocks) for of_blocks in strides])
