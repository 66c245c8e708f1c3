import numpy as np

from recurra.data.clips.augmentation import ClipAugmentation, FaultAugmentation, TimeWarpAugmentation, augment

NOTHING = {"time": None, "video": None, "depth": None, "skeleton": None, "inertial": None}


def clip():
    generator = np.random.default_rng(1)
    return {
        "depth": generator.integers(0, 256, (31, 8, 8, 1), dtype=np.uint8),
        "skeleton": generator.standard_normal((31, 20, 3)).astype(np.float32),
        "inertial": generator.standard_normal((101, 6)).astype(np.float32),
        "video": None,
        "time": np.arange(31, dtype=np.float32),
    }


def test_all_signals_are_warped_alike_and_each_is_changed():
    drawn = augment(clip(), np.random.default_rng(1))
    assert list(drawn) == list(clip())
    assert drawn["video"] is None
    frames = len(drawn["depth"])
    assert len(drawn["skeleton"]) == frames == len(drawn["time"])
    assert abs((len(drawn["inertial"]) - 1) / (frames - 1) - 100 / 30) < 0.2
    settings = ClipAugmentation(**NOTHING | {"time": TimeWarpAugmentation()})
    warped = augment(clip(), np.random.default_rng(1), settings)
    np.testing.assert_array_equal(warped["time"], drawn["time"])
    for name in ("depth", "skeleton", "inertial"):
        assert warped[name].shape == drawn[name].shape
        assert not np.array_equal(warped[name], drawn[name])


def test_what_is_not_asked_for_is_not_done():
    drawn = augment(clip(), np.random.default_rng(1), ClipAugmentation(**NOTHING))
    for name, samples in clip().items():
        np.testing.assert_array_equal(drawn[name], samples)


def test_the_seed_decides():
    first, same, other = (augment(clip(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first["inertial"], same["inertial"])
    np.testing.assert_array_equal(first["depth"], same["depth"])
    assert first["inertial"].shape != other["inertial"].shape or not np.array_equal(
        first["inertial"], other["inertial"]
    )


def test_faults_befall_every_signal_and_lose_some_but_never_all():
    settings = ClipAugmentation(**NOTHING | {"faults": FaultAugmentation(frozen=0.0, held=1.0, lost=0.0)})
    drawn = augment(clip(), np.random.default_rng(1), settings)
    for name in ("depth", "skeleton", "inertial", "time"):
        assert np.array_equal(drawn[name][0], drawn[name][1])
        assert drawn[name].shape == clip()[name].shape
    settings = ClipAugmentation(**NOTHING | {"faults": FaultAugmentation(frozen=0.0, held=0.0, lost=1.0)})
    drawn = augment(clip(), np.random.default_rng(1), settings)
    assert sum(samples is not None for samples in drawn.values()) == 1
    assert list(drawn) == list(clip())
