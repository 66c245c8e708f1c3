import io
import time

from recurra.training import progress


def test_plain_lines_tell_loss_speed_and_time_left(monkeypatch, capsys, tmp_path):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = progress.Reporter(100, "tokens", tmp_path / "log")
    for step in range(1, 3):
        now[0] += 10.0
        report.step(step, 2.0, 50)
    report.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "step 1/100  loss 2.0000  5 tokens/s  16:30 left",
        "step 2/100  loss 2.0000  5 tokens/s  16:20 left",
    ]
    assert "step 2/100" in (tmp_path / "log").read_text()


def test_silent_when_not_shown(capsys):
    report = progress.Reporter(1, "tokens", None, show=False)
    report.line("anything")
    report.close()
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_gone_does_not_end_the_training(monkeypatch, tmp_path):
    class Gone(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    report = progress.Reporter(1, "tokens", tmp_path / "log")
    report.line("nobody reads this")
    report.line("nor this")
    report.close()
    assert (tmp_path / "log").read_text().count("this") == 2
