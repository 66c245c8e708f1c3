import numpy as np
import pytest

from recurra import DataError
from recurra.data.sources import series


def test_files_arrays_and_named_sets_are_found(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a\n1\n2\n")
    assert series.resolve(tmp_path / "t.csv")["train"].header == ["a"]
    np.savez(tmp_path / "t.npz", X=np.ones((2, 3, 4)))
    assert series.resolve(str(tmp_path / "t.npz"))["train"].lengths.tolist() == [3, 3]
    assert len(series.resolve(np.ones((2, 3, 4)))["train"]) == 2
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sines = series.resolve("sines")["train"]
    assert (len(sines), set(sines.lengths.tolist()), len(sines.columns)) == (10_000, {24}, 5)
    values = sines.arrays()
    assert 0 <= values[0].min() <= values[0].max() <= 1
    steps = np.diff(np.arcsin(2 * values[0] - 1), axis=0)  # a wave of one frequency, unless it turns
    assert np.ptp(steps[:5], axis=0).max() < 1e-3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.xyz", "expected a table, a file of .csv, .tsv, .txt or .npz"),
        ("none", r"a named data set \(timegan_stock, sines\)"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, message):
    if "." in name:
        (tmp_path / name).write_text("a\n1\n")
        name = str(tmp_path / name)
    with pytest.raises(DataError, match=message):
        series.resolve(name)


def test_several_files_are_no_table(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="expected one table, with a column that names the series"):
        series.resolve([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
