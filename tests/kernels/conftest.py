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


@pytest.fixture(params=["v2", "v3", "v4", "v4_bf16", "v4_amx", "plain"])
def bf16_set(request):
    """Each set of products in bfloat16, with the one of float32 that it goes with."""
    if not compiled.enabled():
        pytest.skip(compiled.why_not())
    before = compiled.bf16_instructions()
    if not (compiled.extension.choose(request.param.split("_")[0]) and compiled.extension.choose_bf16(request.param)):
        pytest.skip(f"this processor does not run {request.param}")
    yield request.param
    compiled.extension.choose_bf16(before)
