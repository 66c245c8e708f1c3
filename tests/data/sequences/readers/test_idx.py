import gzip
import struct

import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.readers import idx


def test_idx_files(tmp_path):
    path = tmp_path / "images.gz"
    content = struct.pack(">HBB2I", 0, 8, 2, 2, 3) + bytes(range(6))
    path.write_bytes(gzip.compress(content))
    np.testing.assert_array_equal(idx.read(path), [[0, 1, 2], [3, 4, 5]])
    for wrong, said in ((content[:-1], "expected 6 bytes for shape"), (b"\1" + content[1:], "expected an idx file")):
        (tmp_path / "wrong").write_bytes(wrong)
        with pytest.raises(DataError, match=said):
            idx.read(tmp_path / "wrong")
