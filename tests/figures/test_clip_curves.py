"""Curves along a clip."""

import json

import numpy as np
import pytest

from recurra import figures

TIMES = [0.1 * step for step in range(12)]
FRAMES = np.random.default_rng(1).integers(256, size=(12, 20, 30, 3), dtype=np.uint8)


def _content(chart) -> dict:
    return chart.to_dict()


def test_frames_stand_above_the_curves_in_their_order():
    content = _content(figures.clip_curves(TIMES, {"a": TIMES, "b": TIMES[::-1]}, FRAMES))
    strip, curves = content["vconcat"]
    values = strip["layer"][0]["data"]["values"] if "data" in strip["layer"][0] else strip["data"]["values"]
    assert [value["time"] for value in values[:2]] == ["0.00 s", "0.20 s"]
    assert values[-1]["time"] == "1.10 s"
    assert len(values) == 8
    assert len({value["url"] for value in values}) == 8
    assert all(value["url"].startswith("data:image/png;base64,") for value in values)
    assert "seconds" in json.dumps(curves)


def test_without_frames_there_are_the_curves_alone():
    assert len(_content(figures.clip_curves(TIMES, {"a": TIMES}))["vconcat"]) == 1


def test_of_many_classes_those_that_come_highest_are_drawn():
    curves = {f"class {number}": [number / 10] * 12 for number in range(10)}
    text = json.dumps(_content(figures.clip_curves(TIMES, curves)))
    assert "class 9" in text
    assert "class 4" in text
    assert "class 3" not in text


@pytest.mark.parametrize("ending", ["svg", "png", "html"])
def test_it_is_written_in_every_form(tmp_path, ending):
    gray = FRAMES[:, :, :, :1]
    file = tmp_path / f"clip.{ending}"
    figures.save(figures.clip_curves(TIMES, {"<script>": TIMES}, gray, title="a clip"), file)
    assert file.stat().st_size > 1000
    if ending == "svg":
        assert "data:image/png;base64" in file.read_text()
