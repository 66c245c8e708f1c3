import os

from recurra.serve.explanations.locks import try_lock


def test_a_lock_is_one_process_s_or_shared_and_ends_with_its_file(tmp_path):
    first, second = (os.open(tmp_path, os.O_RDONLY) for _ in range(2))
    try:
        assert try_lock(first)
        assert not try_lock(second)
        assert not try_lock(second, shared=True)
        assert try_lock(first, shared=True)
        assert try_lock(second, shared=True)
        assert not try_lock(second)
        os.close(first)
        first = None
        assert try_lock(second)
    finally:
        for handle in filter(None, (first, second)):
            os.close(handle)
