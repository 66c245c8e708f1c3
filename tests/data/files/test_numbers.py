import math

import pytest

from recurra.data.files import numbers


@pytest.mark.parametrize(("text", "value"), [("1", 1), (" -0.5 ", -0.5), ("1e-3", 1e-3), ("+.5", 0.5), ("7.", 7)])
def test_numbers(text, value):
    assert numbers.number(text) == value


@pytest.mark.parametrize("text", ["1_0", "１２", "٣", "inf", "-Infinity", "nan", "1e999", "", "0x10", "1,5", "1 2"])
def test_what_python_or_nobody_takes_for_a_number_is_refused(text):
    with pytest.raises(ValueError, match=r"expected a (finite )?number, got '"):
        numbers.number(text)


@pytest.mark.parametrize("text", ["", " ", "?", "NaN", "NA", "n/a", "None", "<NA>"])
def test_missing_values(text):
    assert math.isnan(numbers.measured(text))


def test_whole_numbers():
    assert numbers.whole("-12") == -12
    for text in ("1_0", "٣", "1.0", "9" * 5000, " 1", ""):
        with pytest.raises(ValueError, match="expected a whole number"):
            numbers.whole(text)


def test_long_texts_are_cut_in_errors():
    with pytest.raises(ValueError, match=r"expected a number, got 'a+\.\.\.a+'") as error:
        numbers.number("a" * 1000)
    assert len(str(error.value)) < 120


def test_many_numbers_at_once_are_read_as_one_by_one():
    assert numbers.measured_all("1, -2.5,3e2", ",") == [1, -2.5, 300]
    assert numbers.measured_all("1e308,1e308", ",") == [1e308, 1e308]  # whose sum is infinite
    assert math.isnan(numbers.measured_all("1:?", ":")[1])
    assert math.isnan(numbers.measured_all("nan", ":")[0])
    for text in ("1,1_0", "1,inf", "1,１", "1,x", "1e999"):
        with pytest.raises(ValueError, match=r"expected a (finite )?number, got"):
            numbers.measured_all(text, ",")
