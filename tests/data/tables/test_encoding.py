"""Tables to numbers and back; what is made of any numbers keeps the rules, whatever they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.tables.choices import Choices
from recurra.data.tables.column import MISSING
from recurra.data.tables.encoding import TableEncoding
from recurra.data.tables.in_memory import table_of
from recurra.data.tables.reading import parse, read
from recurra.data.tables.rules import Rule, parse_rules

RULES = "begin non-decreasing; begin <= end; total = count + cost; 0 <= cost <= 5; end >= 0"


def noise(encoding, lengths, generator):
    steps = [generator.uniform(-0.5, 1.5, (length, encoding.steps_size)) for length in lengths]
    return steps, generator.uniform(-0.5, 1.5, (len(lengths), encoding.context_size))


def test_the_way_back_gives_the_same_table(mixed):
    table = read(mixed)
    encoding = TableEncoding.learn(table, parse_rules(RULES))
    encoded = encoding.encode(table)
    assert all(0 <= part.min() <= part.max() <= 1 for part in encoded.steps)
    back = encoding.decode(encoded.steps, encoded.context)
    assert (back.cells == table.cells).all()
    assert encoding.lengths(encoded.context).tolist() == table.lengths.tolist()
    assert [row[1:] for row in back.texts()] == [row[1:] for row in table.texts()]  # but for the names of series


def test_no_rule_is_broken_in_a_hundred_thousand_rows_of_noise(mixed):
    encoding = TableEncoding.learn(read(mixed), parse_rules(RULES))
    generator = np.random.default_rng(1)
    made = encoding.decode(*noise(encoding, [50] * 2000, generator))
    assert len(made.cells) == 100_000
    order = Rule("increasing", ("time",))
    assert sum(int(rule.violations(made).sum()) for rule in [*encoding.rules, order]) == 0
    assert made.texts()[0][0] == "1"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_rule_is_broken_whatever_the_table_and_the_numbers(data):
    """Random tables, of which random ones of the rules that hold are asked for."""
    decimals = data.draw(st.lists(st.integers(0, 3), min_size=3, max_size=3))
    generator = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    rows = [["id", "t", "a", "b", "c", "s"]]
    for series in range(data.draw(st.integers(1, 4))):
        moment = 0
        for _ in range(data.draw(st.integers(2, 8))):
            moment += int(generator.integers(0, 4))
            a = round(float(generator.normal(0, 10)), decimals[0])
            b = round(a + float(generator.uniform(0.0, 5.0)) + 1, decimals[1])
            c = round(max(a, b) + float(generator.exponential(3.0)) + 1, decimals[2])
            total = round(a + b, 3)
            rows.append(
                [
                    str(series),
                    str(moment),
                    *(f"{x:.{d}f}" for x, d in zip((a, b, c), decimals, strict=True)),
                    f"{total:.3f}",
                ]
            )
    table = parse(list(enumerate(rows, 1)), "table", Choices.of(group="id", time="t"))
    candidates = parse_rules("a <= b; b <= c; a <= c; a < b; s = a + b; c <= 100; -1000 <= a")
    rules = [rule for rule in candidates if data.draw(st.booleans()) and not rule.violations(table).any()]
    encoding = TableEncoding.learn(table, rules)
    encoded = encoding.encode(table)
    assert (encoding.decode(encoded.steps, encoded.context).cells == table.cells).all()
    lengths = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
    made = encoding.decode(*noise(encoding, lengths, generator))
    order = Rule("increasing" if encoding.unique_order else "non-decreasing", ("t",))
    assert [str(rule) for rule in [*rules, order] if rule.violations(made).any()] == []
    for column in made.columns:
        if column.kind == "number" and column.name in "abc":
            observed = table.cells_of(column.name)
            assert made.cells_of(column.name).max() <= observed.max() or column.name in encoding.derivation.monotone


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("a <= b; b non-decreasing", "expected one rule that gives column b, got two"),
        ("a <= b; b <= a", "expected columns that follow from others, got a circle of a, b"),
        ("c = a + b; c <= 100", "expected ranges of the parts of the sum c"),
        ("c = a + b; c = b + a", "expected one sum for column c, got two"),
        ("d increasing; d <= 100", "expected no upper bound of column d"),
    ],
)
def test_rules_that_contradict_each_other_are_refused(rules, message):
    rows = [["a", "b", "c", "d"], ["1", "1", "2", "1"], ["1", "1", "2", "2"]]
    table = parse(list(enumerate(rows, 1)), "table", Choices())
    with pytest.raises(DataError, match=message):
        TableEncoding.learn(table, parse_rules(rules))


def test_a_context_column_follows_from_no_column_that_changes():
    rows = [["id", "end", "most"], *([str(row // 3), str(row), "99"] for row in range(9))]
    table = parse(list(enumerate(rows, 1)), "table", Choices())
    with pytest.raises(DataError, match="expected column end not to change in a series"):
        TableEncoding.learn(table, parse_rules("end <= most"))


def test_even_time_stamps_take_no_number():
    rows = [["date", "v"], *([f"2024-01-{day:02d}", str(day % 3)] for day in range(1, 20))]
    table = parse(list(enumerate(rows, 1)), "table", Choices())
    encoding = TableEncoding.learn(table)
    assert [feature.column for feature in encoding.step_features] == ["v"]
    made = encoding.decode([np.zeros((40, 1))], np.zeros((1, 0)))
    assert made.texts()[-1] == ["2024-02-09", "0"]


def test_gaps_that_are_few_are_categories_and_skewed_ones_on_a_logarithmic_scale():
    generator = np.random.default_rng(0)
    few = [["t", "v"], *([str(t), "1.5"] for t in np.cumsum(generator.choice([1, 3], 100)))]
    wide = [
        ["t", "v"],
        *([str(t), "1.5"] for t in np.cumsum(np.round(np.exp(generator.normal(3, 2, 200))) + 1).astype(int)),
    ]
    for rows, kind, is_log in ((few, "category", False), (wide, "number", True)):
        table = parse(list(enumerate(rows, 1)), "table", Choices.of(time="t"))
        (feature,) = TableEncoding.learn(table).step_features
        assert (feature.kind, feature.is_log) == (kind, is_log)


def test_missing_cells_come_back_missing():
    series = [np.where(np.random.default_rng(i).uniform(size=(9, 2)) < 0.3, np.nan, 1.5 * i) for i in range(4)]
    table = table_of(series)
    encoding = TableEncoding.learn(table)
    encoded = encoding.encode(table)
    back = encoding.decode(encoded.steps, encoded.context)
    assert ((back.cells == MISSING) == (table.cells == MISSING)).all()
    assert np.abs(back.cells - table.cells).max() < 100  # of 4.5e8, since numbers are float32
