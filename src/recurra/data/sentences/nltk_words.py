"""NLTK's splitter of words, without the rest of NLTK, which takes more than a second to import."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_PACKAGES = ("nltk", "nltk.tokenize")


def word_tokenizer() -> Any:
    """NLTK's word tokenizer, which knows where each word begins and ends (`span_tokenize`)."""
    if "nltk" in sys.modules:
        return import_module("nltk.tokenize.destructive").NLTKWordTokenizer()
    with _bare_packages():
        return import_module("nltk.tokenize.destructive").NLTKWordTokenizer()


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Let modules of NLTK be imported without what its packages import; after the block it is as if none had been.

    Whoever imports NLTK later gets it whole.
    """
    spec = find_spec("nltk")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("expected the package nltk, which splits text into words, found none")
    root = Path(spec.origin).parent
    for name in _PACKAGES:
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "nltk"]:
            del sys.modules[name]
