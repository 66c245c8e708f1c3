import json
import math

from recurra import figures


def test_the_largest_are_drawn_from_the_top():
    chart = figures.bars({"a": 1.0, "b": 3.0, "c": 2.0}, "norm", "Title", most=2).to_dict()
    values = chart["data"]["values"] if "values" in chart.get("data", {}) else chart["layer"][0]["data"]["values"]
    assert [value["name"] for value in values] == ["b", "c"]
    assert [value["text"] for value in values] == ["3", "2"]


def test_what_is_not_finite_has_a_text_and_no_bar():
    chart = figures.bars({"a": 1.0, "b": math.nan, "c": math.inf}, "norm", "Title")
    assert "nan" in json.dumps(chart.to_dict(), allow_nan=False)
