import pytest

from recurra import DataError, SequenceClassifier, SequenceRegressor
from recurra.data.sequences import recurring_classes
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sources import labelled


@pytest.fixture
def require(tmp_path):
    def run(name, content, **names):
        path = tmp_path / name
        path.write_text(content)
        examples = labelled.resolve(path, ColumnNames(**names))["train"]
        return recurring_classes.require(examples, Answers.learn(examples.required_answers(), False, False))

    return run


def swapped(count, separator="\t"):
    return "".join(f"film number {i}{separator}{'good' if i % 2 else 'bad'}\n" for i in range(count))


@pytest.mark.parametrize("count", [4, 100])
def test_texts_before_labels_are_refused(require, count):
    message = (
        r"a.tsv: expected classes that come again, got \d+ different ones in \d+ examples, such as 'film number 0'"
    )
    with pytest.raises(
        DataError, match=f"{message}, .*; if texts stand before labels, say so in a first line: text<TAB>"
    ):
        require("a.tsv", swapped(count))
    assert require("a.tsv", f"text\tlabel\n{swapped(count)}") == []


def test_a_header_of_other_names_is_no_text(require):
    with pytest.raises(
        DataError, match=r"a.tsv:1: expected a column label, .*; as in: --label sentiment --text review$"
    ):
        require("a.tsv", f"review\tsentiment\n{swapped(30)}")
    assert require("a.tsv", f"review\tsentiment\n{swapped(30)}", label="sentiment", text="review") == []
    with pytest.raises(DataError, match=r"a.csv: expected classes that come again, .*; --label NAME names the column"):
        require("a.csv", f"label,text\n{swapped(30, ',')}")
    assert require("a.csv", f"label,text\n{swapped(30, ',')}", label="text", text="label") == []


def test_texts_that_come_again_as_labels_are_doubted(require):
    notes = require("a.tsv", "good film\tpos\nbad film\tneg\n" * 50)
    assert len(notes) == 1
    assert notes[0].endswith("say so in a first line: text<TAB>label")
    assert "a.tsv: the labels look like texts, and the texts like labels: " in notes[0]
    assert require("a.tsv", "pos\tgood film\nneg\tbad film\n" * 50) == []
    assert require("a.tsv", "New York\tSmith\nNew York\tJones\nOld Town\tMiller\n" * 3 + "Old Town\tvan Dyk\n") == []


def test_many_classes_are_told_and_numbers_belong_to_a_regressor(require):
    rows = "".join(f"{i % 13},1,class{i % 13}\n" for i in range(20))
    assert require("a.csv", f"t0,t1,label\n{rows}") == [
        notes for notes in require("a.csv", f"t0,t1,label\n{rows}") if "13 classes in 20 examples: hardly any" in notes
    ]
    with pytest.raises(DataError, match=r"a.csv: expected classes .*; a regressor learns numbers; or --label NAME"):
        require("a.csv", "t0,t1,label\n" + "".join(f"{i * i},1,{i / 4}\n" for i in range(20)))


def test_what_is_in_memory_or_small_or_measured_is_learnt(tmp_path, require):
    assert require("a.tsv", "a\tit is\nb\tit is not\nc\tis it\n") == []
    texts, labels = [f"word {i}" for i in range(24)], [f"class {i}" for i in range(24)]
    SequenceClassifier(hidden_size=4, epochs=1).fit(texts, labels, progress=False)
    path = tmp_path / "numbers.tsv"
    path.write_text("".join(f"{i / 7}\tfilm number {i}\n" for i in range(30)))
    SequenceRegressor(hidden_size=4, epochs=1).fit(path, progress=False)
    with pytest.raises(DataError, match="expected classes that come again"):
        SequenceClassifier(hidden_size=4, epochs=1).fit(path, progress=False)
