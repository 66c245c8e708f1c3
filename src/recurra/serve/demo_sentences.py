"""Sentences of what Python says about its own modules, to learn from which module a sentence is."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

MODULES = {
    "asyncio": ("events", "base_events", "streams", "tasks", "locks"),
    "decimal": ("_pydecimal", "fractions"),
    "email": ("message", "header", "policy", "_policybase", "contentmanager", "utils", "_header_value_parser"),
    "files": ("tarfile", "zipfile", "shutil", "pathlib"),
    "logging": ("", "handlers", "config"),
    "random": ("random", "statistics"),
    "threading": ("threading", "queue", "concurrent.futures._base"),
    "turtle": ("turtle",),
    "unittest": ("case", "mock", "suite", "loader"),
}
"""The modules of each class: parts of the package of that name, or modules of other names."""
_SHORTEST, _LONGEST = 5, 40  # words of a sentence
_WORD = re.compile(r"[A-Za-z_]+|[^\sA-Za-z_]")


def python_sentences() -> tuple[list[str], list[str]]:
    """Give sentences of docstrings, their words and marks apart, each once, and of which class each is."""
    sentences: dict[str, str] = {}
    for label, parts in MODULES.items():
        for part in parts:
            for sentence in _of_module(label, part):
                sentences.setdefault(sentence, label)
    return list(sentences), list(sentences.values())


def _of_module(label: str, part: str) -> Iterator[str]:
    is_package = importlib.util.find_spec(label) is not None and _origin(label).name == "__init__.py"
    source = _origin(f"{label}.{part}".rstrip(".") if is_package else part)
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _of_docstring(ast.get_docstring(node) or "")


def _origin(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def _of_docstring(text: str) -> Iterator[str]:
    """The sentences of a docstring, without examples."""
    for paragraph in text.split("\n\n"):
        if ">>>" in paragraph:
            continue
        for sentence in re.split(r"(?<=[.!?:])\s+", " ".join(paragraph.split())):
            words = _WORD.findall(sentence)
            if _SHORTEST <= sum(map(str.isalpha, words)) <= _LONGEST:
                yield " ".join(words)
