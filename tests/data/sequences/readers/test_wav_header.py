"""Headers of .wav files that announce more than there is."""

import io
import struct

import pytest

from recurra import DataError
from recurra.data.sequences.readers import wav_header


def wav(announced, held, extra=b""):
    """A file of 16-bit samples with a chunk before them."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    data = form + extra + struct.pack("<4sI", b"data", announced) + bytes(held)
    return io.BytesIO(b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WAVE" + data)


def test_a_file_that_was_cut_is_refused():
    with pytest.raises(DataError, match=r"a\.wav: expected 1,000 bytes of samples as its header says, got 998"):
        wav_header.refuse_cut("a.wav", wav(1000, 998))


@pytest.mark.parametrize(
    "file",
    [
        wav(1000, 1000),
        wav(1000, 1004),  # what follows the samples
        wav(0xFFFFFFFF, 1000),  # written by a program that did not know
        wav(0x7FFFFFFF, 1000),
        wav(1000, 1000, struct.pack("<4sI", b"LIST", 3) + b"abc\0"),  # a chunk of an odd size
        io.BytesIO(b""),
        io.BytesIO(b"fLaC" + bytes(100)),
        io.BytesIO(b"RIFF\0\0\0\0WAVE" + bytes(100_000)),  # chunks of nothing
        io.BytesIO(b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff"),
    ],
)
def test_whole_files_and_other_files_are_left_as_they_are(file):
    wav_header.refuse_cut("a.wav", file)
    assert file.tell() == 0
