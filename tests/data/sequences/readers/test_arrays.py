import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.sequences.readers import arrays


@given(
    shape=st.lists(st.integers(1, 5), min_size=2, max_size=3),
    kind=st.sampled_from(["f4", "f8", "i2", "u1"]),
    compressed=st.booleans(),
    fortran=st.booleans(),
)
def test_arrays_come_back(tmp_path_factory, shape, kind, compressed, fortran):
    path = tmp_path_factory.mktemp("npz") / "data.npz"
    x = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    x = np.asfortranarray(x) if fortran else x
    (np.savez_compressed if compressed else np.savez)(path, y=np.arange(len(x)), X=x)
    examples = arrays.read(path)
    np.testing.assert_array_equal(examples.inputs, x if x.ndim == 3 else x[:, :, None])
    assert examples.answers == list(range(len(x)))


def test_lengths_cut_each_sequence(tmp_path):
    np.savez(tmp_path / "data.npz", X=np.ones((2, 3, 1)), lengths=np.array([1, 3]))
    examples = arrays.read(tmp_path / "data.npz")
    assert [len(x) for x in examples.inputs] == [1, 3]
    assert examples.answers is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"x": np.ones((2, 3))}, "expected an array X, got x"),
        ({"X": np.ones(3)}, r"X: expected numbers \(N, T, I\) or \(N, T\), got float64 of shape \(3,\)"),
        ({"X": np.ones((2, 3)), "y": np.ones(3)}, "y: expected 2 rows as in X, got 3"),
        ({"X": np.ones((2, 3)), "lengths": np.array([1, 4])}, "lengths: expected 1 to 3, got 1 to 4"),
        ({"X": np.ones((2, 0))}, r"X: expected numbers .*, got float64 of shape \(2, 0\)"),
        ({"X": np.ones((2, 3)), "y": np.array(1)}, "y: expected 2 rows as in X, got one value"),
        ({"X": np.ones((2, 3)), "y": np.array([b"a", b"b"])}, r"y: expected numbers or texts \(N, ...\), got \|S1"),
        ({"X": np.ones((2, 3)), "lengths": np.array([1.0, 2.0])}, r"lengths: expected whole numbers \(N,\), got float"),
        ({"X": np.ones((2, 3)), "y": np.array([1.0, np.nan])}, "y: expected a label .*, got none in row 2"),
        ({"X": np.ones((2, 3)), "y": np.array(["", "a"])}, "y: expected a label .*, got none in row 1"),
        ({"X": np.array([[{}]])}, "expected an .npz file of plain arrays, got: X.npy: Python objects"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, content, said):
    np.savez(tmp_path / "data.npz", **content)
    with pytest.raises(DataError, match=said):
        arrays.read(tmp_path / "data.npz")
    (tmp_path / "data.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"expected an .npz file"):
        arrays.read(tmp_path / "data.npz")
