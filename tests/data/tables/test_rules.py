import re

import pytest

from recurra import DataError
from recurra.data.tables.reading import read
from recurra.data.tables.rules import find_rules, parse_rules, require_rules

TEXTS = ["time increasing", "a non-decreasing", "a <= b", "a < b", "a = b + c", "0 <= a <= 1.5", "a <= 3", "-1 <= a"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_rule_is_written_as_it_was_read(text):
    assert [str(rule) for rule in parse_rules(text)] == [text]


def test_rules_stand_between_semicolons_and_names_between_quotes():
    rules = parse_rules("""a >= b ; 'start time' <= "end" <= z; a >= 2;""")
    assert [str(rule) for rule in rules] == ["b <= a", "'start time' <= end", "end <= z", "2 <= a"]


@pytest.mark.parametrize(
    "text", ["a", "a == b", "a = b", "a +", "0 < a", "1 <= 2", "a rising", "'a <= b", "1 <= a <= b"]
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(DataError, match="rules: expected "):
        parse_rules(text)


BROKEN = [
    ("id,v\n1,5\n1,6\n2,1\n2,0\n", "v non-decreasing", ":5: expected the rule 'v non-decreasing' to hold, got 0"),
    ("v\n1\n1\n", "v increasing", ":3: expected the rule 'v increasing' to hold"),
    ("a,b\n1,2\n3,2\n", "a <= b", ":3: expected the rule 'a <= b' to hold, got 3, 2"),
    ("a,b\n1.5,2\n2.0,2\n", "a < b", ":3: expected the rule 'a < b' to hold, got 2.0, 2"),
    ("a,b,c\n3,1,2\n0.3,0.1,0.2\n1,0,0\n", "a = b + c", ":4: expected the rule 'a = b + c' to hold, got 1, 0, 0"),
    ("a\n1.5\n1.6\n", "0 <= a <= 1.5", ":3: expected the rule '0 <= a <= 1.5' to hold, got 1.6"),
    ("a,b\n1,2\n,2\n", "a <= b", ":3: expected a cell in column a, which a rule names, got none"),
    ("a,b\nx,2\n", "a <= b", "expected numbers or time stamps in 'a <= b', got column 'a'"),
    ("a,b\n1,2\n", "a <= z", "expected a column of a, b in 'a <= z', got 'z'"),
    ("a,b\n2024-01-01,2\n", "a <= b", "expected columns of one kind"),
    ("a,b,c\n3,1.5,1.5\n", "a = b + c", "expected a sum of numbers with as many decimals as its parts"),
]


@pytest.mark.parametrize(("text", "rule", "message"), BROKEN)
def test_the_row_that_breaks_a_rule_is_named(tmp_path, text, rule, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        require_rules(parse_rules(rule), read(path))


def test_rules_that_hold_are_proposed(mixed):
    found = [str(rule) for rule in find_rules(read(mixed))]
    assert {"begin non-decreasing", "begin <= end", "count <= total"} <= set(found)
    assert "end <= begin" not in found
