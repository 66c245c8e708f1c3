"""What reaches standard output, whatever its encoding, and whatever is in a text."""

import io
import json
import os
import subprocess
import sys

import pytest

from recurra.cli import main, output

EVIL = "a\x1b[2J\x9bb\tc\nd\u2028e\ud800"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_control_characters_and_a_pipe_is_given_them(monkeypatch):
    for stream, escape in ((_Terminal(), "\\x1b"), (io.StringIO(), "\x1b")):
        monkeypatch.setattr("sys.stdout", stream)
        output.write("a\x1b[2J\tb\n")
        output.print_row(["a\x1b[2J", "b\tc"])
        assert stream.getvalue() == f"a{escape}[2J\tb\na{escape}[2J\tb\\tc\n"


def test_json_is_one_line_of_its_value():
    line = output.dumps({"text": EVIL})
    assert json.loads(line) == {"text": EVIL}
    assert len(line.splitlines()) == 1
    assert not set("\x1b\x9b\ud800") & set(line)
    assert output.dumps({"text": "é中"}) == '{"text": "é中"}'


def test_a_formula_is_a_text_in_a_spreadsheet(capsys):
    output.print_csv(["=1+1", "-1.5", "-a", "@x", 'a "b", c\nd', "1"])
    assert capsys.readouterr().out == '\'=1+1,-1.5,\'-a,\'@x,"a ""b"", c\nd",1\n'


def test_an_error_is_one_line_that_a_terminal_does_not_obey(capsys):
    assert main(["evaluate", "nowhere\x1b[2J\n\u2028", "x"]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(r"recurra: nowhere\x1b[2J\n\u2028: expected a run folder")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_characters_that_an_encoding_lacks_are_escaped(encoding, monkeypatch):
    pipe = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(pipe, encoding=encoding))
    output.prepare()
    output.write("é中\ud800\n")
    expected = {"cp1252": b"\xe9\\u4e2d\\ud800\n", "ascii": b"\\xe9\\u4e2d\\ud800\n"}
    assert pipe.getvalue() == expected.get(encoding, "é中\\ud800\n".encode())


def test_writing_goes_on_in_any_encoding(run):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "recurra", "write", str(run), "--prompt", "the", "--length", "5"]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("closing", "code", "message"),
    [
        ("<&-", 2, "recurra: standard input: expected text, got a closed stream\n"),
        ("< /dev/null >&-", 2, "recurra: standard input: expected a text of at least 2 symbols, got 0\n"),
        ("< /dev/null 2>&-", 2, ""),
    ],
)
def test_a_closed_standard_stream_is_no_accident(closing, code, message, run):
    command = f"{sys.executable} -m recurra evaluate {run} {closing}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", message)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_told_in_one_line(run):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "recurra", "write", str(run), "--length", "5"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "recurra: No space left on device\n")
