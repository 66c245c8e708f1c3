"""Formulas in LaTeX as MathML, which browsers draw by themselves: as much of LaTeX as the course uses.

The site of the documentation draws them by docutils, which an installed package does not have.
"""

import re
from html import escape

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\S")
_LETTERS = {"sigma": "σ", "pi": "π", "partial": "∂", "ldots": "…", "top": "⊤"}
_OPERATORS = {"cdot": "⋅", "times": "×", "odot": "⊙", "sum": "∑"}
_FUNCTIONS = ("tanh", "log", "cos", "exp")
_SPACES = {",": "0.17em", "quad": "1em"}
_SIGNS = {"-": "−", "*": "∗"}


def mathml(latex: str, is_block: bool = False) -> str:
    """Give a formula as MathML.

    Args:
        latex: without the dollars around it.
        is_block: whether it stands on a line of its own.

    Raises:
        ValueError: it has a command that is not known, or a bracket that does not close.
    """
    tokens = _TOKEN.findall(latex)
    row, rest = _row(tokens, until=None)
    assert not rest
    return f'<math display="{"block" if is_block else "inline"}">{row}</math>'


def _row(tokens: list[str], until: str | None) -> tuple[str, list[str]]:
    """The parts up to a token, which is taken, too; up to the end where that is None. And the tokens that are left."""
    parts = []
    while tokens and tokens[0] != until:
        part, tokens = _with_scripts(tokens)
        parts.append(part)
    if until is not None and not tokens:
        raise ValueError(f"formula: expected {until!r}, got its end")
    row = parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"
    return row, tokens[1:]


def _with_scripts(tokens: list[str]) -> tuple[str, list[str]]:
    """One part with what stands below and above it."""
    part, tokens = _part(tokens)
    scripts = {}
    while tokens and tokens[0] in ("_", "^"):
        place = tokens[0]
        scripts[place], tokens = _part(tokens[1:])
    if not scripts:
        return part, tokens
    name = "msubsup" if len(scripts) == 2 else "msub" if "_" in scripts else "msup"
    return f"<{name}>{part}{scripts.get('_', '')}{scripts.get('^', '')}</{name}>", tokens


def _part(tokens: list[str]) -> tuple[str, list[str]]:
    if not tokens:
        raise ValueError("formula: expected a part, got its end")
    token, rest = tokens[0], tokens[1:]
    if token == "{":
        return _row(rest, until="}")
    if token.startswith("\\"):
        return _command(token[1:], rest)
    if token[0].isdigit():
        return f"<mn>{token}</mn>", rest
    if token.isalpha():
        return f"<mi>{token}</mi>", rest
    return f"<mo>{escape(_SIGNS.get(token, token))}</mo>", rest


def _command(name: str, tokens: list[str]) -> tuple[str, list[str]]:
    if name in _LETTERS:
        return f"<mi>{_LETTERS[name]}</mi>", tokens
    if name in _OPERATORS:
        return f"<mo>{_OPERATORS[name]}</mo>", tokens
    if name in _FUNCTIONS:
        return f"<mi>{name}</mi>", tokens
    if name in _SPACES:
        return f'<mspace width="{_SPACES[name]}"></mspace>', tokens
    if name == "frac":
        above, tokens = _part(tokens)
        below, tokens = _part(tokens)
        return f"<mfrac>{above}{below}</mfrac>", tokens
    if name == "mathrm":
        word, tokens = _braced(tokens)
        return f"<mi>{word}</mi>", tokens
    if name == "begin":
        kind, tokens = _braced(tokens)
        if kind == "pmatrix":
            return _matrix(tokens)
    raise ValueError(f"formula: expected a command that is known, got \\{name}")


def _braced(tokens: list[str]) -> tuple[str, list[str]]:
    """The letters between braces."""
    end = tokens.index("}")
    return "".join(tokens[1:end]), tokens[end + 1 :]


def _matrix(tokens: list[str]) -> tuple[str, list[str]]:
    """A matrix in round brackets, after its begin."""
    end = tokens.index("\\end")
    rows = [
        "".join(f"<mtd>{_row(cell, until=None)[0]}</mtd>" for cell in _split(row, "&"))
        for row in _split(tokens[:end], "\\\\")
    ]
    table = f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"
    return f"<mrow><mo>(</mo>{table}<mo>)</mo></mrow>", _braced(tokens[end + 1 :])[1]


def _split(tokens: list[str], at: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
