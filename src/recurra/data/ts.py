"""Time series in the .ts files of the UCR and UEA archives (timeseriesclassification.com), read strictly."""

from pathlib import Path

import numpy as np

from recurra.data.examples import Examples
from recurra.data.text import numbered_lines
from recurra.errors import DataError

MISSING = ("?", "NaN", "nan", "")


def read(path: Path) -> Examples:
    """Read a .ts file.

    A line of data is one example: its dimensions, separated by ":", each the values of all steps, separated by ",", and
    last, where the header says so, its class or its number. "?" is a missing value.

    Raises:
        DataError: names file and line, what was expected and what was found.
    """
    header: dict[str, list[str]] = {}
    inputs: list[np.ndarray] = []
    answers: list[str | float] = []
    names: list[str] = []
    in_data = False
    for number, line in numbered_lines(path):
        line = line.strip()
        if line.startswith(("#", "%")):
            continue
        where = f"{path}:{number}"
        if line.startswith("@data"):
            in_data = True
            _check(header, where)
        elif not in_data:
            name, *values = line.removeprefix("@").split()
            header[name.lower()] = values
        else:
            *dimensions, answer = line.split(":") if _answered(header) else (*line.split(":"), "")
            inputs.append(_values(dimensions, where))
            if inputs[-1].shape[1] != inputs[0].shape[1]:
                raise DataError(
                    f"{where}: expected {inputs[0].shape[1]} dimensions as in {names[0]}, got {inputs[-1].shape[1]}"
                )
            names.append(where)
            if _answered(header):
                answers.append(_answer(answer.strip(), header, where))
    if not inputs:
        raise DataError(f"{path}: expected examples after a line @data, got none")
    return Examples(inputs, answers or None, names)


def _says(header: dict[str, list[str]], name: str) -> bool:
    return header.get(name, ["false"])[:1] in (["true"], ["True"])


def _answered(header: dict[str, list[str]]) -> bool:
    return _says(header, "classlabel") or _says(header, "targetlabel")


def _check(header: dict[str, list[str]], where: str) -> None:
    if _says(header, "timestamps"):
        raise DataError(f"{where}: expected @timeStamps false, got true, which is not supported")


def _values(dimensions: list[str], where: str) -> np.ndarray:
    """One example, (T, I)."""
    series = []
    for count, dimension in enumerate(dimensions, 1):
        try:
            series.append([float("nan" if (v := value.strip()) in MISSING else v) for value in dimension.split(",")])
        except ValueError as error:
            raise DataError(f"{where}: expected numbers in dimension {count}, got: {error}") from None
        if len(series[-1]) != len(series[0]):
            raise DataError(
                f"{where}: expected {len(series[0])} steps in dimension {count} as in the first, got {len(series[-1])}"
            )
    if not series:
        raise DataError(f"{where}: expected at least one dimension before the answer, got none")
    return np.asarray(series, np.float32).T


def _answer(text: str, header: dict[str, list[str]], where: str) -> str | float:
    if _says(header, "targetlabel"):
        try:
            return float(text)
        except ValueError:
            raise DataError(f"{where}: expected a number as the target, got {text!r}") from None
    classes = header["classlabel"][1:]
    if classes and text not in classes:
        raise DataError(f"{where}: expected one of the classes {' '.join(classes)}, got {text!r}")
    return text
