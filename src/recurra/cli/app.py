"""The application: its commands, and what becomes of errors.

A command is imported when it is called, and PyTorch with it, so that help and completion come at once.
"""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import cyclopts

import recurra
from recurra.cli import output
from recurra.cli.config_file import settings_from_file
from recurra.cli.run_settings import settings_from_run
from recurra.errors import DataError, printable

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "bench": ("bench:bench", "Measure the layers beside those of torch.nn."),
    "compare": ("compare:compare", "Train networks on one task, and show what each remembers."),
    "data": ("data_sets:data", "List the data sets that have a name, and where each is found."),
    "doctor": ("doctor:doctor", "Tell what Recurra has on this machine."),
    "evaluate": ("evaluate:evaluate", "Score a trained network on data."),
    "explain": ("explain:explain", "Explain a trained network: a short summary, and a report with pictures."),
    "predict": ("predict:predict", "Answer sequences or clips with a trained classifier or regressor."),
    "sample": ("sample:sample", "Make series, lines or clips like those that a generator has learnt from."),
    "serve": ("serve:serve", "Serve trained networks over HTTP, with a page at /."),
    "tag": ("tag:tag", "Label the words of sentences with a trained tagger."),
    "train": ("train:app", "Train a network on data, or go on with a training."),
    "translate": ("translate:translate", "Translate lines with a trained translator."),
    "write": ("write:write", "Write text with a trained language model."),
}
"""Of each command where it is, and what the list of commands says of it."""


def whole_numbers(app: Any, commands: tuple[str, ...], arguments: Any) -> None:
    """Refuse 2.5 where a whole number is meant; cyclopts would round it.

    Raises:
        DataError: names the setting and what was given.
    """
    for argument in arguments:
        for token in argument.tokens if argument.hint in (int, int | None) else ():
            if re.fullmatch(r"[+-]?\d*\.\d*[1-9]\d*", token.value):
                raise DataError(f"{argument.name.removeprefix('--')}: expected a whole number, got {token.value}")


app = cyclopts.App(
    name="recurra",
    help="Train, explain and serve recurrent neural networks.",
    help_epilogue="Exit code: 0 done, 1 failed, 2 wrong usage or wrong data, 130 interrupted. `--debug` anywhere shows "
    "the traceback of an error.",
    version=recurra.__version__,
    config=[settings_from_file, settings_from_run, whole_numbers],
    suppress_keyboard_interrupt=False,
    result_action="return_none",
)
for _name, (_place, _summary) in COMMANDS.items():
    app.command(f"recurra.cli.{_place}", name=_name, help=_summary)
app.register_install_completion_command()


def load(arguments: Sequence[str]) -> None:
    """Import the command that is called; and PyTorch, where it trains."""
    if arguments and arguments[0] in COMMANDS:
        app[arguments[0]].help = None  # in its own help a command says more than in the list
    if arguments[:1] == ["train"] and not {"--help", "-h"} & {*arguments}:
        import_module("recurra.training")


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    debug = "--debug" in arguments
    output.prepare()
    try:
        if arguments[:1] == ["train"]:
            _refuse_standard_input(arguments)
        app([argument for argument in arguments if argument != "--debug"], exit_on_error=False, print_error=True)
        print(end="", flush=True)  # so that a broken pipe is found here
    except cyclopts.CycloptsError:
        return WRONG  # cyclopts has said what is wrong
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _close_standard_output()
        return DONE
    except Exception as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, OSError) and error.filename is None:
            _close_standard_output()  # it may be the one that failed
        print(f"{_who()}: {printable(_message(error))}", file=sys.stderr)
        return WRONG if isinstance(error, DataError) else FAILED
    return DONE


def _refuse_standard_input(arguments: Sequence[str]) -> None:
    """Refuse "-" as data to learn from; the parser would take it for an option.

    Raises:
        DataError: it is there; says what to do instead.
    """
    if "-" in arguments:
        raise DataError(
            "-: expected files or a named data set, got standard input: a training reads its data several times, and "
            "again when it is resumed; write them to a file"
        )


def _who() -> str:
    """The program, and which of several processes."""
    from recurra.training import processes

    return f"recurra, process {processes.rank()}" if processes.rank() else "recurra"


def _close_standard_output() -> None:
    """Send what is still to be written nowhere; else Python would complain again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _message(error: Exception) -> str:
    """What is said of an error."""
    if isinstance(error, DataError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return f"{type(error).__name__}: {error}"
