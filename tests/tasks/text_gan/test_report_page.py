import re

from recurra.tasks.text_gan.curves import Point
from recurra.tasks.text_gan.report_page import REAL, page_of

REAL_SCORES = {"bleu_5": 0.2, "self_bleu_5": 0.1, "distinct_2": 0.5}


def _points() -> list[Point]:
    scores = {"bleu_5": [0.3, 0.5], "self_bleu_5": [0.2, 0.2], "distinct_2": [0.25, 0.25]}
    return [Point(temperature, 4 - temperature, [0.7, 0.5], scores) for temperature in (0.5, 1.0, 1.1)]


def _page() -> str:
    curves = {"after the game": _points(), "likelihood model": _points()}
    examples = {REAL: ["a <b> dog"], "after the game, temperature 1": ["a cat"]}
    return page_of(curves, "It helps.", "1 - BLEU-5", REAL_SCORES, examples)


def test_it_shows_lines_and_scores_with_intervals():
    page = _page()
    assert "It helps." in page
    assert "    a &lt;b&gt; dog" in page
    assert "Scores: likelihood model" in page
    assert "0.400 \N{PLUS-MINUS SIGN}1.271" in page  # t of one degree of freedom, 12.7, times 0.1
    assert "0.250 \N{PLUS-MINUS SIGN}0.000" in page


def test_the_first_figure_ends_at_temperature_1():
    first, second = re.findall(r"draw\(\"#figure-\d\", (.*?)\);\n", _page(), re.DOTALL)
    assert "3.5" in first
    assert "2.9" not in first
    assert REAL in second
