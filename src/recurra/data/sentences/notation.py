"""How a data set writes its labels of spans: the scheme, where in a label its letter stands, and what is outside.

    prefix  B-PER I-PER O      B_PER I_PER O      (any separator)
    suffix  PER-B PER-I O
    bare    B I O, or B M E S for words of Chinese: spans of one type, which is called "_"
    small   b-per i-per o, b_per, or b i o: letters in small, before the type or alone

Labels are read into the standard form of `recurra.data.sentences.schemes`, B-PER and O, and written back as the data
have them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from recurra.data.sentences import schemes

BARE_TYPE = "_"  # of spans whose labels name no type
_LETTERS = "BIESLUM"
_SEPARATORS = "-_:/.|"
_SMALL_SEPARATORS = "-_"  # after a letter in small; others stand in plain labels
_OUTSIDE = ("O", "_", "0", "o", "-", "*", "OUT", "OTHER", "Other", "NONE", "None", "none")  # marks of no span
_BARE_SHARE = 0.9  # of all labels, from which letters without types are labels of spans
_FAMILIES = ("IOB2", "IOB1", "BIOES")  # of schemes, each with its own rule for how spans begin and end


class Departure(NamedTuple):
    """A label that is written otherwise than its data set writes labels.

    sentence, word: its indices. label: as it stands. read: what it is read as, in the notation of the data set.
    """

    sentence: int
    word: int
    label: str
    read: str


@dataclass(frozen=True)
class Notation:
    """How labels are written.

    scheme: one of `schemes.SCHEMES`. form: "prefix", "suffix" or "bare". separator: between letter and type. outside:
    the label of a word of no span. small: whether the letters are written in small.
    """

    scheme: str = "plain"
    form: str = "prefix"
    separator: str = "-"
    outside: str = "O"
    small: bool = False

    @classmethod
    def detect(cls, sentences: Iterable[Sequence[str]]) -> "Notation":
        """Find how most labels are written: plain unless more of them are of spans than are neither that nor outside.

        The scheme is the one that most spans keep to; of several the first of IOB2, IOB1 and BIOES.
        """
        labels = [list(sentence) for sentence in sentences]
        counts = Counter(label for sentence in labels for label in sentence)
        notation = _form_of(counts)
        if notation is None:
            return cls()
        scheme = _scheme_of([notation.normalise(sentence) for sentence in labels], counts, notation)
        return replace(notation, scheme=scheme)

    @property
    def spans(self) -> bool:
        """Whether the labels are of spans."""
        return self.scheme != "plain"

    def normalise(self, labels: Sequence[str]) -> list[str]:
        """Read labels into the standard form, letters B, I, E and S; what is no label of a span is O."""
        return [self._standard_labels[label] for label in labels]

    @cached_property
    def _standard_labels(self) -> "_StandardLabels":
        return _StandardLabels(self)

    def read(self, label: str) -> str | None:
        """Read one label into the standard form; None where it is no label of a span in any notation."""
        return _read(label, self)

    def write(self, labels: Sequence[str]) -> list[str]:
        """Write labels of the standard form, whatever their scheme, as the data set does."""
        return [self._write(label) for label in schemes.convert(labels, self.scheme)]

    def write_label(self, label: str) -> str:
        """Write one label of a span, or O, that has the letters of BIOES; what stands around it is not looked at."""
        return self._write(schemes.with_letters(label, self.scheme))

    def _write(self, label: str) -> str:
        if label == "O":
            return self.outside
        letter, kind = label[0].lower() if self.small else label[0], label[2:]
        if self.form == "bare":
            return letter
        return f"{letter}{self.separator}{kind}" if self.form == "prefix" else f"{kind}{self.separator}{letter}"

    def departures(self, sentences: Sequence[Sequence[str]]) -> list[Departure]:
        """Find the labels that are not as this notation writes their spans."""
        departures: list[Departure] = []
        for number, labels in enumerate(sentences):
            written = self.write(self.normalise(labels))
            if written == list(labels):
                continue
            for word, (label, expected) in enumerate(zip(labels, written, strict=True)):
                if label != expected:
                    departures.append(Departure(number, word, label, expected))
        return departures

    def is_label(self, label: str) -> bool:
        """Whether a label is outside or of a span, written in this form."""
        return label == self.outside or _standard(label, self) is not None

    def is_known(self, label: str) -> bool:
        """Whether a label is outside or of a span, written in any form."""
        return label in _OUTSIDE or self.read(label) is not None


def _form_of(counts: Counter[str]) -> Notation | None:
    """The form of most labels, as a notation whose scheme is not yet known; None where they are plain."""
    outside = max(_OUTSIDE, key=lambda mark: counts[mark])
    marks = sum(counts[mark] for mark in _OUTSIDE)
    candidates = [
        Notation("IOB2", form, separator, outside) for form in ("prefix", "suffix") for separator in _SEPARATORS
    ]
    candidates += [Notation("IOB2", "prefix", separator, outside, small=True) for separator in _SMALL_SEPARATORS]
    fits = [_fitting(counts, candidate) for candidate in candidates]
    most = max(fits)
    if most and most > counts.total() - marks - most:
        return candidates[fits.index(most)]
    bare = (Notation("IOB2", "bare", "", "O"), Notation("IOB2", "bare", "", "o", small=True))
    return next((notation for notation in bare if _is_bare(counts, notation)), None)


def _is_bare(counts: Counter[str], notation: Notation) -> bool:
    """Whether nearly all labels are letters of spans without types, or outside."""
    known = _fitting(counts, notation) + counts[notation.outside]
    begins = counts["b" if notation.small else "B"]
    return known >= _BARE_SHARE * max(1, counts.total()) and known > begins > 0


def _fitting(counts: Counter[str], notation: Notation) -> int:
    """How many labels are of spans in this form; none where no span begins or goes on, but in the most usual form."""
    fitting = {label: _standard(label, notation) for label in counts}
    letters = {standard[0] for standard in fitting.values() if standard}
    if notation.small:  # plain labels often begin with m, s or e
        letters = {_letter(label, notation) or "" for label in counts}
    is_usual = (notation.form, notation.separator, notation.small) == ("prefix", "-", False)
    if not letters & {"B", "I"} and not is_usual:
        return 0
    return sum(counts[label] for label, standard in fitting.items() if standard)


def _scheme_of(sentences: list[list[str]], counts: Counter[str], notation: Notation) -> str:
    """The scheme in which most spans of labels in standard form are written; named by the letters that stand there."""
    keeping = Counter(dict.fromkeys(_FAMILIES, 0))
    for labels in sentences:
        spans = schemes.spans(labels)
        for family in _FAMILIES if spans else ():
            written = schemes.spans_to_labels(spans, len(labels), family)
            keeping[family] += sum(written[start:end] == labels[start:end] for _, start, end in spans)
    family = max(_FAMILIES, key=lambda name: keeping[name])
    if family != "BIOES":
        return family
    letters: Counter[str] = Counter()
    for label, count in counts.items():
        letter = _letter(label, notation)
        if letter:
            letters[letter] += count
    if letters["L"] + letters["U"] > letters["E"] + letters["S"]:
        return "BILOU"
    return "BMES" if letters["M"] > letters["I"] else "BIOES"


class _StandardLabels(dict[str, str]):
    """Labels in standard form, by how a notation writes them; each is read once."""

    def __init__(self, notation: Notation):
        super().__init__()
        self.notation = notation

    def __missing__(self, label: str) -> str:
        standard = self.notation.read(label) or "O"
        self[label] = standard
        return standard


# --- one label --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 14)
def _read(label: str, notation: Notation) -> str | None:
    """A label in standard form: in its own notation, else in any other that has types."""
    if label == notation.outside:
        return "O"
    standard = _standard(label, notation)
    for other in _WITH_TYPES if standard is None and notation.form != "bare" else ():
        standard = standard or _standard(label, other)
    return standard


_WITH_TYPES = (
    *(Notation("IOB2", form, separator) for form in ("prefix", "suffix") for separator in _SEPARATORS),
    *(Notation("IOB2", "prefix", separator, small=True) for separator in _SMALL_SEPARATORS),
)


@lru_cache(maxsize=1 << 14)
def _standard(label: str, notation: Notation) -> str | None:
    """A label of a span in standard form; None where it is none in this notation."""
    letter = _letter(label, notation)
    if letter is None:
        return None
    kinds = {"bare": BARE_TYPE, "prefix": label[2:], "suffix": label[:-2]}
    return f"{schemes.STANDARD_LETTERS.get(letter, letter)}-{kinds[notation.form]}"


def _letter(label: str, notation: Notation) -> str | None:
    """The letter of a label of a span, as a capital; None where it is none in this notation."""
    letters = _LETTERS.lower() if notation.small else _LETTERS
    if notation.form == "bare":
        return label.upper() if len(label) == 1 and label in letters else None
    letter, mark = (label[:1], label[1:2]) if notation.form == "prefix" else (label[-1:], label[-2:-1])
    is_label = len(label) > 2 and letter in letters and mark == notation.separator
    return letter.upper() if is_label else None
