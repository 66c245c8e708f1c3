"""The course: what its pages say is run, in both languages, and comes out as notebooks."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

COURSE = Path(__file__).parents[1] / "docs" / "course"
PAGES = sorted(page.stem for page in (COURSE / "en").glob("[0-9]-*.md"))
WIDTH = 88  # columns of code that a page shows


@pytest.fixture(scope="module")
def builder():
    """The package that makes a site and notebooks of the pages."""
    sys.path.insert(0, str(COURSE))
    names = ("page", "execution", "notebook", "site")
    yield {name: importlib.import_module(f"course_builder.{name}") for name in names}
    sys.path.remove(str(COURSE))


@pytest.fixture(scope="module")
def executed(builder, tmp_path_factory):
    """Run a page, once: what its cells show, and the folder of its pictures."""
    outputs, pictures = {}, tmp_path_factory.mktemp("pictures")

    def outputs_of(name):
        if name not in outputs:
            outputs[name] = builder["execution"].execute(COURSE / "en" / f"{name}.md", pictures)
        return outputs[name], pictures

    return outputs_of


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_holds_its_checks_and_draws(name, executed, builder):
    outputs, pictures = executed(name)
    names = builder["page"].images(COURSE / "en" / f"{name}.md")
    assert names
    assert [output.picture for output in outputs if output.picture] == names
    assert all((pictures / picture).read_text().startswith("<svg") for picture in names)
    assert any(output.text for output in outputs)


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_the_same_code_and_pictures(name, builder):
    page = builder["page"]
    english, chinese = (COURSE / language / f"{name}.md" for language in ("en", "zh"))
    assert page.images(english) == page.images(chinese)
    codes = [
        [(cell.kind, page.without_comments(cell.text)) for cell in page.cells(file) if cell.kind != "prose"]
        for file in (english, chinese)
    ]
    assert codes[0] == codes[1]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_code_is_as_narrow_as_a_page_of_the_site(name, language, builder):
    for cell in builder["page"].cells(COURSE / language / f"{name}.md"):
        if cell.kind == "code":
            assert max(map(len, cell.text.splitlines())) <= WIDTH, cell.text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_an_exercise_with_a_solution_and_checks_what_it_says(name, language):
    text = (COURSE / language / f"{name}.md").read_text()
    assert text.startswith(f"# {name[0]}. ")
    assert text.count("<details>\n<summary>") == text.count("</details>") >= 1
    assert "<!-- check\nassert" in text
    exercise, shows = {"en": ("Exercise", "What the measurement shows"), "zh": ("练习", "实测说明了什么")}[language]
    assert f"\n## {exercise}\n" in text
    assert f"\n## {shows}\n" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_links_lead_to_pages(language, builder):
    for page in (COURSE / language).glob("*.md"):
        prose = "".join(cell.text for cell in builder["page"].cells(page) if cell.kind == "prose")
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
            assert (page.parent / target).exists(), f"{page} links to {target}"
        listed = re.findall(r"^\d-[\w-]+$", prose, re.MULTILINE)
        assert listed == (PAGES if page.name == "index.md" else [])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_formulas_are_of_the_latex_that_the_site_draws(language, builder):
    latex2mathml = pytest.importorskip("docutils.utils.math.latex2mathml", reason="the site's tools are not installed")
    formulas = []
    for page in (COURSE / language).glob("[0-9]-*.md"):
        prose = "".join(cell.text for cell in builder["page"].cells(page) if cell.kind == "prose")
        formulas += re.findall(r"\$\$?([^$]+)\$\$?", prose)
    assert len(formulas) > 20
    for formula in formulas:
        assert latex2mathml.tex2mathml(formula).startswith("<math")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_notebook_with_what_its_code_shows(name, language, executed, builder):
    outputs, pictures = executed(name)
    page = COURSE / language / f"{name}.md"
    notebook = builder["notebook"].notebook(page, outputs, pictures)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code] == [
        cell.text.rstrip() for cell in builder["page"].cells(page) if cell.kind == "code"
    ]
    assert sum("image/svg+xml" in str(cell.outputs) for cell in code) == len(builder["page"].images(page))
    assert code[-1].metadata == {"jupyter": {"source_hidden": True}}
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.search(r"<details>|<!-- check|!\[|\.md\)", prose)


def test_a_notebook_runs_in_jupyter(executed, builder, tmp_path):
    outputs, pictures = executed("2-computation")
    notebook = builder["notebook"].notebook(COURSE / "en" / "2-computation.md", outputs, pictures)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, tmp_path / "page.ipynb")
    # The kernel is spoken to by files instead of ports, which are open to all of the machine.
    command = [sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace", "page.ipynb"]
    command += ["--KernelManager.transport=ipc", f"--KernelManager.ip={tmp_path / 'kernel'}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "page.ipynb", nbformat.NO_CONVERT)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[0].outputs[0].text == outputs[0].text
    assert "vegaEmbed" in code[3].outputs[0].data["text/html"]


def test_what_code_shows_stands_below_it(builder):
    output, with_outputs = builder["execution"].Output, builder["site"].with_outputs
    page = "# 1. A\n\n```python\nprint(1)\n```\n\n<!-- check\nassert 1\n-->\n\n![a line](line.svg)\n"
    text = with_outputs(page, [output("1\n", "line.svg")], "pictures")
    assert "```python\nprint(1)\n```\n\n````{code-block} text\n:class: output\n\n1\n````\n" in text
    assert "![a line](pictures/line.svg)" in text
    assert "assert" not in text


def test_lines_of_chinese_are_joined(builder):
    join = builder["page"].without_chinese_line_ends
    assert join("逐步读入一个序列，\n在第 1 步\nRNN 读\n入\n\n下一段\n| 表 |\n| 格 |") == (
        "逐步读入一个序列，在第 1 步\nRNN 读入\n\n下一段\n| 表 |\n| 格 |"
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("```python\n1 / 0\n```\n", r'page.md", line 2, in <module>[\s\S]*ZeroDivisionError'),
        ("```python\nx = 1\n```\n\n<!-- check\nassert x == 2\n-->\n", r'page.md", line 6[\s\S]*AssertionError'),
        ("```python\nimport warnings; warnings.warn('old')\n```\n", "UserWarning: old"),
        ("```python\nx = 1\n```\n\n![a line](line.svg)\n", "expected a chart for each image, got none for line.svg"),
        ("```python\nimport altair\naltair.Chart().mark_point()\n```\n", "expected an image below each cell"),
    ],
)
def test_a_page_that_fails_is_told_with_its_line(cells, message, tmp_path, builder):
    page = tmp_path / "page.md"
    page.write_text(cells)
    with pytest.raises(RuntimeError, match=message):
        builder["execution"].execute(page, tmp_path)
