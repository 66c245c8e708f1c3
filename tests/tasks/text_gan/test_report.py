import pytest

from recurra.tasks.text_gan import report
from recurra.tasks.text_gan.curves import Point


def test_the_lowest_is_taken_where_held_out_lines_are_likely_enough():
    points = [Point(0.4, 9.0, [1.0]), Point(0.5, 8.0, [2.0]), Point(1.0, 7.0, [4.0])]
    assert report.lowest(points, 8.0) == 2.0
    assert report.lowest(points, 8.5) == pytest.approx(1.5)
    assert report.lowest(points, 6.0) is None
