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
