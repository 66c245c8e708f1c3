import json

import numpy as np
import pytest

from recurra.data.sources import clips as sources
from recurra.metrics import clips as clip_scores
from recurra.nn.generators import seeded
from recurra.tasks.clip_gan import report
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.data import LearntClips
from recurra.tasks.clip_gan.network import ClipGANNetwork

REAL = {"content_distance": 0.0, "motion": 2.0, "content_diversity": 100.0, "motion_diversity": 0.5}


def measurements(**made):
    sets = [{name: value * (1 + change) for name, value in (REAL | made).items()} for change in (-0.01, 0.0, 0.01)]
    return report.Measurements(sets, [REAL] * 3, [REAL | {"motion": 0.0, "motion_diversity": 0.0}] * 3)


def test_the_conclusion_says_what_is_within_a_tenth_with_intervals():
    text = report.conclude(measurements(content_distance=1.5), 64)
    assert "changes by 1.5 (1.463 to 1.537) of 255 from frame to frame, in a real one by 0" in text
    assert "motion 100% (98% to 102%)" in text
    assert "all of these are within a tenth" in text
    assert "3 sets of 64 clips" in text


def test_a_frozen_generator_is_told_by_its_motion():
    text = report.conclude(measurements(motion=0.0, motion_diversity=0.0), 64)
    assert "not within a tenth: motion and motion diversity" in text


def test_shares_are_of_the_real_clips_mean():
    share = measurements(motion=1.0).share("motion")
    assert share.mean == pytest.approx(0.5)
    assert share.low < 0.5 < share.high


def test_a_page_and_numbers_say_the_same(small, squares):
    config = ClipGANConfig(**small)
    clips = sources.resolve(squares, frame_rate=config.frame_rate, frame_size=config.frame_size)
    held_out = LearntClips.of(clips, ["down", "right"], config)
    with seeded(1):
        network = ClipGANNetwork(config, 2)
    measured = report.measure(network, config, held_out, learnt_from=7)
    scores = json.loads(json.dumps(measured.scores, allow_nan=False))
    assert (scores["learnt_from"], scores["compared_with"]) == (7, 24)
    assert scores["frozen"]["motion"]["mean"] == scores["frozen"]["content_distance"]["mean"] == 0
    assert scores["made"]["motion"]["count"] == report.SETS
    for name in clip_scores.COMPARED:
        assert scores["share"][name]["mean"] == pytest.approx(
            scores["made"][name]["mean"] / scores["real"][name]["mean"]
        )
    assert measured.conclusion in measured.page.replace("&#x27;", "'")
    assert measured.page.count("data:image/gif;base64,") == 5
    assert len(measured.page) < 1_500_000
    names = [row[0] for row in measured.summary.rows]
    assert names == ["content distance", "motion", "content diversity", "motion diversity"]
    again = report.measure(network, config, held_out, learnt_from=7)
    assert again.scores == measured.scores


def test_few_clips_can_be_reported(small, squares):
    config = ClipGANConfig(**small)
    clips = sources.resolve(squares[0][:2], frame_rate=config.frame_rate, frame_size=config.frame_size)
    with seeded(1):
        network = ClipGANNetwork(config)
    measured = report.measure(network, config, LearntClips.of(clips, [], config), learnt_from=2)
    assert np.isfinite(measured.scores["made"]["motion"]["mean"])
