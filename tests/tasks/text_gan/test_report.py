import pytest

from recurra.tasks.text_gan import report
from recurra.tasks.text_gan.curves import Point


def test_the_lowest_is_taken_where_held_out_lines_are_likely_enough():
    points = [Point(0.4, 9.0, [1.0]), Point(0.5, 8.0, [2.0]), Point(1.0, 7.0, [4.0])]
    assert report.lowest(points, 8.0) == 2.0
    assert report.lowest(points, 8.5) == pytest.approx(1.5)
    assert report.lowest(points, 6.0) is None


def test_what_is_printed_is_a_dozen_lines_at_most():
    scores = {"oracle_nats": [7.0], "bleu_2": [0.5], "distinct_3": [0.1]}
    curves = {name: [Point(1.0, 8.0, [7.0], scores)] for name in (report.GAN, report.LIKELIHOOD)}
    summary = report._summary(curves, {"oracle_nats": 5.7})
    assert list(summary.columns) == ["at temperature 1", report.GAN, report.LIKELIHOOD, "real lines"]
    assert [row[0] for row in summary.rows[:3]] == ["NLL_test", "oracle nats", "bleu 2"]
    assert summary.rows[-1] == ["lowest NLL_oracle where NLL_test <= 8.5", "7.0000", "7.0000", ""]
    assert summary.rows[1] == ["oracle nats", "7.0000", "7.0000", "5.7000"]
