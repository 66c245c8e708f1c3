from pathlib import Path

import pytest

from recurra.data.sentences import columns

GERMEVAL = (Path(__file__).parents[1] / "samples" / "germeval.tsv").read_text()


@pytest.mark.parametrize(
    "text",
    [
        GERMEVAL,
        GERMEVAL.replace("#\thttp", "#\tx\thttp"),  # as many cells as the words' lines
        GERMEVAL.replace("1\t", "0\t", 1).replace("2\t", "1\t", 1),  # one counts from 0
        GERMEVAL.replace("2\tTroia", "2-3\tTroia\t_\t_\n2\tTroia"),
        GERMEVAL.replace("\tO\n", "\t-\n"),  # remarks instead of nested labels
    ],
    ids=["GermEval", "long comments", "from 0", "a range", "remarks"],
)
def test_where_words_are_counted_they_stand_in_the_second_column(write, text):
    found = columns.read(write(text))
    assert found.words == [["Aufgrund", "Troia"], ["TSV", "Bayer", "1860"]]
    assert found.labels == {"label": [["O", "B-LOC"], ["B-ORG", "I-ORG", "I-ORG"]]}
    assert (found.layout.format, found.layout.word, found.layout.labels) == ("columns", "2", {"label": "3"})
    nested = columns.read(write(GERMEVAL), "4")
    assert (nested.words, nested.labels) == (found.words, {"4": [["O", "O"], ["O", "B-OTH", "O"]]})


def test_a_count_alone_and_words_that_are_numbers(write):
    counted = "1 He PRP B-NP\n2 reckons VBZ B-VP\n\n1 The DT B-NP\n"
    found = columns.read(write(counted))
    assert (found.words[0], found.labels["label"][0]) == (["He", "reckons"], ["B-NP", "B-VP"])
    assert columns.read(write("1 He\n2 is\n")).labels == {}
    numbers = columns.read(write("1 NUM\n5 NUM\n3 NUM\n"))
    assert (numbers.words, numbers.labels) == ([["1", "5", "3"]], {"label": [["NUM"] * 3]})
    assert columns.read(write("1 NUM\n\n1 NUM\n")).words == [["1"], ["1"]]
    assert columns.read(write("1\n2\n3\n")).words == [["1", "2", "3"]]
