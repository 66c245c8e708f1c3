"""Series of any length, on given context, going on from a beginning, and through a gap."""

import numpy as np
import pytest

from recurra import DataError, TimeSeriesGAN
from recurra.data.tables.anchoring import anchored
from recurra.data.tables.column import MISSING

GIVEN = """id,time,shop,price,count,cost,total,begin,end
1,2024-01-05 00:00:00,a,1.5,3,1.0,4.0,1,3
1,2024-01-05 00:00:10,,,,,,,
1,,,,,,,,
1,2024-01-05 00:00:50,a,1.5,3,1.0,4.0,4,8
2,,b,,,,,,
"""


@pytest.fixture(scope="module", params=["rtsgan", "timegan", "likelihood"])
def fitted(request, visits, small):
    return TimeSeriesGAN(**small | {"method": request.param, "window": 5}).fit(visits, progress=False)


def test_series_are_as_long_as_is_asked_and_keep_the_rules(fitted):
    table = fitted.sample(4, length=23, seed=1)
    assert table.lengths.tolist() == [23] * 4
    assert sum(int(rule.violations(table).sum()) for rule in fitted.encoding.rules) == 0
    learnt = fitted.sample(30, seed=1).lengths
    assert 3 <= learnt.min() < learnt.max() <= 8  # as those of the file


def test_what_is_given_stays_and_the_gap_is_filled(fitted, tmp_path):
    path = tmp_path / "given.csv"
    path.write_text(GIVEN)
    table = fitted.sample(2, length=6, seed=1, given=path)
    assert table.lengths.tolist() == [6] * 4  # each of two series twice
    rows = table.texts()
    assert rows[0][1:] == ["2024-01-05 00:00:00", "a", "1.50", "3", "1.0", "4.0", "1", "3"]
    assert rows[1][1] == "2024-01-05 00:00:10"
    assert rows[3][1:] == ["2024-01-05 00:00:50", "a", "1.50", "3", "1.0", "4.0", "4", "8"]
    assert {row[2] for row in rows[12:]} == {"b"}
    assert all(row[4] and row[6] for row in rows)
    stamps = [row[1] for row in rows[:6]]
    assert stamps == sorted(set(stamps))
    assert sum(int(rule.violations(table).sum()) for rule in fitted.encoding.rules) == 0


def test_a_beginning_goes_on_in_several_ways(fitted):
    beginning = fitted.sample(1, length=4, seed=2)
    table = fitted.sample(2, length=9, seed=1, given=beginning)
    first, second = table.series()
    assert (first[:4, 1:] == beginning.cells[:, 1:]).all()
    assert (second[:4, 1:] == beginning.cells[:, 1:]).all()
    assert not (first[4:] == second[4:])[:, 1:].all()


def test_a_rule_that_is_broken_in_what_is_given_is_named(fitted, tmp_path):
    path = tmp_path / "given.csv"
    path.write_text(GIVEN.replace("4.0,4,8", "5.0,4,8"))
    with pytest.raises(DataError, match=r"given\.csv:5: expected the rule 'total = count \+ cost' to hold"):
        fitted.sample(1, given=path)


def test_columns_rise_between_what_is_known():
    known = np.asarray([5, MISSING, MISSING, 7, MISSING, MISSING, 3])
    made = np.asarray([0, 4, 8, 9, 12, 0, 2])
    risen = anchored(made, known, np.asarray([0, 5, 7]), strict=False, name="x")
    assert risen.tolist() == [5, 7, 7, 7, 10, 1, 3]
    known[3] = 8
    assert anchored(made, known, np.asarray([0, 5, 7]), strict=True, name="x").tolist() == [5, 6, 7, 8, 11, 1, 3]
    known[3] = 7
    with pytest.raises(DataError, match="given: expected room for 2 rows in column x"):
        anchored(made, known, np.asarray([0, 5, 7]), strict=True, name="x")
