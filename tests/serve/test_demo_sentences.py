from collections import Counter

from recurra.serve.demo_sentences import MODULES, _of_docstring, python_sentences


def test_there_are_sentences_of_every_module_each_once():
    sentences, labels = python_sentences()
    assert len(sentences) == len(set(sentences)) == len(labels) > 2000
    counts = Counter(labels)
    assert counts.keys() == MODULES.keys()
    assert min(counts.values()) > 100
    assert all(len(sentence.split()) >= 5 for sentence in sentences)
    assert any("turtle" in sentence for sentence, label in zip(sentences, labels, strict=True) if label == "turtle")


def test_docstrings_are_cut_into_sentences_without_examples():
    text = """Return a random element of a list, please. No.

    It takes time
    to run: be patient.

    >>> these are five or more words
    """
    assert list(_of_docstring(text)) == [
        "Return a random element of a list , please .",
        "It takes time to run :",
    ]
