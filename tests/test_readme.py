"""What the README says is run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from recurra.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_python_example_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "carried_nats_per_character" in done.stdout
    assert "torch.Size([4, 50, 64]) ['h_l0', 'h_l0_reverse'" in done.stdout


@pytest.fixture
def printed(forked, tmp_path):
    """A function that runs a program, with warnings as errors, and gives what it prints."""

    def run(code: str) -> str:
        done = forked.run(f"import warnings; warnings.simplefilter('error')\n{code}", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize(
    ("page", "prints"),
    [
        ("classification", r"\['\w+' '\w+' '\w+'\] \[\["),
        ("video", r"\['(brighter|darker)'.*\]\n\d\.\d+ {'seen': "),
        ("clip-generation", r"\(4, 20, 16, 16, 3\)\n\(1, 8, 16, 16, 3\)\nWhat is in a made clip changes by "),
        ("generation", r"hour,load,day\n\d+,\d+\.\d,(work|free)\n|\['.*'\]\n"),
        ("tagging", r"\['[BIO]|\[\[\d"),
        ("translation", r"\w+ \w+\n\[{'source': 'zwei eins', 'translations': \[{'text': "),
    ],
)
def test_the_programs_of_the_guides_run(printed, page, prints):
    programs = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / f"{page}.md").read_text(), re.DOTALL)
    assert programs
    for code in programs:
        assert re.match(prints, printed(code))


def test_the_program_of_the_guide_to_explanations_runs(printed):
    code = "".join(re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "explain.md").read_text(), re.DOTALL))
    out = printed(code)
    assert out.startswith("Gradients: vanishing. In 1 (RNN_TANH) half of a gradient is left 1 step back")
    assert "Tried for 30 steps: best is " in out
    assert "Half of what decided 'pos' lies in 1 of 4 steps, most of it in 'good'." in out
    assert re.search(r"The network uses the last \d+ symbols: with these its loss is", out)
    assert re.search(r"have units that follow them closely: \w+\[\d+\] follows", out)


def test_the_program_of_the_guide_to_comparisons_runs(printed, tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "compare.md").read_text(), re.DOTALL)
    quick = code.replace("steps=300", "steps=3").replace("[10, 50]", "[5]")
    assert quick.count("steps=3)") == quick.count("[5]") == 1
    assert re.search(r"(Shown|Not shown|Not clear)", printed(quick))
    assert "<html" in (tmp_path / "compare.html").read_text()


def test_the_commands_exist(capsys):
    commands = re.findall(r"^    recurra (train language-model|\w+)", README, re.MULTILINE)
    assert len(commands) >= 6
    for command in commands:
        assert main([*command.split(), "--help"]) == 0
        assert "Usage: recurra " + command in capsys.readouterr().out


def test_links_lead_to_files():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())]
    assert len(links) > 10
    for page, link in links:
        assert (page.parent / link).exists(), f"{page} links to {link}"


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text()
    pages = README + (ROOT / "CONTRIBUTING.md").read_text()
    for target in set(re.findall(r"make ([a-z]+)", pages)) & {"demo", "test", "check", "format", "bench", "docs"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
