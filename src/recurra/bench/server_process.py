"""A server in a process of its own, to be measured from outside."""

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

_TO_START, _TO_END = 300.0, 60.0  # seconds
_SERVING = "serving at "


Process = subprocess.Popen[bytes]


@contextmanager
def server_process(run: Path, *options: str, log: Path | None = None) -> Iterator[tuple[Process, str]]:
    """Serve a run with `recurra serve` at a free port; at the end it is told to stop, if it runs still.

    Args:
        run: its folder.
        options: of the command.
        log: file that its log is written to; None drops it.

    Yields:
        The process, and its address, such as http://127.0.0.1:8000, when it answers.

    Raises:
        RuntimeError: it does not answer; its log is in the message.
    """
    with tempfile.TemporaryDirectory() if log is None else nullcontext(log.parent) as folder:
        log = log or Path(folder) / "log"
        command = [sys.executable, "-m", "recurra", "serve", str(run), "--port", "0", *options]
        with log.open("wb") as file, subprocess.Popen(command, stderr=file) as process:
            try:
                yield process, _address(process, log)
            finally:
                process.terminate()
                try:
                    process.wait(_TO_END)
                except subprocess.TimeoutExpired:
                    process.kill()


def _address(process: Process, log: Path) -> str:
    """Wait until a server answers; give its address."""
    until = time.monotonic() + _TO_START
    while time.monotonic() < until and process.poll() is None:
        lines = [line for line in log.read_text().splitlines() if line.startswith(_SERVING)]
        if lines and _is_well(address := lines[0].removeprefix(_SERVING)):
            return address
        time.sleep(0.02)
    raise RuntimeError(f"the server does not answer: {log.read_text()[-2000:]}")


def _is_well(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health") as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:  # not there yet, or still loading
        return False
