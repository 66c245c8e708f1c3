"""What of sources units are compared with."""

from recurra.explain.activations.jobs.translator import subject_of
from recurra.explain.activations.subject import recorded

PAIRS = [("ein hund 1", "a dog 1"), ("der hund 2", "the dog 2")] * 3


def test_sources_end_with_the_end(translator):
    subject = subject_of(translator, PAIRS, None, 8)
    assert subject.symbols == [["ein", "hund", "1", "⏹"], ["der", "hund", "2", "⏹"]]
    assert subject.properties["end of the sentence"][0].tolist() == [False, False, False, True]
    assert subject.properties["digit"][0].tolist() == [False, False, True, False]


def test_the_encoder_is_looked_at(translator):
    found = recorded(subject_of(translator, PAIRS, None, 6000))
    assert "h_l0_reverse" in found.values
    assert len(found.values["h_l0"]) == 6
