"""Figures as descriptions, and as files that need neither a network nor a browser."""

import json
import re
import struct

import numpy as np
import pytest

from recurra import figures
from recurra.data.files.cache import cache_folder
from recurra.errors import DataError
from recurra.figures import Panel

RECORDS = [{"step": s, "train_loss": 3 / s, "valid_loss": 2 / s, "learning_rate": 0.1} for s in (1, 2, 4)]
LOSSES = Panel("nats", {"train_loss": "training", "valid_loss": "validation"}, best="valid_loss")
EVIL = "</script><script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def values_of(figure):
    """All values that a figure holds."""
    description = figure.to_dict()
    data = [*description.get("datasets", {}).values()]
    found = re.findall(r'"values": (\[\{.*?\}\])', json.dumps(description, ensure_ascii=False))
    return [value for values in [*data, *map(json.loads, found)] for value in values]


def test_curves_have_a_panel_for_each_axis_and_a_point_for_each_finite_number():
    records = [*RECORDS, {"step": 5, "train_loss": float("nan"), "learning_rate": 0.1}]
    figure = figures.curves(records, [LOSSES, Panel("rate", {"learning_rate": "rate"})])
    panels = figure.to_dict()["vconcat"]
    assert [panel["layer"][0]["encoding"]["y"]["title"] for panel in panels] == ["nats", "rate"]
    values = values_of(figure)
    assert {"step": 4, "curve": "validation", "value": 0.5} in values
    assert not any(value["step"] == 5 and value["curve"] == "training" for value in values)
    assert next(value for value in values if "text" in value)["text"] == "best 0.5"


def test_curves_differ_without_their_colours():
    encoding = figures.curves(RECORDS, [LOSSES]).to_dict()["vconcat"][0]["layer"][0]["encoding"]
    dashes = encoding["strokeDash"]["scale"]["range"]
    assert len({str(dash) for dash in dashes}) == 2


def test_curves_of_no_records_are_a_figure(tmp_path):
    figures.save(figures.curves([], [LOSSES]), tmp_path / "empty.svg")


def test_more_curves_than_colours_all_have_a_stroke():
    panel = Panel("share", {f"valid_{n}": f"curve {n}" for n in range(12)})
    record = {"step": 1} | {f"valid_{n}": n / 12 for n in range(12)}
    layer = figures.curves([record], [panel]).to_dict()["vconcat"][0]["layer"][0]
    assert len(layer["encoding"]["color"]["scale"]["range"]) == 12


def test_a_confusion_table_shows_counts_and_shades_shares():
    cells = values_of(figures.confusion([[3, 1], [0, 2]], ["a", "b"]))
    by_place = {(cell["row"], cell["column"]): cell for cell in cells}
    assert by_place[0, 0]["shade"] == 0.75
    assert by_place[0, 1]["text"] == "1"
    assert by_place[1, 0]["text"] == ""


def test_attention_shows_hundredths_and_words_that_come_twice():
    figure = figures.attention(np.asarray([[0.251, 0.004, 0.745]]), ["und", "dann", "und"], ["and"])
    assert [cell["text"] for cell in values_of(figure)] == ["25", "", "74"]
    assert {"name": "columns", "value": ["und", "dann", "und"]} in figure.to_dict()["params"]


def test_calibration_is_the_share_of_right_answers_in_each_bin():
    confidence, correct = np.asarray([0.95, 0.96, 0.5, 1.0]), np.asarray([True, False, True, True])
    figure = figures.calibration(confidence, correct, bins=2)
    assert figure.layer[2].to_dict()["data"]["values"] == [
        {"confidence": 0.5, "correct": 1.0, "answers": 1},
        {"confidence": pytest.approx(0.97), "correct": pytest.approx(2 / 3), "answers": 3},
    ]


def test_a_page_needs_no_network_and_is_small(tmp_path):
    file = tmp_path / "curves.html"
    figures.save(figures.curves(RECORDS, [LOSSES]), file)
    page = file.read_text(encoding="utf-8")
    assert not re.search(r'<(script|link)[^>]*(src|href)="http', page)
    assert file.stat().st_size < 1_200_000


def test_texts_cannot_leave_their_place_in_a_page(tmp_path):
    file = tmp_path / "confusion.html"
    figures.save(figures.confusion([[1]], [EVIL], title=EVIL), file)
    assert EVIL not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["figure.svg", "figure.png", "FIGURE.PNG"])
def test_pictures_are_written_without_a_browser(tmp_path, name):
    figures.save(figures.confusion([[3, 1], [0, 2]], ["a <b>", "b"]), tmp_path / name)
    content = (tmp_path / name).read_bytes()
    if name.endswith("svg"):
        assert b"a &lt;b&gt;" in content
    else:
        assert content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", content[16:24])
        assert width > 100
        assert height > 100


@pytest.mark.parametrize("name", ["picture", "picture.pdf", "picture.html.gz"])
def test_a_name_with_another_ending_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=r"picture.*: expected a picture's name, which ends in \.html or"):
        figures.save(figures.confusion([[1]], ["a"]), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_script_of_pages_is_kept_and_made_anew_where_it_was_cut(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    figures._bundle.cache_clear()
    whole = figures._bundle()
    (file,) = cache_folder().glob("vega-*.js")
    file.write_text(whole[:100], encoding="utf-8")
    figures._bundle.cache_clear()
    assert figures._bundle() == whole
    assert file.read_text(encoding="utf-8") == whole


def test_a_cache_that_cannot_be_written_costs_no_figure(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    figures._bundle.cache_clear()
    assert len(figures._bundle()) > 100_000
