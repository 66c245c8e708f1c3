"""Makes a notebook of a page: its prose, its code, and what the code showed."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from course_builder.execution import Output
from course_builder.page import IMAGE, cells, without_chinese_line_ends

# The solution of an exercise: cells cannot be folded by HTML, but the source of each can be hidden.
FOLD = re.compile(r"<details>\s*<summary>(?P<title>.*?)</summary>\n(?P<rest>.*)", re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>(?!https?:)[^)]+)\)")


def notebook(page: Path, outputs: Sequence[Output], pictures: Path) -> nbformat.NotebookNode:
    """Make a notebook.

    Args:
        page: its Markdown.
        outputs: of each cell of code, in order.
        pictures: the folder they are in.

    Returns:
        The notebook, which `nbformat.write` writes.
    """
    made, shown = list[Any](), iter(outputs)
    is_folded = False
    for number, cell in enumerate(cells(page)):
        identity = {"id": f"cell-{number}"}
        if cell.kind == "code":
            results = _results(next(shown), pictures)
            metadata = {"jupyter": {"source_hidden": True}} if is_folded else {}
            made.append(v4.new_code_cell(cell.text.rstrip(), outputs=results, metadata=metadata, **identity))
        elif cell.kind == "prose":
            is_folded = "<details>" in cell.text or (is_folded and "</details>" not in cell.text)
            text = _markdown(cell.text)
            if text:
                made.append(v4.new_markdown_cell(text, **identity))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _markdown(text: str) -> str:
    """Prose as a notebook has it: pictures are outputs there, and other pages of the course are notebooks."""
    text = IMAGE.sub(lambda image: f"*{image['text']}*\n", text)
    text = FOLD.sub(lambda fold: f"**{fold['title']}**\n{fold['rest']}", text).replace("</details>", "")
    return LINK.sub(_link, without_chinese_line_ends(text)).strip()


def _link(link: re.Match[str]) -> str:
    target = link["target"]
    return f"[{link['text']}]({Path(target).stem}.ipynb)" if re.fullmatch(r"\d-[\w-]+\.md", target) else link["text"]


def _results(output: Output, pictures: Path) -> list[Any]:
    results = []
    if output.text:
        results.append(v4.new_output("stream", name="stdout", text=output.text))
    if output.picture is not None:
        svg = (pictures / output.picture).read_text(encoding="utf-8")
        results.append(v4.new_output("display_data", data={"image/svg+xml": svg, "text/plain": output.picture}))
    return results
