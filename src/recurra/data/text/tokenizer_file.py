"""What a tokenizer's file may hold: the rules that Recurra writes, and symbols with numbers from 0 on.

A file in the format of the `tokenizers` library may hold any rules, among them regular expressions that take hours for
a line; a run has no need of them.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recurra.errors import DataError

_LEARNT = ("vocab", "merges")  # what differs between tokenizers of a kind


def require_patterns(content: Any, written: list[Any], path: Path) -> None:
    """Refuse regular expressions that are not in any of the tokenizers that Recurra writes, before one is compiled.

    Args:
        content: the file.
        written: examples of what Recurra writes, of each kind.
        path: of the file, for errors.

    Raises:
        DataError: there is another one.
    """
    known = {pattern for example in written for pattern in _patterns(example)}
    for pattern in _patterns(content):
        if pattern not in known:
            raise DataError(f"{path}: expected a tokenizer with the patterns that Recurra writes, got {pattern[:60]}")


def _patterns(node: Any) -> Iterator[str]:
    """Every pattern below a node, as JSON."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in entries:
        if name == "pattern":
            yield json.dumps(value, sort_keys=True)
        elif name not in _LEARNT:
            yield from _patterns(value)


def require_rules(content: Mapping[str, Any], written: Mapping[str, Any], path: Path) -> None:
    """Hold the rules of a tokenizer, all but its symbols, to those that Recurra writes.

    Args:
        content: the tokenizer as the library writes it.
        written: another of the same kind, as Recurra makes it.
        path: of the file, for errors.

    Raises:
        DataError: a rule is another; the message names it.
    """
    for name in sorted({*content, *written}):
        if _without_symbols(content.get(name)) != _without_symbols(written.get(name)):
            raise DataError(f"{path}: expected a tokenizer that Recurra wrote, got another {name}")


def _without_symbols(rule: Any) -> Any:
    return {name: value for name, value in rule.items() if name not in _LEARNT} if isinstance(rule, dict) else rule


def require_symbols(numbers: Mapping[str, int], kind: str, unknown: str, alphabet: set[str], path: Path) -> None:
    """Hold the symbols of a tokenizer to what their kind needs.

    Args:
        numbers: of the symbols.
        kind: "char", "word" or "bpe".
        unknown: the symbol for what is unknown, which characters and words need.
        alphabet: the characters that stand for bytes, which byte pairs are made of.
        path: of the file, for errors.

    Raises:
        DataError: numbers are missing or doubled, or a symbol is none of this kind.
    """
    if sorted(numbers.values()) != list(range(len(numbers))):
        raise DataError(f"{path}: expected a tokenizer whose symbols have the numbers from 0 on, each once")
    if kind == "bpe":
        if not alphabet <= numbers.keys() or not all(alphabet.issuperset(symbol) for symbol in numbers):
            raise DataError(f"{path}: expected a tokenizer with symbols of bytes, and one for each byte")
    elif unknown not in numbers:
        raise DataError(f"{path}: expected a tokenizer with a symbol {unknown}, got none")
    elif kind == "char" and any(len(symbol) != 1 for symbol in numbers if symbol != unknown):
        raise DataError(f"{path}: expected a tokenizer of single characters, got longer symbols")
