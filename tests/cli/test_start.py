"""The first second of the command, in which it loads PyTorch."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recurra import LanguageModel

PACKAGE = "import sys, recurra, recurra.cli; sys.exit('torch' in sys.modules)"


def test_the_package_loads_nothing_heavy_before_it_is_used():
    assert subprocess.run([sys.executable, "-c", PACKAGE], check=False).returncode == 0


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["data"]], ids=str)
def test_what_computes_nothing_starts_without_pytorch(arguments):
    heavy = "{'torch', 'nltk', 'sklearn', 'altair'} & {*sys.modules}"
    program = f"import sys, recurra.cli; code = recurra.cli.main({arguments}); sys.exit(code or bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0


def test_a_run_is_used_without_pytorch_s_compiler(tmp_path):
    """It takes a second and 80 MB to load."""
    settings = {"hidden_size": 4, "num_layers": 1, "batch_size": 2, "sequence_length": 5, "epochs": 1, "threads": 1}
    (tmp_path / "text.txt").write_text("the quick brown fox. " * 20)
    LanguageModel(**settings).fit(tmp_path / "text.txt", out=tmp_path / "run", progress=False)
    use = f"recurra.load({str(tmp_path / 'run')!r}).generate('the ', 5)"
    program = f"import sys, recurra; {use}; sys.exit('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has loaded is asked of Linux")
@pytest.mark.parametrize("loaded", ["libtorch_python", "_multiarray_umath"])
def test_an_interruption_while_the_program_loads_has_no_traceback(loaded, tmp_path):
    command = [sys.executable, "-m", "recurra", "train", "language-model", "no such file", "--out", str(tmp_path / "r")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if loaded in Path(f"/proc/{process.pid}/maps").read_text():
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (130, b"")
    assert not (tmp_path / "r").exists()
