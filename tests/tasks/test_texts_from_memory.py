"""Every text that comes from Python is held to be Unicode, with its name, and nothing is written where it is not."""

import numpy as np
import pandas as pd
import pytest

from recurra import DataError, LanguageModel, SequenceClassifier, Tagger, Translator

HALF = "a\ud800"
TINY = {"hidden_size": 4, "epochs": 1, "threads": 1}
X = np.arange(24.0).reshape(4, 6)
TEXTS, CLASSES = ["yes it is", "no", "it is", "no no"], ["a", "b", "a", "b"]
WORDS, LABELS = [["Ann", "went"], ["Bob"]], [["N", "V"], ["N"]]
SIDES = ["eins", "zwei"], ["one", "two"]


def classifier(**settings):
    return SequenceClassifier(**TINY | settings)


def translator(**settings):
    return Translator(**TINY | {"embedding_size": 4, "tokenizer": "char"} | settings)


FITS = {
    "a label": (lambda **to: classifier().fit(X, ["a", HALF, "a", "b"], **to), "answer 2"),
    "a label in an array": (lambda **to: classifier().fit(X, np.array(["a", HALF, "a", "b"]), **to), "answer 2"),
    "a label in a series": (
        lambda **to: classifier().fit(X, pd.Series([*CLASSES[1:], HALF], dtype=object), **to),
        "answer 4",
    ),
    "a name of several labels": (
        lambda **to: classifier().fit(X, [["a"], [HALF, "b"], [], ["b"]], **to),
        "answer 1 of sequence 2",
    ),
    "a label at a step": (
        lambda **to: classifier(per_step=True).fit(X[:2, :2], [["a", "b"], ["a", HALF]], **to),
        "answer 2 of sequence 2",
    ),
    "a label to validate on": (lambda **to: classifier().fit(X, CLASSES, (X[:1], [HALF]), **to), "answer 1"),
    "a text": (lambda **to: classifier().fit([*TEXTS[:3], HALF], CLASSES, **to), "text 4"),
    "a text in a series": (
        lambda **to: classifier().fit(pd.Series([*TEXTS[:3], HALF], dtype=object), CLASSES, **to),
        "text 4",
    ),
    "a word": (lambda **to: Tagger(**TINY).fit([["Ann", HALF], ["Bob"]], LABELS, **to), "sentence 1: words"),
    "a word's label": (lambda **to: Tagger(**TINY).fit(WORDS, [["N", "V"], [HALF]], **to), "sentence 2: labels"),
    "a column": (lambda **to: Tagger(**TINY).fit(WORDS, {HALF: LABELS}, **to), "name of a column"),
    "a source": (lambda **to: translator().fit(["eins", HALF], SIDES[1], **to), "sources: number 2"),
    "a translation": (lambda **to: translator().fit(SIDES[0], ["one", HALF], **to), "targets: number 2"),
    "a language": (lambda **to: translator(source=HALF).fit(*SIDES, **to), "source"),
    "a column's name": (lambda **to: classifier(label=HALF).fit(X, CLASSES, **to), "label"),
    "a group's name": (lambda **to: classifier(group=HALF).fit(X, CLASSES, **to), "group"),
}


@pytest.mark.parametrize(("fit", "where"), FITS.values(), ids=FITS)
def test_nothing_is_learnt_from_what_no_file_can_hold(fit, where, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(
        DataError, match=f"^{where}.*: expected Unicode characters, got half of a surrogate pair: "
    ) as e:
        fit(out=out, progress=False)
    assert "\n" not in str(e.value)
    assert not out.exists()


def test_a_run_has_a_name_that_a_folder_can_have():
    with pytest.raises(DataError, match=r"^out: expected Unicode characters"):
        classifier().fit(X, CLASSES, out=HALF, progress=False)
    with pytest.raises(DataError, match=r"^run folder: expected Unicode characters"):
        SequenceClassifier.load(HALF)


def test_a_file_to_learn_from_has_a_name_that_can_be_kept(tmp_path):
    path = tmp_path / "a\udcff.tsv"
    path.write_text("a\tit is\nb\tit is not\n" * 3)
    with pytest.raises(DataError, match=r"a.udcff.tsv: name of a file: .*, as Python reads byte 0xff$"):
        classifier().fit(path, out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def language_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("lm") / "text.txt"
    path.write_text("to be, or not to be\n" * 20)
    return LanguageModel(**TINY, batch_size=2, sequence_length=8).fit(path, progress=False)


@pytest.mark.parametrize(
    ("use", "where"),
    [
        (lambda lm: lm.generate(HALF, 3), "prompt"),
        (lambda lm: lm.generate("to", 3, stop=HALF), "stop"),
        (lambda lm: lm.score(f"to {HALF}"), "text"),
        (lambda lm: lm.features(HALF), "text"),
        (lambda lm: lm.states(["to", HALF]), "text 2"),
    ],
)
def test_a_language_model_reads_unicode(language_model, use, where):
    with pytest.raises(DataError, match=f"^{where}: expected Unicode characters"):
        use(language_model)


def test_what_is_to_be_answered_is_unicode():
    texts = classifier().fit(TEXTS, CLASSES, progress=False)
    tagger = Tagger(**TINY).fit(WORDS * 2, LABELS * 2, progress=False)
    pairs = translator().fit(*SIDES, progress=False)
    for use, where in [
        (lambda: texts.predict(["it", HALF]), "text 2"),
        (lambda: texts.predict_proba([HALF]), "text 1"),
        (lambda: texts.score(TEXTS, ["a", "b", "a", HALF]), "answer 4"),
        (lambda: tagger.tag(HALF), "sentence"),
        (lambda: tagger.tag(["Ann", HALF]), "sentence 1: words"),
        (lambda: tagger.describe([["Ann"], [HALF]]), "sentence 2: words"),
        (lambda: tagger.evaluate(WORDS, [["N", "V"], [HALF]]), "sentence 2: labels"),
        (lambda: pairs.translate(HALF), "texts"),
        (lambda: pairs.describe(["eins", HALF]), "texts: number 2"),
        (lambda: pairs.evaluate(SIDES[0], ["one", HALF]), "targets: number 2"),
    ]:
        with pytest.raises(DataError, match=f"^{where}: expected Unicode characters"):
            use()
