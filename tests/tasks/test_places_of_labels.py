"""A label that was not learnt is named by its file and line in files of every format, as are files without answers."""

import io
import json
import wave
import zipfile

import numpy as np
import pytest

from recurra import DataError, SequenceClassifier, SequenceRegressor, Tagger
from recurra.cli import main

TINY = {"hidden_size": 4, "epochs": 1, "threads": 1}


def lines(*rows):
    return "".join(f"{row}\n" for row in rows)


def sequences(third):
    """Four sequences of two steps, a row each; the third has another label."""
    names = ["a", "b", third, "b"]
    return lines("id,x,label", *(f"s{i},{i + step},{names[i]}" for i in range(4) for step in range(2)))


def rows(third, separator=","):
    header = separator.join(("t0", "t1", "label"))
    return lines(header, *(separator.join(row) for row in (("1", "2", "a"), ("2", "3", "b"), ("3", "5", third))))


def objects(third):
    return lines(*(json.dumps({"x": [1, 2, i], "label": label}) for i, label in enumerate(["a", "b", third])))


def steps(third):
    return lines(*(json.dumps({"x": [1, 2], "label": pair}) for pair in (["a", "b"], ["b", "a"], ["a", third])))


def several(third):
    return lines(*(json.dumps({"x": [1, i], "label": pair}) for i, pair in enumerate((["a", "b"], ["b"], [third]))))


def ts(third):
    return lines("@classLabel true", "@data", "1,2:a", "2,3:b", f"3,5:{third}")


def arff(third):
    columns = ("@relation r", "@attribute t0 numeric", "@attribute t1 numeric", "@attribute class string", "@data")
    return lines(*columns, "1,2,a", "2,3,b", f"3,5,{third}")


def relational(third):
    within = ("@attribute bag relational", "@attribute t0 numeric", "@end bag")
    return lines("@relation r", *within, "@attribute class string", "@data", '"1,2",a', '"2,3",b', f'"3,5",{third}')


FORMATS = {
    "steps.csv": (sequences, {}, ":6"),
    "rows.csv": (rows, {}, ":4"),
    "semicolons.csv": (lambda third: rows(third, ";"), {}, ":4"),
    "rows.tsv": (lambda third: rows(third, "\t"), {"label": "label"}, ":4"),
    "texts.csv": (lambda third: lines("text,label", "it is,a", '"it, is not",b', f"is it,{third}"), {}, ":4"),
    "texts.tsv": (lambda third: lines("a\tit is", "b\tit is not", f"{third}\tis it"), {}, ":3"),
    "series.tsv": (lambda third: lines("1\t1.5\t2", "2\t2\t3", f"{third}\t3\t5"), {}, ":3"),
    "objects.jsonl": (objects, {}, ":3"),
    "steps.jsonl": (steps, {"per_step": True}, ":3"),
    "several.jsonl": (several, {}, ":3"),
    "series.ts": (ts, {}, ":5"),
    "rows.arff": (arff, {}, ":8"),
    "relational.arff": (relational, {}, ":9"),
    "per_step.csv": (sequences, {"per_step": True}, ":6"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_an_unknown_label_is_named_by_file_and_line(name, tmp_path, capsys):
    content, settings, line = FORMATS[name]
    odd = "7" if name == "series.tsv" else "odd"
    known = "2" if name == "series.tsv" else "b"
    good, other = tmp_path / name, tmp_path / f"other_{name}"
    good.write_text(content(known))
    other.write_text(content(odd))
    run = tmp_path / "run"
    classifier = SequenceClassifier(**TINY | settings).fit(good, out=run, progress=False)
    message = rf"^{other}{line}: expected one of the labels .*, got '{odd}'$"
    with pytest.raises(DataError, match=message):
        classifier.evaluate(other)
    with pytest.raises(DataError, match=message):
        classifier.evaluate([good, other])
    with pytest.raises(DataError, match=message):
        SequenceClassifier(**TINY | settings).fit(good, valid=other, progress=False)
    with pytest.raises(DataError, match=message):
        SequenceClassifier(**TINY | settings).fit(other, start_from=run, progress=False)
    assert main(["evaluate", str(run), str(other)]) == 2
    assert capsys.readouterr().err.startswith(f"recurra: {other}{line}: expected one of the labels")


def test_a_label_at_a_step_is_named_by_the_line_of_the_step(tmp_path):
    good, other = tmp_path / "good.csv", tmp_path / "other.csv"
    good.write_text(lines("id,time,u,label", "s,2,1,b", "s,1,2,a", "r,1,3,b"))
    other.write_text(lines("id,time,u,label", "s,2,1,odd", "s,1,2,a", "r,1,3,b"))
    classifier = SequenceClassifier(**TINY, per_step=True).fit(good, progress=False)
    with pytest.raises(DataError, match=rf"^{other}:2: expected one of the labels a, b, got 'odd'$"):
        classifier.evaluate(other)


def test_a_label_of_an_array_is_named_by_its_file_and_row(tmp_path):
    for name, y in (("good", ["a", "b", "a"]), ("other", ["a", "b", "odd"])):
        np.savez(tmp_path / f"{name}.npz", X=np.arange(6.0).reshape(3, 2), y=y)
    np.savez(tmp_path / "bare.npz", X=np.arange(6.0).reshape(3, 2))
    classifier = SequenceClassifier(**TINY).fit(tmp_path / "good.npz", progress=False)
    with pytest.raises(DataError, match=r"/other.npz: sequence 3: expected one of the labels a, b, got 'odd'$"):
        classifier.evaluate([tmp_path / "good.npz", tmp_path / "other.npz"])
    with pytest.raises(DataError, match=r"/bare.npz: expected an answer for each sequence, got none$"):
        classifier.evaluate(tmp_path / "bare.npz")


def recording(pitch):
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((np.sin(np.arange(800) * pitch) * 9000).astype("<i2").tobytes())
    return content.getvalue()


def test_a_label_of_a_recording_is_named_by_the_member_of_its_archive(tmp_path):
    pytest.importorskip("kaldi_native_fbank")
    for name, second in (("good", "low"), ("other", "odd")):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr("high_1.wav", recording(0.5))
            archive.writestr(f"{second}_1.wav", recording(0.1))
    classifier = SequenceClassifier(**TINY).fit(tmp_path / "good.zip", progress=False)
    with pytest.raises(DataError, match=r"/other.zip/odd_1.wav: expected one of the labels high, low, got 'odd'$"):
        classifier.evaluate(tmp_path / "other.zip")


def test_a_target_that_is_no_number_is_named_by_file_and_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(lines("t0,t1,label", "1,2,1.5", "2,3,2", "3,5,n/a"))
    with pytest.raises(DataError, match=rf"^{path}:4: expected a number as the answer, got 'n/a'$"):
        SequenceRegressor(**TINY).fit(path, progress=False)


@pytest.mark.parametrize("name", ["rows.csv", "texts.tsv", "objects.jsonl", "series.ts", "rows.arff"])
def test_a_file_of_one_class_is_named(name, tmp_path):
    content, _, _ = FORMATS[name]
    path = tmp_path / name
    of_other_class = (",a", ":a", '"a"}', "\tit is")
    path.write_text(lines(*(line for line in content("b").splitlines() if not line.endswith(of_other_class))))
    with pytest.raises(DataError, match=rf"^{path}: expected at least 2 classes, got 1 class: 'b'$"):
        SequenceClassifier(**TINY).fit(path, progress=False)


def test_a_label_of_a_word_is_named_by_the_line_of_the_word(tmp_path):
    good, other = tmp_path / "good.conll", tmp_path / "other.conll"
    good.write_text("Ann N\nwent V\n\nBob N\nsaw V\n\n" * 3)
    other.write_text("Ann N\nwent V\n\nBob N\nsaw X\n\n")
    Tagger(**TINY).fit(good, out=tmp_path / "run", progress=False)
    with pytest.raises(DataError, match=rf"^{other}:5: expected labels that label has learnt, got 'X'$"):
        Tagger(**TINY).fit(other, start_from=tmp_path / "run", progress=False)
