import numpy as np
import pytest

from recurra.data.tables.number_format import NumberFormat, is_code


@pytest.mark.parametrize(
    ("texts", "decimals", "least"),
    [
        (["1", "-20"], 0, 0),
        (["1.50", "2.25"], 2, 2),
        (["1.5", "2.25", "3"], 2, 0),
        (["1e-3", "0.5"], 3, 1),
        (["2.0", "3.0"], 1, 1),
    ],
)
def test_decimals_are_those_of_the_texts(texts, decimals, least):
    form = NumberFormat.of_texts(texts)
    assert (form.decimals, form.least_decimals) == (decimals, least)


@pytest.mark.parametrize("texts", [["1.50", "-0.07"], ["1.5", "-0.07", "3"], ["0.000001", "-12"], ["-1", "0"]])
def test_numbers_are_written_as_they_were_read(texts):
    form = NumberFormat.of_texts(texts)
    assert [form.text(form.units(float(text))) for text in texts] == texts


def test_more_digits_than_are_held_exactly_are_cut():
    form = NumberFormat.of_texts(["0.12345678901234567890123", "1000000.5"])
    assert form.units(1000000.5) < 1 << 53
    with pytest.raises(ValueError, match="expected numbers below"):
        NumberFormat.of_texts(["1e300"])


def test_numbers_that_were_never_written_keep_nine_digits_of_their_range():
    values = np.asarray([0.1, 0.123456789, 100.0])
    form = NumberFormat.of_numbers(values)
    units = np.asarray([form.units(value) for value in values])
    assert np.abs(form.value(units) - values).max() < 1e-6
    assert NumberFormat.of_numbers(np.asarray([1.0, 3.0])).decimals == 0
    assert NumberFormat.of_numbers(np.asarray([1e-7, 2e-7])).decimals > 12


def test_digits_after_a_zero_are_a_code():
    assert is_code("007")
    assert not any(map(is_code, ["0", "0.7", "70", "a"]))
