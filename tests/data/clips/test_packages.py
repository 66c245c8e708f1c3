import sys

import pytest

from recurra import DataError
from recurra.data.clips import packages


@pytest.mark.parametrize(("package", "name"), [("av", "pyav"), ("PIL", "pillow")])
def test_a_package_that_is_missing_is_named_with_what_installs_it(monkeypatch, package, name):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DataError, match=rf"video: expected the packages .*pip install 'recurra\[video\]'.*{package}"):
        getattr(packages, name)()


def test_the_packages_are_there():
    assert packages.pyav().open
    assert packages.pillow().open
