"""What can be said of each symbol of a text."""

from recurra.explain.activations.text_properties import text_properties


def marks(text, name, symbols=None):
    values = text_properties(symbols or list(text))[name]
    return "".join("x" if value else "." for value in values)


def test_inside_quotes_and_brackets():
    assert marks('a "bc" d', "inside quotes") == "..xxx..."
    assert marks("“a“b”c”d", "inside quotes") == "xxxxxx.."
    assert marks("a(b[c]d)e", "inside brackets") == ".xxxxxx.."
    assert marks("a)b(c", "inside brackets") == "...xx"  # what was never opened closes nothing


def test_a_blank_line_closes_quotes_that_were_forgotten():
    assert marks('"a\nb\n\nc', "inside quotes") == "xxxxx.."


def test_capitals_digits_and_word_ends():
    assert marks("Ab C1", "capital letter") == "x..x."
    assert marks("Ab C1", "digit") == "....x"
    assert marks("Ab C1", "word end") == ".x..x"


def test_where_no_line_ends_there_is_no_place_in_one():
    assert "place in the line" not in text_properties(list("ab c"))


def test_places():
    properties = text_properties(list("ab c\nd"))
    assert properties["place in the line"].tolist() == [1, 2, 3, 4, 0, 1]
    places = properties["place in the word"].tolist()
    assert [places[i] for i in (0, 1, 3, 5)] == [1, 2, 1, 1]
    assert places[2] != places[2]  # a space has no place in a word


def test_words_have_no_word_ends():
    words = ["He", "said", '"', "Yes", "42", '"', "\n", "now"]
    properties = text_properties(words)
    assert "word end" not in properties
    assert marks("", "inside quotes", words) == "..xxx..."
    assert marks("", "digit", words) == "....x..."
    assert properties["place in the line"].tolist() == [1, 2, 3, 4, 5, 6, 0, 1]
