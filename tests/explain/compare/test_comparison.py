import json

import pytest

from recurra.explain.compare.comparison import Comparison


@pytest.fixture
def comparison(trained):
    results = [
        trained(network, length, loss, seed=seed)
        for network, loss in (("rnn", 0.1), ("gru", 0.0004), ("<script>alert(1)</script>.py", 0.01))
        for length in (10, 50)
        for seed in (1, 2)
    ]
    results[-1].loss, results[-1].diverged = None, "step 3: loss inf"
    return Comparison("adding", ["rnn", "gru", "<script>alert(1)</script>.py"], [10, 50], results, "squared error")


def test_the_summary_is_a_verdict_a_table_and_claims(comparison):
    lines = str(comparison).splitlines()
    assert lines[0].startswith("adding, lengths 10, 50: rnn solved no length; gru solved 10, 50;")
    table = comparison.table()
    assert table[0] == ["network", "T=10", "T=50", "parameters", "ms a step, T=50"]
    assert table[2] == ["gru", "0.0004 ±0", "0.0004 ±0", "1,000", "50.0"]
    assert table[3][2] == "0.01 (diverged)"
    assert table[4][:2] == ["chance", "0.1667"]
    assert any(line.startswith("Shown: gru remembers") for line in lines)


def test_numbers_are_json_and_hold_every_training(comparison):
    numbers = json.loads(json.dumps(comparison.numbers(), allow_nan=False))
    assert len(numbers["trainings"]) == 12
    assert numbers["trainings"][-1]["loss"] is None
    assert numbers["claims"]


def test_the_page_needs_no_network_and_shows_names_as_text(comparison, tmp_path):
    comparison.save(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert len(page) < 1_500_000
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert 'src="http' not in page


def test_every_figure_has_a_sentence_and_is_written_twice(comparison, tmp_path):
    pictures = comparison.figures()
    assert list(pictures)[:2] == ["score-against-length", "gradient-against-distance"]
    assert all(picture.sentence.endswith(".") for picture in pictures.values())
    comparison.save_figures(tmp_path / "figures")
    names = {file.name for file in (tmp_path / "figures").iterdir()}
    assert names == {f"{name}{suffix}" for name in pictures for suffix in (".svg", ".png")}
