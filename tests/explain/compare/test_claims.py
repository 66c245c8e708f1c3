import pytest

from recurra.explain.compare import claims

CHANCE = 1 / 6


@pytest.fixture
def said(trained):
    """What is said of results, given as {network: {length: loss}}."""

    def say(losses, **more):
        results = [
            trained(network, length, loss, **more.get(network, {}))
            for network, of_length in losses.items()
            for length, loss in of_length.items()
        ]
        lengths = sorted({result.length for result in results})
        return claims.sentences(list(losses), lengths, results)

    return say


def test_an_mlp_without_memory_is_shown_only_where_another_network_has_one(said):
    shown = said({"mlp": {50: 0.166}, "gru": {50: 0.001}})[0]
    assert shown == (
        "Shown: mlp has no memory. At length 50 its loss is 0.166, that of chance 0.167; gru reaches 0.001."
    )
    assert said({"mlp": {50: 0.166}, "gru": {50: 0.166}})[0].startswith("Not shown: that mlp has no memory.")
    assert said({"mlp": {50: 0.01}, "gru": {50: 0.001}})[0].startswith("Not shown: that mlp has no memory.")
    assert "no length is beyond the 10 steps" in said({"mlp": {5: 0.01}})[0]


def test_a_plain_network_forgets_from_a_length_on(said):
    assert said({"rnn": {10: 0.001, 50: 0.16}}) == ["Shown: rnn forgets. It learns at length 10, and not from 50 on."]
    assert said({"rnn": {10: 0.001, 50: 0.002}})[0].startswith("Not shown: that rnn forgets; it learns at every")
    assert said({"rnn": {10: 0.16}})[0].startswith("Not shown: rnn forgets. It learns at no length")
    assert said({"rnn": {10: 0.11, 50: 0.16}})[0].startswith("Not clear")


def test_gates_remember_where_they_learn_at_every_length(said):
    assert said({"lstm": {10: 0.001, 50: 0.01}}) == ["Shown: lstm remembers; it learns at every length, up to 50."]
    assert said({"bigru": {10: 0.001, 50: 0.16}})[0].startswith("Not shown: that bigru remembers over 50 steps")


def test_a_gru_is_cheaper_where_its_step_takes_less_time(said):
    losses = {"lstm": {10: 0.001}, "gru": {10: 0.001}}
    quick, slow = {"seconds": 7.0, "parameters": 750}, {"seconds": 12.0, "parameters": 750}
    assert said(losses, gru=quick)[-1] == (
        "Shown: gru is cheaper; at length 10 a step of gru takes 0.70 times as long as one of lstm, with 0.75 times as "
        "many parameters."
    )
    assert said(losses, gru=slow)[-1].startswith(
        "Not shown: that gru is cheaper; at length 10 a step of gru takes 1.20"
    )


def test_two_directions_see_more_where_they_lose_less(said):
    assert said({"gru": {10: 0.1}, "bigru": {10: 0.01}})[-1].startswith("Shown: two directions see more. At length 10")
    assert said({"gru": {10: 0.01}, "bigru": {10: 0.01}})[-1].startswith("Not shown: that two directions see more")
    assert not any("two directions" in sentence for sentence in said({"bigru": {10: 0.01}}))


def test_clipping_is_judged_where_gradients_exploded(said, trained):
    shown = claims.sentences(
        ["rnn", "rnn+clip"], [50], [trained("rnn", 50, 0.3, norm=1e4), trained("rnn+clip", 50, 0.02)]
    )
    assert shown[-1] == (
        "Shown: clipping stops an explosion. At length 50 rnn had gradients of norm 1e+04 and ended at a loss of 0.3; "
        "rnn+clip ended at 0.02."
    )
    diverged = claims.sentences(
        ["rnn", "rnn+clip"], [50], [trained("rnn", 50, None, diverged="step 3: ..."), trained("rnn+clip", 50, 0.02)]
    )
    assert "rnn diverged and ended at a loss of none" in diverged[-1]
    calm = said({"rnn": {50: 0.3}, "rnn+clip": {50: 0.02}})[-1]
    assert calm.startswith("Not shown: that clipping stops an explosion; the gradients of rnn reached a norm of 1,")


def test_a_verdict_names_what_each_network_solved(trained):
    results = [trained("rnn", 10, 0.0001), trained("rnn", 50, 0.1), trained("gru", 10, 0.5), trained("gru", 50, 0.5)]
    verdict = claims.verdict("adding", ["rnn", "gru"], [10, 50], results)
    assert verdict == "adding, lengths 10, 50: rnn solved 10; gru solved no length."
