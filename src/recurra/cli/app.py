"""The application: its commands, and what becomes of errors."""

import os
import sys
import traceback
from collections.abc import Sequence

import cyclopts

import recurra
from recurra.cli import inspect, train, use
from recurra.cli.config_file import settings_from_file
from recurra.errors import DataError

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

app = cyclopts.App(
    name="recurra",
    help="Train, explain and serve recurrent neural networks.",
    help_epilogue="Exit code: 0 done, 1 failed, 2 wrong usage or wrong data, 130 interrupted. `--debug` anywhere shows "
    "the traceback of an error.",
    version=recurra.__version__,
    config=settings_from_file,
    suppress_keyboard_interrupt=False,
    result_action="return_none",
)
app.command(train.app)
app.command(use.evaluate)
app.command(use.write)
app.command(inspect.data)
app.command(inspect.doctor)
app.register_install_completion_command()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        app([argument for argument in arguments if argument != "--debug"], exit_on_error=False, print_error=True)
    except cyclopts.CycloptsError:
        return WRONG  # cyclopts has said what is wrong
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if debug:
            traceback.print_exc()
        message = str(error) if isinstance(error, DataError) else f"{type(error).__name__}: {error}"
        print(f"recurra: {message}", file=sys.stderr)
        return WRONG if isinstance(error, DataError) else FAILED
    return DONE
