"""Small models to see the server with, trained on what every machine has.

| name | job | learns from |
| --- | --- | --- |
| demo | language model | Python's own documentation (`pydoc_data.topics`), as `make demo` |
| tokens | tagger | calls, names, keywords, numbers and strings in Python's own source |
| dates | translator | dates in words, to ISO 8601 |
| digits | classifier | handwritten digits (scikit-learn), row after row |
| modules | classifier | sentences of Python's docstrings, by the module that they are of (`demo_sentences`) |
| days | generator of series | days of a house with solar cells, made in code (`demo_days`) |

What a run learns from is kept in a file beside it, to be looked at, and to explain the run on.
"""

import datetime
import importlib.util
import io
import json
import keyword
import logging
import random
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from recurra import tasks
from recurra.data.files import atomic
from recurra.data.files.cache import cache_folder
from recurra.errors import DataError
from recurra.serve.demo_days import RULES, days
from recurra.serve.demo_sentences import python_sentences
from recurra.training.task import Task

log = logging.getLogger(__name__)

LANGUAGE_MODEL: dict[str, Any] = {
    "hidden_size": 256,
    "num_layers": 1,
    "epochs": 14,
    "batch_size": 32,
    "sequence_length": 96,
}
"""Settings of the language model: about two minutes of two cores."""
_SOURCES = ("random", "statistics", "textwrap", "argparse", "fractions", "heapq", "difflib", "string", "json.decoder")
_SHORTEST = 3  # words of a line that is learnt from


def demo_runs(folder: Path = Path("runs")) -> list[Path]:
    """Find the small models; those that are not there yet are trained, which takes about four minutes.

    Args:
        folder: where some may be, as `make demo` leaves one; the others are kept in the user's cache.

    Returns:
        Their run folders.
    """
    runs = []
    for name, train in _TRAININGS.items():
        cached = cache_folder() / "demo" / name
        run = next(filter(_is_there, (folder / name, cached)), None)
        if run is None:
            run = cached
            log.info("training %s in %s", name, run)
            train(run)
        runs.append(run)
    return runs


def _is_there(run: Path) -> bool:
    """Whether a run was trained to its end, by a version whose runs this one opens."""
    try:
        return tasks.load(run).weights_ == "best"
    except DataError:
        return False


def train_language_model(run: Path, **changed: Any) -> tasks.LanguageModel:
    """Learn to write Python's documentation."""
    return tasks.LanguageModel(**LANGUAGE_MODEL | changed).fit("python-docs", out=run, overwrite=True)


def train_tagger(run: Path, **changed: Any) -> Task[Any, Any]:
    """Learn what the words of Python's source are."""
    sentences = zip(*python_tokens(), strict=True)
    columns = ["".join(f"{word}\t{label}\n" for word, label in zip(*each, strict=True)) for each in sentences]
    data = _data_file(run, ".conll", columns)
    return tasks.Tagger(**{"epochs": 3, "learning_rate": 0.004} | changed).fit(data, out=run, overwrite=True)


def train_translator(run: Path, **changed: Any) -> Task[Any, Any]:
    """Learn to write dates in figures."""
    sizes = {"hidden_size": 96, "embedding_size": 48, "tokenizer": "char", "max_length": 40}
    learning = {"epochs": 9, "batch_tokens": 1500, "learning_rate": 0.003, "average_decay": 0.98}
    without_noise = {"dropout": 0.0, "token_dropout": 0.0, "label_smoothing": 0.0}
    task = tasks.Translator(source="words", target="figures", **sizes | learning | without_noise | changed)
    data = _data_file(run, ".tsv", ["\t".join(pair) for pair in zip(*dates(6_000), strict=True)])
    return task.fit(data, out=run, overwrite=True)


def train_classifier(run: Path, **changed: Any) -> Task[Any, Any]:
    """Learn to read a digit from its rows."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    rows = (images / 16).reshape(-1, 8, 8)  # (N, T, I)
    examples = [{"x": x, "label": label} for x, label in zip(rows.tolist(), labels.tolist(), strict=True)]
    data = _data_file(run, ".jsonl", map(json.dumps, examples))
    settings = {"cell": "lstm", "hidden_size": 48, "epochs": 20, "learning_rate": 0.005} | changed
    return tasks.SequenceClassifier(**settings).fit(data, out=run, overwrite=True)


def train_text_classifier(run: Path, **changed: Any) -> Task[Any, Any]:
    """Learn which of Python's modules a sentence is of."""
    examples = [{"text": text, "label": module} for text, module in zip(*python_sentences(), strict=True)]
    data = _data_file(run, ".jsonl", map(json.dumps, examples))
    settings = {"hidden_size": 48, "epochs": 6, "lowercase": True, "input_dropout": 0.3} | changed
    return tasks.SequenceClassifier(**settings).fit(data, out=run, overwrite=True)


def train_series(run: Path, **changed: Any) -> Task[Any, Any]:
    """Learn to make days of a house."""
    table = _data_file(run, ".csv", days(400).splitlines())
    sizes = {"hidden_size": 32, "critic_size": 128, "batch_size": 64}
    learning = {"pretraining_epochs": 9, "epochs": 23, "epoch_steps": 100, "discriminator_steps": 3}
    task = tasks.TimeSeriesGAN(group="day", rules=RULES, **sizes | learning | changed)
    return task.fit(table, out=run, overwrite=True)


def _data_file(run: Path, suffix: str, lines: Iterable[str]) -> Path:
    """Write what a run learns from beside it."""
    file = run.with_name(f"{run.name}{suffix}")
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(file, "".join(f"{line}\n" for line in lines))
    return file


_TRAININGS: dict[str, Callable[[Path], Any]] = {
    "demo": train_language_model,
    "tokens": train_tagger,
    "dates": train_translator,
    "digits": train_classifier,
    "modules": train_text_classifier,
    "days": train_series,
}


def python_tokens() -> tuple[list[list[str]], list[list[str]]]:
    """Give the words of the lines of some of Python's own modules, and what each is, as spans in BIO."""
    words, labels = [], []
    for module in _SOURCES:
        for line in _lines(module):
            if len(line) >= _SHORTEST:
                words.append([token.string for token in line])
                labels.append(_labels(line))
    return words, labels


def _lines(module: str) -> Iterator[list[tokenize.TokenInfo]]:
    """The tokens of each logical line of a module, without comments and those that hold white space."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    line: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(Path(spec.origin).read_text("utf-8")).readline):
        if token.type == tokenize.NEWLINE:
            yield line
            line = []
        elif token.string.strip() and token.type != tokenize.COMMENT and not any(map(str.isspace, token.string)):
            line.append(token)


def _labels(line: list[tokenize.TokenInfo]) -> list[str]:
    """What the tokens of a line are: dotted names are spans, calls where a bracket follows."""
    labels: list[str] = []
    while len(labels) < len(line):
        begin = len(labels)
        end = begin + 1
        if _is_name(line[begin]):
            while end + 1 < len(line) and line[end].string == "." and _is_name(line[end + 1]):
                end += 2
            kind = "call" if end < len(line) and line[end].string == "(" else "name"
        else:
            kind = _KINDS.get(line[begin].type, "")
        labels += [f"B-{kind}" if kind else "O"] + [f"I-{kind}"] * (end - begin - 1)
    return labels


def _is_name(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NAME and not keyword.iskeyword(token.string)


_KINDS = {tokenize.NAME: "keyword", tokenize.NUMBER: "number", tokenize.STRING: "string"}


def dates(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Give dates in words, in several manners, and in figures."""
    chance = random.Random(seed)
    first = datetime.date(1900, 1, 1)
    days = [first + datetime.timedelta(chance.randrange(73_000)) for _ in range(count)]
    manners = ("{d} {month} {y}", "{month} {d}, {y}", "the {nth} of {month} {y}", "{weekday}, {d} {short} {y}")
    return [_in_words(day, chance.choice(manners)) for day in days], [day.isoformat() for day in days]


def _in_words(day: datetime.date, manner: str) -> str:
    teens = 10 <= day.day % 100 <= 20
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    month, weekday = _MONTHS[day.month - 1], _WEEKDAYS[day.weekday()]
    return manner.format(d=day.day, y=day.year, nth=f"{day.day}{ending}", month=month, short=month[:3], weekday=weekday)


# not the locale's
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
