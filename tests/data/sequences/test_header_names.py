import pytest

from recurra.data.sequences.header_names import are_names, hint, usual_labels


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("a b y", "y"),
        ("id time y label", "label"),
        ("x y label", "label"),
        ("Y target", "target"),
        ("pctid x y z confidence", ""),
        ("class target", "class target"),
    ],
)
def test_y_is_the_label_only_where_it_can_be_nothing_else(header, labels):
    names = header.split()
    assert [name for name in names if name.lower() in usual_labels(names)] == labels.split()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["label", "text"], True),
        (["Text", "Label"], True),
        (["review", "sentiment"], True),
        (["category", "headline"], True),
        (["label", "betreff"], True),
        (["id", "label", "text"], True),
        (["sentiment", "it is good"], False),
        (["good film", "pos"], False),
        (["class", "a word or two"], False),
        (["Russian", "Ivanov"], False),
        (["y", "x"], False),
    ],
)
def test_a_line_of_names_is_told_from_a_label_and_a_text(cells, expected):
    assert are_names(cells) is expected


def test_columns_that_look_like_labels_and_texts_are_proposed():
    assert hint(["id", "review", "sentiment"]) == "; as in: --label sentiment --text review"
    assert hint(["review", "comment", "sentiment"]) == ""
