"""Tests mirror the modules, file by file; CONTRIBUTING.md names, for the others, the file that tests them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE, TESTS = ROOT / "src" / "recurra", ROOT / "tests"
ROW = re.compile(r"^\| `([\w/]+\.py)` \| `tests/([\w/]+\.py)` \|$", re.MULTILINE)
ELSEWHERE = dict(ROW.findall((ROOT / "CONTRIBUTING.md").read_text()))
MODULES = [
    file.relative_to(SOURCE) for file in sorted(SOURCE.rglob("*.py")) if file.name not in ("__init__.py", "__main__.py")
]


def mirror(module: Path) -> Path:
    return TESTS / module.parent / f"test_{module.name}"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_is_tested_by_a_file_of_its_name_or_one_that_is_named(module):
    test = TESTS / ELSEWHERE[str(module)] if str(module) in ELSEWHERE else mirror(module)
    assert test.exists(), f"expected {test.relative_to(ROOT)}, or a row for {module} in CONTRIBUTING.md"
    assert "def test_" in test.read_text()


def test_what_is_named_elsewhere_is_a_module_without_a_file_of_its_name():
    assert ELSEWHERE
    for module in ELSEWHERE:
        assert Path(module) in MODULES
        assert not mirror(Path(module)).exists(), f"{module} has a test file of its name: take its row out"
