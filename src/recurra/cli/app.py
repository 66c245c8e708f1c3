"""The application: its commands, and what becomes of errors."""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import cyclopts

import recurra
from recurra.cli import bench, inspect, output, predict, tag, train, translate, use
from recurra.cli.config_file import settings_from_file
from recurra.cli.run_settings import settings_from_run
from recurra.errors import DataError, printable
from recurra.training import processes

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130


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
app.command(train.app)
app.command(use.evaluate)
app.command(use.write)
app.command(predict.predict)
app.command(tag.tag)
app.command(translate.translate)
app.command(inspect.data)
app.command(inspect.doctor)
app.command(bench.bench)
app.register_install_completion_command()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    output.prepare()
    try:
        if arguments[:1] == ["train"]:
            train.refuse_standard_input(arguments)
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
        who = f"recurra, process {processes.rank()}" if processes.rank() else "recurra"
        print(f"{who}: {printable(_message(error))}", file=sys.stderr)
        return WRONG if isinstance(error, DataError) else FAILED
    return DONE


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
