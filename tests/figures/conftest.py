import json
import re

import pytest


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def values_of():
    """Give all values that a figure holds."""

    def values(figure):
        description = figure.to_dict()
        data = [*description.get("datasets", {}).values()]
        inline = re.findall(r'"values": (\[\{.*?\}\])', json.dumps(description, ensure_ascii=False))
        return [value for values in [*data, *map(json.loads, inline)] for value in values]

    return values
