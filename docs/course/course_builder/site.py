"""The course in the site: an extension of Sphinx that runs the pages, and puts what comes out below the code.

The pages of both languages have the same code, so those in English are run, and what comes out stands in both.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from course_builder.execution import Output, execute
from course_builder.notebook import notebook
from course_builder.page import BLOCK, IMAGE, without_chinese_line_ends

if TYPE_CHECKING:
    from sphinx.application import Sphinx

COURSE = Path(__file__).parents[1]
NOTEBOOK = {"en": "This page as a notebook: {}", "zh": "本页的 Jupyter 笔记本：{}"}
PAGE = re.compile(r"course/(?P<language>en|zh)/(?P<name>\d-.+)")


def pages(language: str) -> list[Path]:
    """The pages of a language, in order."""
    return sorted((COURSE / language).glob("[0-9]-*.md"))


def build(folder: Path) -> dict[str, list[Output]]:
    """Run all pages, and write their pictures and notebooks.

    Args:
        folder: gets `pictures`, with what is printed in `outputs.json`, and a folder of notebooks for each language.

    Returns:
        By name of the page the outputs of its cells of code.
    """
    outputs = {page.stem: execute(page, folder / "pictures") for page in pages("en")}
    write_outputs(outputs, folder / "pictures" / "outputs.json")
    for language in NOTEBOOK:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for page in pages(language):
            made = notebook(page, outputs[page.stem], folder / "pictures")
            nbformat.write(made, folder / language / f"{page.stem}.ipynb")
    return outputs


def write_outputs(outputs: Mapping[str, Sequence[Output]], file: Path) -> None:
    """Write what each page's cells of code printed, for the page that `recurra serve` shows."""
    texts = {page: [output.text for output in of_page] for page, of_page in outputs.items()}
    file.write_text(json.dumps(texts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def with_outputs(text: str, outputs: Sequence[Output], pictures: str) -> str:
    """Put what code showed below it, and find the pictures.

    Args:
        text: a page.
        outputs: of each cell of code, in order.
        pictures: the folder they are in, as seen from the page.
    """
    shown = iter(outputs)

    def show(block: re.Match[str]) -> str:
        if block["code"] is None:
            return ""
        printed = next(shown).text
        fenced = f"\n````{{code-block}} text\n:class: output\n\n{printed.rstrip()}\n````\n" if printed else ""
        return block[0] + fenced

    text = BLOCK.sub(show, without_chinese_line_ends(text))
    return IMAGE.sub(lambda image: f"![{image['text']}]({pictures}/{image['name']})\n", text)


def setup(app: "Sphinx") -> dict[str, Any]:
    """Join the building of the site."""
    folder = Path(app.outdir).parent / "course"
    outputs = dict[str, list[Output]]()

    def run(app: "Sphinx", *_: Any) -> Iterator[str]:
        outputs.update(build(folder))
        return [name for name in app.env.found_docs if PAGE.fullmatch(name)]

    def read(app: "Sphinx", name: str, source: list[str]) -> None:
        page = PAGE.fullmatch(name)
        if page is None:
            return
        here = os.path.relpath(folder, Path(app.srcdir, name).parent)
        link = f"{{download}}`{page['name']}.ipynb <{here}/{page['language']}/{page['name']}.ipynb>`"
        title, rest = source[0].split("\n", 1)
        text = f"{title}\n\n{NOTEBOOK[page['language']].format(link)}\n{rest}"
        source[0] = with_outputs(text, outputs[page["name"]], f"{here}/pictures")

    app.connect("env-get-outdated", run)
    app.connect("source-read", read)
    return {"parallel_read_safe": False}
