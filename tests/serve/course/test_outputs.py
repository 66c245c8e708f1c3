import importlib
import sys
from pathlib import Path

from recurra.serve.course.outputs import outputs_of

COURSE = Path(__file__).parents[3] / "docs" / "course"


def test_what_the_course_builder_writes_is_read(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(COURSE))
    builder = importlib.import_module("course_builder.site")
    output = sys.modules["course_builder.execution"].Output
    builder.write_outputs({"1-memory": [output("1\n"), output("", "line.svg")]}, tmp_path / "outputs.json")
    (tmp_path / "line.svg").write_text("<svg/>")
    outputs = outputs_of("1-memory", tmp_path)
    assert outputs.texts == ["1\n", ""]
    assert outputs.picture("line.svg") == b"<svg/>"
    assert outputs.picture("other.svg") is None
    assert outputs.picture("../outputs.json") is None
    assert outputs_of("2-computation", tmp_path).texts == []


def test_code_that_was_not_run_has_shown_nothing(tmp_path):
    outputs = outputs_of("1-memory", tmp_path / "missing")
    assert (outputs.texts, outputs.folder, outputs.picture("line.svg")) == ([], None, None)
