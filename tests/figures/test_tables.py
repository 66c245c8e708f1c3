"""Tables of shaded cells as descriptions."""

import numpy as np

from recurra import figures


def test_a_confusion_table_shows_counts_and_shades_shares(values_of):
    cells = values_of(figures.confusion([[3, 1], [0, 2]], ["a", "b"]))
    by_place = {(cell["row"], cell["column"]): cell for cell in cells}
    assert by_place[0, 0]["shade"] == 0.75
    assert by_place[0, 1]["text"] == "1"
    assert by_place[1, 0]["text"] == ""


def test_attention_shows_hundredths_and_words_that_come_twice(values_of):
    figure = figures.attention(np.asarray([[0.251, 0.004, 0.745]]), ["und", "dann", "und"], ["and"])
    assert [cell["text"] for cell in values_of(figure)] == ["25", "", "74"]
    assert {"name": "columns", "value": ["und", "dann", "und"]} in figure.to_dict()["params"]
