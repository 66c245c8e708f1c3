import dataclasses
from typing import Annotated

import pytest
from cyclopts import App, Parameter

from recurra.cli.settings_flags import flags_of
from recurra.tasks import JOBS


@pytest.mark.parametrize("job", JOBS)
def test_flags_make_the_settings_of_the_job(job):
    config = JOBS[job].config_class
    flags = flags_of(config)
    assert issubclass(flags, config)
    assert dataclasses.asdict(flags()) == dataclasses.asdict(config())
    assert flags(hidden_size=6).hidden_size == 6


def test_the_help_shows_text_bounds_choices_and_parts(capsys):
    flags = flags_of(JOBS["tagger"].config_class)
    app = App(name="x", result_action="return_none")

    def command(*, settings=None):
        """Do."""

    command.__annotations__["settings"] = Annotated[flags | None, Parameter(name="*")]
    app.default(command)
    app(["--help"])
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "Settings of a tagger" in shown
    assert "Settings of recurrent layers" in shown
    assert "Passes over the training data. [>= 1] [default: 20]" in shown
    assert "[choices: lstm, cnn, none]" in shown
    assert shown.index("Settings of a tagger") < shown.index("Settings of the training")  # the job's own first
