"""Run the kernels' tests on an extension compiled with AddressSanitizer and UBSan: `make sanitize`.

python tests/sanitize.py FILE_OF_THE_EXTENSION [pytest arguments]
"""

import importlib.util
import sys

import pytest
import torch

NAME = "recurra.kernels._compiled"


def load(file: str) -> None:
    """Let the package find this extension in place of the installed one."""
    spec = importlib.util.spec_from_file_location(NAME, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[NAME] = module


if __name__ == "__main__":
    torch.set_num_threads(2)
    load(sys.argv[1])
    sys.exit(pytest.main(sys.argv[2:]))
