import pytest

from recurra import kernels


@pytest.fixture(autouse=True, scope="module")
def _no_sequence_is_too_short():
    """Small sequences are on the kernels too, which large ones would take long to test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "is_short", lambda *_: False)
        yield
