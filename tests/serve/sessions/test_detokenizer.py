import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurra.data.text.tokenizers import Tokenizer
from recurra.serve.sessions.detokenizer import TurnDetokenizer

TEXT = "aé 中👧 b\n a né\n"
TOKENIZERS = {kind: Tokenizer.learn(kind, [TEXT], size) for kind, size in (("char", 0), ("word", 0), ("bpe", 256))}


def _push(detokenizer, symbols):
    return "".join([detokenizer.push(int(symbol)) for symbol in symbols] + [detokenizer.close()])


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(data=st.data())
def test_turns_joined_are_the_whole(kind, data):
    tokenizer = TOKENIZERS[kind]
    symbols = data.draw(st.lists(st.integers(0, len(tokenizer) - 1), max_size=20))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(symbols)), max_size=4)))
    text, last = "", []
    for start, stop in zip([0, *cuts], [*cuts, len(symbols)], strict=True):
        turn = TurnDetokenizer(tokenizer, [], text, last)
        _push(turn, symbols[start:stop])
        text, last = text + turn.text, turn.last
    assert text == _push(TurnDetokenizer(tokenizer, [], "", []), symbols)
    assert list(last) == symbols[-3:]


def test_an_unfinished_character_is_left_to_the_next_turn():
    symbols = TOKENIZERS["bpe"].encode("a中").tolist()
    first = TurnDetokenizer(TOKENIZERS["bpe"], [], "", [])
    assert _push(first, symbols[:2]) == "a"
    assert _push(TurnDetokenizer(TOKENIZERS["bpe"], [], "a", first.last), symbols[2:]) == "中"


def test_what_may_begin_a_stop_string_is_shown_at_the_end():
    turn = TurnDetokenizer(TOKENIZERS["char"], ["é 中"], "", [])
    assert _push(turn, TOKENIZERS["char"].encode("aé ")) == turn.text == "aé "
    assert turn.cut == ""


def test_a_stop_string_is_cut_and_told():
    turn = TurnDetokenizer(TOKENIZERS["char"], [" 中"], "", [])
    for symbol in TOKENIZERS["char"].encode("aé 中").tolist():
        turn.push(symbol)
    assert turn.ended
    assert (turn.text, turn.cut) == ("aé", " 中")
