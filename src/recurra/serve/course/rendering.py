"""A chapter of the course as HTML: its Markdown, with formulas, and below each block of code what it has shown.

No HTML of the Markdown is passed on but the folds of solutions. What the code has shown stands in both languages, whose
code is the same.
"""

import base64
import re
from collections.abc import Iterator, MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from recurra.serve.course.formulas import mathml
from recurra.serve.course.outputs import Outputs

_FOLD = re.compile(r"(<details>\s*)?(<summary>[^<>]*</summary>\s*)?(</details>\s*)?")
_CHAPTER = re.compile(r"(?P<name>\d-[\w-]+)\.md")
_CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef“”]")


def render(markdown: str, outputs: Outputs) -> str:
    """Give a chapter as HTML.

    Args:
        markdown: its text.
        outputs: what its code has shown.
    """
    return str(_parser(outputs).render(markdown))


def _parser(outputs: Outputs) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}, renderer_cls=_renderer(outputs)).enable("table")
    parser.inline.ruler.before("escape", "formula", _formula)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    """Take what stands between one or two dollars for a formula."""
    match = re.compile(r"(\${1,2})([^$]+)\1").match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.markup = match[2], match[1]
    state.pos = match.end()
    return True


def _renderer(outputs: Outputs) -> type[RendererHTML]:
    """The renderer of one chapter."""
    texts: Iterator[str] = iter(outputs.texts)

    class Chapter(RendererHTML):
        """Draws what is of the course."""

        def formula(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            token = tokens[at]
            return mathml(token.content, is_block=token.markup == "$$")

        def fence(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            token = tokens[at]
            if token.info.startswith("{"):  # what the documentation's site makes, such as its list of pages
                return ""
            code = self.code_block(tokens, at)
            printed = next(texts, "").rstrip() if token.info == "python" else ""
            return code + (
                f'<pre class="output" tabindex="0"><samp>{escape(printed)}</samp></pre>\n' if printed else ""
            )

        def code_block(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            return f'<pre class="code" tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'

        def html_block(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            content = tokens[at].content
            if content.startswith("<!--"):
                return ""  # a check of what the prose tells
            return content if _FOLD.fullmatch(content) else escape(content)

        def html_inline(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            return escape(tokens[at].content)

        def image(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            name, text = str(tokens[at].attrs["src"]), escape(tokens[at].content)
            picture = outputs.picture(name)
            if picture is None:
                return f'<span class="no-picture">{text}</span>'
            return f'<img src="data:image/svg+xml;base64,{base64.b64encode(picture).decode()}" alt="{text}">'

        def softbreak(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            before, after = _edge(tokens, at - 1)[-1:], _edge(tokens, at + 1)[:1]
            return "" if _CHINESE.match(before) and _CHINESE.match(after) else "\n"

        def link_open(self, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]) -> str:
            href = str(tokens[at].attrs["href"])
            chapter = _CHAPTER.fullmatch(href)
            if chapter:
                return f'<a href="#//course/{chapter["name"]}">'
            return f'<a href="{escape(href)}" rel="noreferrer">' if href.startswith("https://") else "<span>"

        def link_close(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
            opened = next(token for token in reversed(tokens[:at]) if token.type == "link_open")
            href = str(opened.attrs["href"])
            return "</a>" if _CHAPTER.fullmatch(href) or href.startswith("https://") else "</span>"

    return Chapter


def _edge(tokens: Sequence[Token], at: int) -> str:
    """The text of a token beside a line's end; nothing where it is no text."""
    return tokens[at].content if 0 <= at < len(tokens) and tokens[at].type == "text" else ""
