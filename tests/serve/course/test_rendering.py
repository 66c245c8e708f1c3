import base64
import re

import pytest

from recurra.serve.course.outputs import Outputs
from recurra.serve.course.rendering import render


def html(markdown, outputs=None):
    return render(markdown, outputs or Outputs()).strip()


def test_prose_and_tables():
    assert html("A **bold** one.") == "<p>A <strong>bold</strong> one.</p>"
    assert "<th>b</th>" in html("| a | b |\n|---|---|\n| 1 | $x$ |")
    assert '<td><math display="inline"><mi>x</mi></math></td>' in html("| a | b |\n|---|---|\n| 1 | $x$ |")


def test_formulas_are_not_markdown():
    assert html("$a_1 * b_1 * c$") == html("$a_1*b_1*c$")
    assert "<em>" not in html("$a_1 * b_1 * c$ and $x_1$")
    assert html("$$x$$") == '<p><math display="block"><mi>x</mi></math></p>'
    assert html("It costs $5.") == "<p>It costs $5.</p>"


def test_what_code_printed_stands_below_it(tmp_path):
    page = "```python\nprint('<1>')\n```\n\n```text\nplain\n```\n\n```python\nx = 1\n```\n\n```python\nx\n```\n"
    shown = html(page, Outputs(["<1>\n", "", "1\n"], tmp_path))
    assert shown.count('<pre class="code"') == 4
    assert shown.count('<pre class="output"') == 2
    assert shown.index("&lt;1&gt;</samp>") < shown.index("plain") < shown.index("x = 1") < shown.index("<samp>1</samp>")
    assert '<pre class="output"' not in html(page)


def test_a_picture_stands_where_it_is_there_and_its_text_elsewhere(tmp_path):
    (tmp_path / "line.svg").write_text("<svg/>")
    page = '![a "line"](line.svg)'
    source = base64.b64encode(b"<svg/>").decode()
    assert html(page, Outputs([], tmp_path)) == (
        f'<p><img src="data:image/svg+xml;base64,{source}" alt="a &quot;line&quot;"></p>'
    )
    assert html(page) == '<p><span class="no-picture">a &quot;line&quot;</span></p>'


def test_checks_and_lists_of_pages_are_left_out_and_solutions_are_folded():
    assert html("<!-- check\nassert x\n-->") == ""
    assert html("```{toctree}\n1-memory\n```") == ""
    folded = html("<details>\n<summary>Solution</summary>\n\n*so*\n\n</details>")
    assert folded == "<details>\n<summary>Solution</summary>\n<p><em>so</em></p>\n</details>"


@pytest.mark.parametrize(
    "markdown",
    ["<script>alert(1)</script>", "a <b onclick='x'>c</b>", "<details onclick='x'>\n", "[x](javascript:alert)"],
)
def test_no_other_html_is_passed_on(markdown):
    assert not re.search("<(script|b |details|a )", html(markdown))


def test_links_lead_to_chapters_or_nowhere():
    assert html("[page 2](2-computation.md)") == '<p><a href="#//course/2-computation">page 2</a></p>'
    assert html("[guide](../../video.md)") == "<p><span>guide</span></p>"
    assert html("[w](https://a.org/?b&c)") == '<p><a href="https://a.org/?b&amp;c" rel="noreferrer">w</a></p>'


def test_lines_of_chinese_are_joined():
    assert html("逐步读入，\n一个序列") == "<p>逐步读入，一个序列</p>"
    assert html("逐步读入\nRNN") == "<p>逐步读入\nRNN</p>"
    assert html("in\nwords") == "<p>in\nwords</p>"
