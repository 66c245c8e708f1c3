import pytest
import torch

from recurra.kernels import compiled


@pytest.fixture(autouse=True)
def _same_afterwards():
    name, threads = compiled.instruction_set(), torch.get_num_threads()
    yield
    if compiled.enabled():
        compiled.extension.choose(name)
    torch.set_num_threads(threads)


@pytest.fixture(params=["v4", "v3", "v2", "plain"])
def instruction_set(request):
    if not compiled.enabled():
        pytest.skip(compiled.why_not())
    before = compiled.instruction_set()
    if not compiled.extension.choose(request.param):
        pytest.skip(f"this processor does not run {request.param}")
    yield
    compiled.extension.choose(before)
