from recurra.data.sources.series import resolve
from recurra.data.tables.choices import Choices
from recurra.data.tables.rules import parse_rules
from recurra.serve.demo_days import HEADER, RULES, days


def test_days_have_24_hours_and_keep_the_rules(tmp_path):
    (tmp_path / "days.csv").write_text(days(20))
    table = resolve(tmp_path / "days.csv", Choices.of("", "day", "", ""))["train"]
    assert table.header == HEADER.split(",")
    assert table.lengths.tolist() == [24] * 20
    assert [int(rule.violations(table).sum()) for rule in parse_rules(RULES)] == [0, 0, 0]
    assert [column.name for column in table.columns if column.is_context] == ["sky"]
    assert table.column("time").role == "order"
    assert set(table.column("heating").categories) == {"on", "off"}


def test_they_are_the_same_for_a_seed():
    assert days(3, seed=1) == days(3, seed=1) != days(3, seed=2)
