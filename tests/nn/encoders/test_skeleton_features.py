import math

import pytest
import torch

from recurra.nn.encoders import SKELETON_LAYOUTS, SkeletonFeatures

KINECT = SKELETON_LAYOUTS["kinect20"]


def walk(frames=9, batch=2):
    """Bodies that stand upright, and whose joints move a little."""
    torch.manual_seed(1)
    body = torch.randn(batch, 1, 20, 3)
    body[:, :, KINECT.joints.index("right_shoulder"), 0] = 2.0
    body[:, :, KINECT.joints.index("left_shoulder"), 0] = -2.0
    return body + 0.1 * torch.randn(batch, frames, 20, 3).cumsum(1)


def turned(x, angle):
    cosine, sine = math.cos(angle), math.sin(angle)
    return x @ torch.tensor([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]]).T


@pytest.mark.parametrize("layout", SKELETON_LAYOUTS)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_size_is_that_of_the_features(layout, dimensions):
    features = SkeletonFeatures(layout, dimensions)
    joints = len(SKELETON_LAYOUTS[layout].joints)
    assert features(torch.randn(2, 4, joints, dimensions))[0].shape == (2, 4, features.size)
    joints_alone = SkeletonFeatures(layout, dimensions, kinds=("joints",))
    assert joints_alone.size == joints * dimensions + joints


def test_neither_place_nor_size_nor_turn_of_the_body_are_in_them():
    features, x = SkeletonFeatures(), walk()
    expected = features(x)[0]
    torch.testing.assert_close(features(x + torch.tensor([3.0, -1.0, 5.0]))[0], expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(features(x * 1000.0)[0], expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(features(turned(x, 0.7))[0], expected, rtol=1e-3, atol=1e-4)
    assert not torch.allclose(features(x.flip(2))[0], expected, atol=0.1)


def test_the_first_frames_right_is_the_axis_x():
    x = turned(walk(), 1.1)
    joints = SkeletonFeatures(kinds=("joints",), front_frames=1)(x)[0][:, 0, :60].view(2, 20, 3)
    across = sum(joints[:, right] - joints[:, left] for right, left in KINECT.across)
    assert (across[:, 0] > 0).all()
    torch.testing.assert_close(across[:, 2], torch.zeros(2), atol=1e-5, rtol=0)


def test_a_frame_hangs_on_no_later_one():
    features, x = SkeletonFeatures(), walk()
    x[:, 2, 4:9] = torch.nan
    before = features(x)[0]
    x[:, 5:] += torch.randn(2, 4, 20, 3)
    torch.testing.assert_close(features(x)[0][:, :5], before[:, :5])
    assert not torch.allclose(features(x)[0][:, 5:], before[:, 5:])


def test_missing_joints_stay_where_they_were_and_are_marked():
    features, x = SkeletonFeatures(kinds=("joints",)), walk()
    stays = x.clone()
    stays[:, 3:5, 11] = stays[:, 2:3, 11]
    x[:, 3:5, 11, 1] = torch.nan  # one coordinate that is not known makes a joint missing
    torch.testing.assert_close(features(x)[0][..., :60], features(stays)[0][..., :60])
    marks = features(x)[0][..., 60:]
    assert marks[:, 3:5, 11].all()
    assert marks.sum() == 4


def test_joints_never_seen_are_at_the_centre_and_an_empty_clip_is_zeros():
    features, x = SkeletonFeatures(kinds=("joints", "bones", "motion")), walk()
    x[:, :, 11] = torch.nan
    joints = features(x)[0][..., :60].view(2, 9, 20, 3)
    torch.testing.assert_close(joints[:, :, 11], torch.zeros(2, 9, 3))
    nothing = features(torch.full_like(x, torch.nan))[0]
    assert not nothing[..., :-20].any()
    assert nothing[..., -20:].all()


def test_bones_are_directions_of_length_one():
    x = walk()
    bones = SkeletonFeatures(kinds=("bones",))(x)[0][..., : 19 * 3].view(2, 9, 19, 3)
    torch.testing.assert_close(bones.norm(dim=-1), torch.ones(2, 9, 19))


def test_a_stream_in_pieces_has_the_features_of_the_whole():
    for features, x in (
        (SkeletonFeatures(lags=(1, 4)), walk(14)),
        (SkeletonFeatures("coco17", 2), walk(14)[:, :, :17, :2]),
    ):
        x[:, :3, 11] = torch.nan
        x[:, 6:8, 4:9] = torch.nan
        x[1, :2] = torch.nan
        pieces, state = [], None
        for piece in x.split([1, 1, 3, 2, 7], 1):
            part, state = features(piece, state)
            pieces.append(part)
        torch.testing.assert_close(torch.cat(pieces, 1), features(x)[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layout": "cat"}, "layout: expected one of kinect20"),
        ({"dimensions": 4}, "dimensions: expected 2 or 3, got 4"),
        ({"kinds": ("smell",)}, "kinds: expected some of joints"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SkeletonFeatures(**settings)


def test_other_joints_are_refused():
    with pytest.raises(ValueError, match=r"skeleton: expected \(B, T, 20, 3\), got \(1, 2, 17, 3\)"):
        SkeletonFeatures()(torch.zeros(1, 2, 17, 3))
