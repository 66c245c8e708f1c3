from recurra.explain.gradients import advice


def test_what_is_there_already_or_cannot_help_is_not_proposed():
    assert "lstm" not in advice.cures("vanishing", "LSTM", 1)
    assert "forget_bias" not in advice.cures("vanishing", "GRU", 1)
    assert "residual" not in advice.cures("vanishing", "RNN_TANH", 1)
    assert "residual" in advice.cures("vanishing", "RNN_TANH", 3)
    assert advice.cures("healthy", "RNN_TANH", 1) == []


def test_every_proposal_has_a_text():
    for word in ("healthy", "vanishing", "exploding", "saturated", "not finite"):
        for kind in ("RNN_TANH", "LSTM", "GRU", "Own"):
            assert set(advice.cures(word, kind, 2)) <= advice.TEXTS.keys()
