"""A page of the course, cut into prose, code and checks.

A page is Markdown. Its blocks of Python are run one after another, as the cells of a notebook are: what they print is
shown below them, and so is the value of a last line that is an expression. A block that shows a chart is followed by
an image, whose text says what is to be seen. Comments of HTML that begin with "check" hold assertions: they
are run in their place, shown to nobody, and hold the prose to the numbers that it tells.
"""

import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n|^<!-- check\n(?P<check>.*?)^-->\n", re.DOTALL | re.MULTILINE)
# A line end between two characters of Chinese, which would be shown as a space.
CHINESE_LINE_END = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef“”])\n(?=[\u3000-\u9fff\uff00-\uffef“”])")
IMAGE = re.compile(r"^!\[(?P<text>[^\]]+)\]\((?P<name>[\w-]+\.svg)\)\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A part of a page.

    Attributes:
        kind: what it is.
        text: of prose its Markdown, of code and checks their Python.
        line: of the page on which the text begins, from 1.
    """

    kind: Literal["prose", "code", "check"]
    text: str
    line: int


def cells(page: Path) -> list[Cell]:
    """Cut a page; the cells in order, prose of nothing but white space left out."""
    text = page.read_text(encoding="utf-8")
    parts = list[Cell]()
    end = 0
    for block in BLOCK.finditer(text):
        parts.append(Cell("prose", text[end : block.start()], _line(text, end)))
        kind: Literal["code", "check"] = "code" if block["code"] is not None else "check"
        parts.append(Cell(kind, block[kind], _line(text, block.start(kind))))
        end = block.end()
    parts.append(Cell("prose", text[end:], _line(text, end)))
    return [cell for cell in parts if cell.text.strip()]


def images(page: Path) -> list[str]:
    """Names of the pictures of a page, in order."""
    return [image["name"] for image in IMAGE.finditer(page.read_text(encoding="utf-8"))]


def without_chinese_line_ends(text: str) -> str:
    """Prose in Chinese as it is to be shown; its code and tables have no such lines."""
    return CHINESE_LINE_END.sub("", text)


def without_comments(code: str) -> list[str]:
    """The tokens of some Python, but for its comments and the ends of lines that hold nothing else."""
    dropped = (tokenize.COMMENT, tokenize.NL)
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in tokens if token.type not in dropped]


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
