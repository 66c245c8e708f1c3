import numpy as np
import pytest

from recurra.data.files.fingerprint import fingerprint

PAIRS = {
    "a letter moved to the next text": (["ab", "c"], ["a", "bc"]),
    "a text cut in two": (["ab"], ["a", "b"]),
    "an empty text more": (["a"], ["a", ""]),
    "a number and its text": ([1], ["1"]),
    "a number and a truth": ([1], [True]),
    "nothing and its name": ([None], ["None"]),
    "the order": (["a", "b"], ["b", "a"]),
    "a list within": ([["a"], ["b"]], [["a", "b"]]),
    "a step moved to the next sequence": ([np.ones((2, 1)), np.ones((1, 1))], [np.ones((1, 1)), np.ones((2, 1))]),
    "features as steps": ([np.ones((2, 3))], [np.ones((3, 2))]),
    "types of the same bytes": ([np.zeros(2, np.int32)], [np.zeros(2, np.float32)]),
    "one number of many": (np.zeros((2000, 3)), np.eye(2000, 3, k=-1999)),
    "a label of another column": ({"pos": ["a"], "ner": ["b"]}, {"pos": ["b"], "ner": ["a"]}),
    "a row of a table of answers": ([np.zeros(2000)], [np.eye(1, 2000, k=1000)[0]]),
    "half a pair of surrogates": (["\ud800"], ["\ud801"]),
    "numpy's numbers": ([np.int64(1)], [np.int64(2)]),
}


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_what_differs_has_another_hash(one, other):
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one)


def test_a_value_that_moves_to_the_next_argument_is_noticed():
    assert fingerprint(["a"], ["b", "c"]) != fingerprint(["a", "b"], ["c"])
    assert fingerprint(["a"], None) != fingerprint(["a"], [])


def test_a_memory_mapped_array_has_the_hash_of_the_array(tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "a.npy", array)
    assert fingerprint(np.load(tmp_path / "a.npy", mmap_mode="r")) == fingerprint(array)


def test_the_order_of_a_dictionary_does_not_count():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
