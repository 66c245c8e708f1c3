import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from recurra.serve.course.formulas import mathml

COURSE = Path(__file__).parents[3] / "docs" / "course"


def inner(latex):
    return mathml(latex).removeprefix('<math display="inline">').removesuffix("</math>")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("x", "<mi>x</mi>"),
        ("h_{t-1}", "<msub><mi>h</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub>"),
        ("h_t^2", "<msubsup><mi>h</mi><mi>t</mi><mn>2</mn></msubsup>"),
        ("0.8^{49}", "<msup><mn>0.8</mn><mn>49</mn></msup>"),
        (r"\tanh(b)", "<mrow><mi>tanh</mi><mo>(</mo><mi>b</mi><mo>)</mo></mrow>"),
        (r"\frac{1}{x}", "<mfrac><mn>1</mn><mi>x</mi></mfrac>"),
        (r"\mathrm{diag}", "<mi>diag</mi>"),
        ("a < b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"),
        (
            r"\begin{pmatrix}1 & x\\0 & 2\end{pmatrix}",
            "<mrow><mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mi>x</mi></mtd></mtr>"
            "<mtr><mtd><mn>0</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable><mo>)</mo></mrow>",
        ),
    ],
)
def test_a_formula_is_mathml(latex, expected):
    assert inner(latex) == expected


def test_a_formula_of_its_own_is_a_block():
    assert mathml("x", is_block=True) == '<math display="block"><mi>x</mi></math>'


@pytest.mark.parametrize("latex", [r"\unknown", "{x", "x_", r"\frac{1}", r"\begin{array}1\end{array}"])
def test_what_is_not_known_is_refused(latex):
    with pytest.raises(ValueError, match="formula: expected"):
        mathml(latex)


def test_every_formula_of_the_course_is_drawn():
    formulas = set()
    for page in COURSE.glob("??/*.md"):
        prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        formulas |= set(re.findall(r"\$\$?([^$]+)\$\$?", prose))
    assert len(formulas) > 40
    for formula in formulas:
        ElementTree.fromstring(mathml(formula))
