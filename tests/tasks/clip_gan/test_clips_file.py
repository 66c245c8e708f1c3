import json

import pytest

from recurra import DataError
from recurra.tasks.clip_gan import clips_file


def test_what_is_written_is_read(tmp_path):
    clips_file.write(tmp_path / "clips.json", ["links", "öffnen"], 3)
    assert clips_file.read(tmp_path / "clips.json") == (["links", "öffnen"], 3)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"labels": ["a"]},
        {"palette": 1},
        {"labels": "a", "palette": 1},
        {"labels": ["a", "a"], "palette": 1},
        {"labels": [1], "palette": 1},
        {"labels": [], "palette": -1},
        {"labels": [], "palette": True},
        {"labels": [], "palette": 1.0},
    ],
)
def test_a_broken_file_is_refused_by_name(content, tmp_path):
    (tmp_path / "clips.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"clips\.json"):
        clips_file.read(tmp_path / "clips.json")
