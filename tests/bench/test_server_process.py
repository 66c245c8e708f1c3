import json
import urllib.request

import pytest

from recurra import LanguageModel
from recurra.bench.server_process import server_process

SMALL = {"hidden_size": 8, "num_layers": 1, "batch_size": 2, "sequence_length": 10, "epochs": 1, "threads": 1}


def test_a_server_answers_until_it_is_told_to_stop(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("the quick brown fox\n" * 20)
    LanguageModel(**SMALL).fit(text, out=tmp_path / "fox", progress=False)
    log = tmp_path / "log"
    with server_process(tmp_path / "fox", "--sessions", "", log=log) as (process, address):
        with urllib.request.urlopen(f"{address}/v1/models") as answer:
            assert [model["id"] for model in json.load(answer)["data"]] == ["fox"]
        assert process.poll() is None
    assert process.returncode == 0
    assert "serving at" in log.read_text()


def test_a_server_that_does_not_start_says_why(tmp_path):
    with (
        pytest.raises(RuntimeError, match="port"),
        server_process(tmp_path / "run", "--port", "70000"),
    ):
        pass
