import pytest

from recurra.data.sentences.sentences import sentences_of
from recurra.tasks.tagging.comparison import Comparison
from recurra.tasks.tagging.label_scheme import LabelColumn

WORDS = [["Ada", "Lovelace", "lives"], ["in", "London"]]
LABELS = {"entity": [["B-PER", "I-PER", "O"], ["O", "B-LOC"]], "kind": [["N", "N", "V"], ["P", "N"]]}
WRONG = {"entity": [["B-PER", "E-PER", "O"], ["O", "O"]], "kind": [["N", "N", "V"], ["P", "V"]]}  # as they are learnt


@pytest.fixture
def compared():
    """A function that compares what is wrong with what is true in some columns."""

    def compare(*names: str) -> Comparison:
        labels = {name: LABELS[name] for name in names}
        columns = {name: LabelColumn.learn(of_column) for name, of_column in labels.items()}
        return Comparison.of(sentences_of(WORDS, labels), columns, WRONG)

    return compare


def test_labels_are_compared_in_the_scheme_of_the_data(compared):
    true, predicted = compared("entity").labels["entity"]
    assert true == LABELS["entity"]
    assert predicted == [["B-PER", "I-PER", "O"], ["O", "O"]]


def test_the_score_that_counts_is_f1_of_spans_else_accuracy(compared):
    assert compared("entity").main_scores() == {"f1": pytest.approx(2 / 3)}
    assert compared("kind").main_scores() == {"accuracy": pytest.approx(4 / 5)}
    assert list(compared("entity", "kind").main_scores()) == ["entity_f1", "kind_accuracy"]
    assert compared("entity", "kind").scores()["entity"]["precision"] == 1.0


def test_errors_name_their_column(compared):
    errors = compared("entity", "kind").errors()
    assert [error["column"] for error in errors] == ["entity", "kind"]
