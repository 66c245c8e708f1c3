import pytest

from recurra.metrics.intervals import Interval
from recurra.tasks.text_gan.comparison import Comparison, compare, conclusion, interpolated
from recurra.tasks.text_gan.curves import Point

TEMPERATURES = (0.5, 0.7, 0.9, 1.0, 1.2)
SEEDS = 5


def _points(quality: float = 0.0, bleu: float | None = None, nats: float = 9.0) -> list[Point]:
    """Curves whose quality falls as NLL_test rises, and whose BLEU rises with self-BLEU; each seed differs a little.

    Args:
        quality: added to the quality at all temperatures.
        bleu: that BLEU-5 is multiplied by; None where lines have none.
        nats: NLL_test at temperature 0.
    """
    points = []
    for temperature in TEMPERATURES:
        of_seeds = [temperature + quality + seed / 1000 for seed in range(SEEDS)]
        self_bleu = [1.5 - temperature + seed / 1000 for seed in range(SEEDS)]
        scores = {} if bleu is None else {"self_bleu_5": self_bleu, "bleu_5": [bleu * value for value in self_bleu]}
        points.append(Point(temperature, nats - temperature, of_seeds, scores))
    return points


def test_heights_are_taken_between_the_points_of_a_curve():
    curve = [(6.0, 6.0), (7.5, 5.0), (8.0, 4.0)]
    assert interpolated(curve, 6.75) == pytest.approx(5.5)
    assert interpolated(curve, 8.0) == 4.0
    assert interpolated(curve, 8.5) is None
    assert interpolated(curve, 5.9) is None


def test_quality_is_compared_at_equal_nats():
    comparison = compare(_points(quality=-0.25), _points())
    assert comparison.quality_difference.mean == pytest.approx(-0.25)
    assert comparison.quality_difference.high < 0
    assert comparison.bleu_gain is None


def test_a_colder_generator_is_no_better_one():
    likelihood = _points(bleu=0.5)
    colder = [
        Point(warm.temperature, cold.nats, cold.quality, cold.scores)
        for warm, cold in zip(likelihood[1:], likelihood, strict=False)
    ]
    comparison = compare(colder, likelihood)
    assert comparison.quality_difference.mean == pytest.approx(0.0)
    assert comparison.bleu_gain.mean == pytest.approx(0.0)


def test_bleu_is_compared_at_equal_self_bleu():
    assert compare(_points(bleu=0.55), _points(bleu=0.5)).bleu_gain.mean == pytest.approx(0.1)


def test_nothing_is_compared_where_nothing_is_reached_by_both():
    assert compare(_points(), _points(nats=3.0)).quality_difference is None


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (Interval(-0.2, -0.3, -0.1, 5), "beats its own likelihood model at equal NLL_test: NLL_oracle differs by -0.2"),
        (Interval(-0.2, -0.5, 0.1, 5), "does not beat its own"),
        (Interval(0.2, 0.1, 0.3, 5), "does not beat its own"),
        (None, "nothing to compare at equal NLL_test"),
    ],
)
def test_it_ends_in_a_sentence(difference, sentence):
    assert sentence in conclusion(Comparison(difference, None), "NLL_oracle")


def test_it_says_what_its_intervals_are_over():
    gain = Interval(0.05, 0.01, 0.09, 5)
    told = conclusion(Comparison(Interval(-0.2, -0.3, -0.1, 5), gain), "1 - BLEU-5")
    assert "At equal self-BLEU-5 its BLEU-5 differs by +5.0% (+1.0% to +9.0% over 5 sets" in told
    assert told.endswith("drawn from this one training; others may come out otherwise.")
    assert "no adversarial training" in conclusion(None, "1 - BLEU-5")
