import errno
import io
import time

import pytest

from recurra.training import progress


def test_plain_lines_tell_loss_speed_and_time_left(monkeypatch, capsys, tmp_path):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = progress.Reporter(100, "tokens", tmp_path / "log")
    for step in range(1, 3):
        now[0] += 10.0
        report.step(step, {"loss": 2.0}, 50)
    report.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "step 1/100  loss 2.0000  5 tokens/s  16:30 left",
        "step 2/100  loss 2.0000  5 tokens/s  16:20 left",
    ]
    assert "step 2/100" in (tmp_path / "log").read_text()


def test_plain_lines_have_the_last_score(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = progress.Reporter(100, "tokens", None)
    report.evaluation({"epoch": 1, "step": 1, "train_loss": 2.0, "valid_loss": 1.0, "valid_accuracy": 0.5}, best=True)
    now[0] += 10.0
    report.step(1, {"loss": 2.0}, 50)
    report.close()
    assert "step 1/100  loss 2.0000  accuracy 0.5000  5 tokens/s" in capsys.readouterr().err


def test_every_loss_is_told_by_its_name(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    report = progress.Reporter(100, "sequences", None)
    now[0] += 10.0
    report.step(1, {"generator_loss": 1.0, "critic_loss": 0.5}, 50)
    report.evaluation({"epoch": 1, "step": 1, "train_generator_loss": 1.0, "train_critic_loss": 0.5}, best=False)
    report.close()
    assert capsys.readouterr().err.splitlines() == [
        "step 1/100  generator loss 1.0000, critic loss 0.5000  5 sequences/s  16:30 left",
        "epoch 1  step 1/100  training generator loss 1.0000, critic loss 0.5000",
    ]


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


@pytest.mark.parametrize(
    ("scores", "shown"),
    [
        ({"valid_nats_per_token": 1.5, "valid_perplexity": 4.4817}, "perplexity 4.4817"),
        ({"valid_loss": 0.31, "valid_accuracy": 0.875}, "loss 0.3100, accuracy 0.8750"),
        ({"valid_error": 0.07, "valid_chunk_f1": 0.93}, "chunk F1 0.9300"),
        ({"valid_error": 0.5, "valid_bleu": 31.128, "valid_nats_per_token": 2.0}, "BLEU 31.13"),
    ],
)
def test_an_evaluation_is_told_in_the_scores_that_people_read(scores, shown, capsys):
    report = progress.Reporter(20, "tokens", None)
    report.evaluation({"epoch": 1, "step": 10, "train_loss": 2.0} | scores, best=True)
    report.close()
    assert capsys.readouterr().err == f"epoch 1  step 10/20  training loss 2.0000  validation {shown}  (best)\n"


def test_without_validation_only_the_training_loss_is_told(capsys):
    report = progress.Reporter(20, "tokens", None)
    report.evaluation({"epoch": 1, "step": 10, "train_loss": 2.0}, best=False)
    assert capsys.readouterr().err == "epoch 1  step 10/20  training loss 2.0000\n"


def test_a_terminal_that_was_closed_does_not_end_the_training(monkeypatch, tmp_path):
    class Closed(io.StringIO):
        def write(self, text):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("sys.stderr", Closed())
    report = progress.Reporter(1, "tokens", tmp_path / "log")
    report.line("nobody reads this")
    report.close()
    assert "nobody reads this" in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_written_does_not_end_the_training(capsys, tmp_path):
    report = progress.Reporter(1, "tokens", tmp_path)  # a folder
    report.line("first")
    report.line("second")
    err = capsys.readouterr().err.splitlines()
    assert [err[0], err[2]] == ["first", "second"]
    assert "not written any more, the training goes on" in err[1]
    assert len(err) == 3


def test_a_line_that_is_to_be_shown_once_is_shown_once(capsys):
    report = progress.Reporter(1, "tokens", None)
    for _ in range(2):
        report.once("the same")
    assert capsys.readouterr().err == "the same\n"


def test_losses_of_an_ended_phase_are_not_shown_any_more():
    report = progress.Reporter(10, "symbols", None, show=False)
    report.step(1, {"likelihood_loss": 1.0}, 1)
    assert report._shown_losses() == "likelihood loss 1.0000"
    report.forget_losses()
    report.step(2, {"generator_loss": 2.0}, 1)
    assert report._shown_losses() == "generator loss 2.0000"
