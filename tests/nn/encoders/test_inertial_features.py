import pytest
import torch

from recurra.nn.encoders import INERTIAL_FEATURES, InertialFeatures


def turned(x):
    q, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    return (x.double().unflatten(-1, (2, 3)) @ q).flatten(-2).float()


def test_lengths_and_what_lies_along_down_and_level_stay_where_sensors_are_turned():
    torch.manual_seed(1)
    x = torch.randn(2, 40, 6)
    features = InertialFeatures()
    y, _ = features(x)
    assert y.shape == (2, 40, features.size)
    torch.testing.assert_close(y[..., :6], x)
    torch.testing.assert_close(y[:, 1:, 12:], x[:, 1:] - x[:, :-1])
    assert y[:, 0, 12:].eq(0).all()
    torch.testing.assert_close(features(turned(x))[0][..., 6:12], y[..., 6:12], rtol=1e-3, atol=1e-4)


def test_down_is_where_the_mean_of_the_last_steps_points():
    x = torch.zeros(1, 6, 6)
    x[0, :3, 1] = -1.0  # three steps of gravity along -y, three along x
    x[0, 3:, 0] = 1.0
    x[..., 3:] = torch.tensor([2.0, 3.0, 6.0])
    y, _ = InertialFeatures(window=3)(x)
    lengths, along, level = y[0, :, 6:12].split(2, -1)  # (T, K) each
    torch.testing.assert_close(lengths[0], torch.tensor([1.0, 7.0]))
    torch.testing.assert_close(along[0], torch.tensor([1.0, -3.0]))
    torch.testing.assert_close(level[0], torch.tensor([0.0, 40.0**0.5]))
    torch.testing.assert_close(along[5], torch.tensor([1.0, 2.0]))
    direction = torch.tensor([1.0, -2.0]) / 5**0.5  # at step 3 two of three steps point along -y
    torch.testing.assert_close(along[3, 1], direction @ torch.tensor([2.0, 3.0]))


def test_a_step_hangs_on_no_later_one():
    torch.manual_seed(1)
    x = torch.randn(1, 9, 6)
    before, _ = InertialFeatures(window=4)(x)
    x[:, 5:] += 1
    torch.testing.assert_close(InertialFeatures(window=4)(x)[0][:, :5], before[:, :5])


def test_missing_values_stay_what_they_were():
    torch.manual_seed(1)
    x = torch.randn(1, 9, 6)
    x[:, 3:5, 4] = x[:, 2:3, 4]
    missing = x.clone()
    missing[:, 3:5, 4] = torch.nan
    torch.testing.assert_close(InertialFeatures()(missing)[0], InertialFeatures()(x)[0])
    assert InertialFeatures()(torch.full((1, 3, 6), torch.nan))[0].eq(0).all()


def test_other_features_are_refused():
    with pytest.raises(ValueError, match="inertial: expected 6 features, got 9"):
        InertialFeatures()(torch.zeros(1, 2, 9))


@pytest.mark.parametrize("kinds", [(), ("gravity", "smell")])
def test_other_kinds_are_refused(kinds):
    with pytest.raises(ValueError, match="kinds: expected some of measurements, gravity, changes, got"):
        InertialFeatures(kinds=kinds)


def test_kinds_may_be_taken_apart():
    x = torch.randn(2, 9, 6)
    whole, _ = InertialFeatures()(x)
    parts = [InertialFeatures(kinds=(kind,)) for kind in INERTIAL_FEATURES]
    assert [part.size for part in parts] == [6, 6, 6]
    torch.testing.assert_close(torch.cat([part(x)[0] for part in parts], -1), whole)
