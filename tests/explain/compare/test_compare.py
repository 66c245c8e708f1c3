import json

import pytest

from recurra.explain import compare
from recurra.nn.cells import RNNCell


class OwnCell(RNNCell):
    pass


def test_networks_are_compared_and_the_comparison_goes_on(tmp_path, capsys):
    settings = {"steps": 6, "steps_per_epoch": 3, "hidden_size": 4, "runs": tmp_path / "runs", "workers": 1}
    comparison = compare(["mlp", "gru", OwnCell], "adding", [4, 8], **settings)
    assert [result.length for result in comparison.results] == [4] * 3 + [8] * 3
    assert comparison.networks[:2] == ["mlp", "gru"]
    assert len(capsys.readouterr().err.splitlines()) == 6
    stamps = {file: file.stat().st_mtime_ns for file in (tmp_path / "runs").rglob("*.safetensors")}
    again = compare(["mlp", "gru", OwnCell], "adding", [4, 8], **settings, progress=False)
    assert {file: file.stat().st_mtime_ns for file in stamps} == stamps
    assert again.numbers() == comparison.numbers()
    assert capsys.readouterr().err == ""


def test_sequences_of_a_person_are_compared(tmp_path):
    file = tmp_path / "data.jsonl"
    rows = [{"x": [[i % 3], [0], [i % 2], [1]], "label": "ab"[i % 2]} for i in range(120)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    comparison = compare(["rnn"], file, [2, 4], steps=20, hidden_size=4, workers=1, progress=False)
    assert comparison.metric == "accuracy"
    assert [result.chance_accuracy for result in comparison.results] == pytest.approx([0.5, 0.5])
    assert comparison.verdict.count("of chance's loss") == 1
