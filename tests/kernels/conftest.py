import pytest
import torch

from recurra.kernels import compiled


@pytest.fixture(autouse=True, scope="module")
def _same_threads_afterwards():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=["v4", "v3", "v2", "plain"])
def instruction_set(request):
    if not compiled.enabled():
        pytest.skip(compiled.why_not())
    before = compiled.instruction_set()
    if not compiled.extension.choose(request.param):
        pytest.skip(f"this processor does not run {request.param}")
    yield
    compiled.extension.choose(before)
