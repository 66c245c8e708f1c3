"""A page of sections: texts, tables, pictures and figures, in one file that needs no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from recurra.figures import script

if TYPE_CHECKING:
    import altair

_STYLE = """
body { font-family: sans-serif; line-height: 1.5; color: #111; background: #fff; max-width: 60rem }
body { margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5em; border-top: 1px solid #bbb; padding-top: .6em }
p.lead { font-weight: bold } pre { white-space: pre-wrap; margin: 0 }
img { image-rendering: pixelated }
figure { margin: 1.5em 0; overflow-x: auto } figcaption { max-width: 46rem; color: #333 }
table { border-collapse: collapse; margin-top: 1em }
th, td { border: 1px solid #bbb; padding: .2em .6em; text-align: right }
th:first-child, td:first-child { text-align: left }
nav a { margin-right: 1em }
@media (prefers-color-scheme: dark) {
  body { color: #e7e5e0; background: #14171a } figcaption { color: #a3adb5 } h2, th, td { border-color: #4a535b }
  figure > div { background: #fff; color: #111; width: fit-content; padding: .5em; border-radius: 6px }
}
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><style>{style}</style></head>
<body>
<main>
{body}
</main>
<script type="text/javascript">{bundle}</script>
<script type="text/javascript">
const actions = {{export: true, source: false, compiled: false, editor: false}};
const options = {{mode: "vega-lite", renderer: "svg", actions: actions}};
async function draw(place, figure) {{
  await vegaEmbed(place, figure, options);
  const all = (selector, name, value) =>
    document.querySelectorAll(`${{place}} ${{selector}}`).forEach((each) => each.setAttribute(name, value));
  all("summary", "aria-label", "Save this figure");
  all('[role="graphics-symbol"]:not([aria-label])', "aria-hidden", "true");  // marks that say nothing
}}
{calls}
</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Table:
    """A table of texts: the names of its columns, and its rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        title: its heading; "" has none.
        lead: the sentence that says the most important thing.
        lines: of text, shown as they are.
        tables: below the text.
        figures: below these and the pictures, by name, each with a sentence that says what to see in it.
        pictures: below the tables: of each a URL that holds it, as of `figures.animation`, and such a sentence.
    """

    title: str = ""
    lead: str = ""
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Mapping[str, tuple["altair.TopLevelMixin", str]] = field(default_factory=dict)
    pictures: Sequence[tuple[str, str]] = ()


def page(title: str, sections: Sequence[Section]) -> str:
    """Make a page of sections, in HTML; all texts are shown as text, whatever is in them.

    Args:
        title: of the page; its heading too, where there is more than one section.
        sections: from the top down; with headings, a line of links leads to them.
    """
    body, calls = list[str](), list[str]()
    headings = [section.title for section in sections if section.title]
    if len(sections) > 1:
        body.append(f"<h1>{escape(title)}</h1>")
    if len(headings) > 1:
        links = [f'<a href="#part-{number}">{escape(name)}</a>' for number, name in enumerate(headings)]
        body.append(f"<nav>{' '.join(links)}</nav>")
    number_of_heading = 0
    for section in sections:
        if section.title:
            body.append(f'<h2 id="part-{number_of_heading}">{escape(section.title)}</h2>')
            number_of_heading += 1
        body += _texts(section)
        for figure, sentence in section.figures.values():
            place = f"figure-{len(calls)}"
            caption = f"<figcaption>{escape(sentence)}</figcaption>" if sentence else ""
            body.append(f'<figure><div id="{place}"></div>{caption}</figure>')
            calls.append(f'draw("#{place}", {script.description(figure)});')
    return _PAGE.format(
        title=escape(title), style=_STYLE, body="\n".join(body), bundle=script.bundle(), calls="\n".join(calls)
    )


def _texts(section: Section) -> list[str]:
    """The texts, tables and pictures of a section, in HTML."""
    parts = [f'<p class="lead">{escape(section.lead)}</p>'] if section.lead else []
    if section.lines:
        parts.append(f"<pre>{escape(chr(10).join(section.lines))}</pre>")
    return [*parts, *map(_table, section.tables), *(_picture(*picture) for picture in section.pictures)]


def _picture(url: str, sentence: str) -> str:
    """A picture in HTML, with what is to be seen in it below."""
    caption = f"<figcaption>{escape(sentence)}</figcaption>"
    return f'<figure><img src="{escape(url)}" alt="{escape(sentence)}">{caption}</figure>'


def _table(table: Table) -> str:
    """A table in HTML."""
    head = _row("th", table.columns)
    rows = [_row("td", row) for row in table.rows]
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _row(kind: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells) + "</tr>"
