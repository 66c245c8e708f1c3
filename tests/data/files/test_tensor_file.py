import json
import os
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

from recurra import DataError
from recurra.data.files import tensor_file

TENSORS = {
    "matrix": torch.arange(12.0).view(3, 4),
    "number": torch.tensor(3),
    "empty": torch.zeros(0, 4),
    "flags": torch.tensor([True, False, True]),
    "half": torch.ones(3, dtype=torch.bfloat16),
    "mixed ü": torch.arange(5, dtype=torch.int32),
}


def _same(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def path(tmp_path):
    tensor_file.write(tmp_path / "t.safetensors", TENSORS, {"kind": "best", "a": "1"})
    return tmp_path / "t.safetensors"


def test_tensors_come_back_here_and_in_the_safetensors_library(path):
    tensors, header = tensor_file.read(path, "weights")
    assert _same(tensors, TENSORS)
    assert _same(load_file(path), TENSORS)
    assert header.metadata["kind"] == "best"
    assert header.entries["matrix"].shape == (3, 4)


def test_bytes_are_those_of_a_file(path):
    content = tensor_file.to_bytes(TENSORS, {"kind": "best", "a": "1"})
    assert content == path.read_bytes()
    tensors, header = tensor_file.from_bytes(content, "a name", "weights")
    assert _same(tensors, TENSORS)
    assert header.metadata["kind"] == "best"
    for wrong in (content[:-1], content + b"0", b"", b"x" * 100, content[:-1] + b"x"):
        with pytest.raises(DataError, match="a name: expected weights"):
            tensor_file.from_bytes(wrong, "a name", "weights")


def test_the_same_tensors_in_another_order_give_the_same_bytes(path, tmp_path):
    tensor_file.write(tmp_path / "other", dict(reversed(TENSORS.items())), {"a": "1", "kind": "best"})
    assert (tmp_path / "other").read_bytes() == path.read_bytes()


def test_a_file_of_the_library_is_read_without_a_checksum(tmp_path):
    save_file(TENSORS, tmp_path / "t", metadata={"format": "pt"})
    assert _same(tensor_file.read(tmp_path / "t", "weights")[0], TENSORS)


def test_every_flipped_bit_is_refused_or_changes_nothing(path, tmp_path):
    content, changed = path.read_bytes(), tmp_path / "changed"
    messages = []
    for bit in range(0, 8 * len(content), 3):
        broken = bytearray(content)
        broken[bit // 8] ^= 1 << bit % 8
        changed.write_bytes(broken)
        try:
            tensors, _ = tensor_file.read(changed, "weights")
        except DataError as error:
            messages.append(str(error))
        else:
            assert _same(tensors, TENSORS)
    assert len(messages) > 0.9 * (8 * len(content) / 3)
    assert all(message.startswith(f"{changed}: expected weights") for message in messages)
    assert not any("\n" in message for message in messages)


def test_a_file_cut_anywhere_is_refused(path, tmp_path):
    content = path.read_bytes()
    for length in range(len(content)):
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(DataError, match="expected weights"):
            tensor_file.read(tmp_path / "cut", "weights")


def _file(path, header, data: bytes = b"") -> None:
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + data)


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
BROKEN = {
    "a list": [],
    "a number": 3,
    "no JSON": b"{",
    "no UTF-8": b'{"\xff": 1}',
    "deep": b"[" * 100_000,
    "a huge whole number": b'{"a": ' + b"9" * 10_000 + b"}",
    "an entry that is a text": {"a": "F32"},
    "no type": {"a": {"shape": [1], "data_offsets": [0, 4]}},
    "an unknown type": {"a": ONE | {"dtype": "F31"}},
    "a type that is a list": {"a": ONE | {"dtype": []}},
    "a negative size": {"a": ONE | {"shape": [-1]}},
    "a fraction": {"a": ONE | {"shape": [1.0]}},
    "true": {"a": ONE | {"shape": [True]}},
    "more than the file has": {"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}},
    "overlapping": {"a": ONE, "b": ONE},
    "a gap": {"a": ONE | {"data_offsets": [4, 8]}},
    "metadata that are no texts": {"__metadata__": {"a": 1}, "a": ONE},
    "metadata that are a list": {"__metadata__": ["a"], "a": ONE},
}


@pytest.mark.parametrize("header", BROKEN.values(), ids=BROKEN)
def test_a_header_that_lies_is_refused_in_one_line(header, tmp_path):
    _file(tmp_path / "t", header, bytes(4))
    with pytest.raises(DataError, match=r"t: expected weights, got") as error:
        tensor_file.read(tmp_path / "t", "weights")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_what_is_not_a_regular_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name, kind in (("pipe", "a pipe"), ("zero", "a device"), (".", "a folder"), ("none", "found nothing there")):
        with pytest.raises(DataError, match=f"expected weights, (got )?{kind}"):
            tensor_file.read(tmp_path / name, "weights")


def test_a_large_file_is_checked_before_memory_is_taken_for_it(tmp_path):
    size = 10 << 30
    header = {"a": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
    _file(tmp_path / "t", header)
    os.truncate(tmp_path / "t", (tmp_path / "t").stat().st_size + size)  # a hole, which takes no room

    def check(header):
        assert header.entries["a"].shape == (size // 4,)
        raise DataError("too large")

    with pytest.raises(DataError, match="too large"):
        tensor_file.read(tmp_path / "t", "weights", check)


def test_a_large_tensor_comes_back_and_each_flipped_bit_of_it_is_refused(tmp_path):
    tensors = {"a": torch.randn(300, 4000), "b": torch.zeros(0), "c": torch.arange(3)}  # "a" is of several blocks
    file = tmp_path / "t"
    tensor_file.write(file, tensors, {"format": "pt"})
    read, _ = tensor_file.read(file, "weights")
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())
    content = file.read_bytes()
    for position in range(-len(content) + 500, 0, 123_457):
        broken = bytearray(content)
        broken[position] ^= 1 << position % 8
        file.write_bytes(broken)
        with pytest.raises(DataError, match="got other content than its checksum is of"):
            tensor_file.read(file, "weights")


def test_a_system_that_takes_no_advice_writes_the_same(path, tmp_path, monkeypatch):
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    tensor_file.write(tmp_path / "other", TENSORS, {"kind": "best", "a": "1"})
    assert (tmp_path / "other").read_bytes() == path.read_bytes()


def test_another_text_in_the_metadata_is_refused(path):
    path.write_bytes(path.read_bytes().replace(b'"kind":"best"', b'"kind":"last"'))
    with pytest.raises(DataError, match="got other content than its checksum is of"):
        tensor_file.read(path, "weights")
