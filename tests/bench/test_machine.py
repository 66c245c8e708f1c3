import torch

from recurra.bench import machine


def test_versions_are_those_of_the_installed_packages():
    found = machine.versions(["torch", "a-package-that-nobody-has"])
    assert found == {"torch": torch.__version__, "a-package-that-nobody-has": "not installed"}


def test_a_processor_without_a_name_is_still_described(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    assert machine.processor()
