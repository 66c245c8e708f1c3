import pytest

from recurra.metrics.intervals import Interval
from recurra.tasks.text_gan import report
from recurra.tasks.text_gan.curves import Point


def _points(offset: float) -> list[Point]:
    """A curve on which quality falls as nats rise, moved down by an offset that differs a little by seed."""
    return [
        Point(temperature, 9 - temperature, [temperature + offset + seed / 1000 for seed in range(report.SEEDS)])
        for temperature in report.TEMPERATURES
    ]


def test_two_curves_are_compared_at_equal_nats():
    difference = report._difference(_points(-0.25), _points(0.0))
    assert difference.mean == pytest.approx(-0.25)
    assert difference.high < 0
    assert report._difference(_points(0.0), [Point(1.0, 3.0, [0.0] * report.SEEDS)]) is None


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (Interval(-0.2, -0.3, -0.1, 5), "beats its own likelihood model at equal NLL_test: NLL_oracle differs by -0.2"),
        (Interval(-0.2, -0.5, 0.1, 5), "does not beat its own"),
        (Interval(0.2, 0.1, 0.3, 5), "does not beat its own"),
        (None, "nothing to compare"),
    ],
)
def test_it_ends_in_a_sentence(difference, sentence):
    assert sentence in report._conclusion(difference, "NLL_oracle")


def test_the_lowest_is_taken_where_held_out_lines_are_likely_enough():
    points = [Point(0.4, 9.0, [1.0]), Point(0.5, 8.0, [2.0]), Point(1.0, 7.0, [4.0])]
    assert report.lowest(points, 8.0) == 2.0
    assert report.lowest(points, 8.5) == pytest.approx(1.5)
    assert report.lowest(points, 6.0) is None
