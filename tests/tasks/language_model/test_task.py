import math
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import recurra
from recurra import DataError, LanguageModel
from recurra.nn.cells import CELLS, Cell
from recurra.tasks.language_model.network import LanguageBatch

SMALL = {"hidden_size": 12, "num_layers": 1, "batch_size": 4, "sequence_length": 10, "epochs": 1, "threads": 1}
TEXT = "the quick brown fox jumps over the lazy dog, and rests.\n" * 30


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def lm(text) -> LanguageModel:
    return LanguageModel(**SMALL | {"epochs": 3, "learning_rate": 0.01}).fit(text, progress=False)


def _logits(lm: LanguageModel, numbers: torch.Tensor, direction: str = "forward") -> torch.Tensor:
    """Scores of each next symbol, the slow and obvious way: one sequence, torch's linear layer."""
    with torch.no_grad():
        h, _ = lm.network.hidden(numbers.unsqueeze(0), None, direction)
        return F.linear(h[:, 0], lm.network.output_weight, lm.network.bias)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_parameters_come_and_go_as_in_scikit_learn():
    lm = LanguageModel(cell="gru", hidden_size=7)
    assert LanguageModel(**lm.get_params()).get_params() == lm.get_params()
    assert lm.set_params(num_layers=3) is lm
    assert (lm.get_params()["num_layers"], lm.get_params()["cell"]) == (3, "gru")
    assert repr(lm) == "LanguageModel(cell='gru', hidden_size=7, num_layers=3)"
    with pytest.raises(DataError, match="cell: expected one of rnn, lstm, gru"):
        lm.set_params(cell="lstn")


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "rnn"},
        {"cell": "rnn", "activation": "relu", "num_layers": 3, "residual": True},
        {"cell": "gru", "variational_dropout": False, "dropout": 0.3},
        {"cell": "lstm", "layer_norm": True, "zoneout": 0.1},
        {"embedding_size": 5},
        {"embedding_size": 5, "tie_embeddings": False},
        {"tie_embeddings": False, "token_dropout": 0.2, "input_dropout": 0.2, "weight_dropout": 0.3},
        {"bidirectional": True},
        {"tokenizer": "word"},
        {"tokenizer": "bpe", "vocabulary_size": 300},
        {"optimizer": "asgd", "clip_norm": 0.0},
    ],
    ids=str,
)
def test_every_setting_trains_saves_loads_scores_and_writes(settings, text, tmp_path):
    lm = LanguageModel(**SMALL | settings).fit(text, progress=False)
    lm.save(tmp_path / "run")
    loaded = recurra.load(tmp_path / "run")
    assert loaded.get_params() == lm.get_params()
    scores = lm.evaluate(text)
    assert loaded.evaluate(text) == scores
    assert all(math.isfinite(value) for value in scores.values())
    assert loaded.generate("the", 20, seed=3) == lm.generate("the", 20, seed=3)


def test_a_cell_of_ones_own_can_be_named(text, monkeypatch):
    class Leaky(Cell):
        def forward(self, x, u, state):
            return {"h": 0.5 * state["h"] + 0.5 * torch.tanh(x["h"] + u["h"])}

    monkeypatch.setitem(CELLS, "leaky", Leaky)
    lm = LanguageModel(**SMALL | {"cell": "leaky"}).fit(text, progress=False)
    assert len(lm.generate("the", 10, seed=1)) == 10


# --- learning ---------------------------------------------------------------------------------------------------------


def test_the_loss_is_the_mean_negative_log_probability(lm):
    numbers = torch.from_numpy(lm.tokenizer.encode(TEXT[:41]))
    x, target = numbers[:-1].view(4, 10), numbers[1:].view(4, 10)
    loss, _ = lm.network.loss(LanguageBatch(x, target))
    expected = torch.stack([F.cross_entropy(_logits(lm, row), goal) for row, goal in zip(x, target, strict=True)])
    torch.testing.assert_close(loss, expected.mean())


def test_the_state_is_carried_from_batch_to_batch(lm):
    numbers = torch.from_numpy(lm.tokenizer.encode(TEXT[:41])).unsqueeze(0)
    _, state = lm.network.loss(LanguageBatch(numbers[:, :20], numbers[:, 1:21]))
    second, _ = lm.network.loss(LanguageBatch(numbers[:, 20:40], numbers[:, 21:41]), state)
    expected = F.cross_entropy(_logits(lm, numbers[0, :40])[20:], numbers[0, 21:41])
    torch.testing.assert_close(second, expected)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_some_sequences_begin_without_the_carried_state(text, cell):
    lm = LanguageModel(**SMALL | {"cell": cell, "reset_probability": 0.4}).fit(text, progress=False)
    x = torch.randint(0, len(lm.tokenizer), (200, 5))
    _, (state,) = lm.network(x)
    _, fresh = lm.network.hidden(x, None)
    _, carried = lm.network.hidden(x, state)
    lm.network.train()
    torch.manual_seed(1)
    _, after = lm.network.hidden(x, lm.network._reset(state))
    first = (lambda s: s[0][-1]) if cell == "lstm" else (lambda s: s[-1])
    begun = (first(after) == first(fresh)).all(-1)
    went_on = (first(after) == first(carried)).all(-1)
    assert torch.equal(begun, ~went_on)
    assert begun.float().mean().item() == pytest.approx(0.4, abs=0.12)
    assert lm.network.eval()._reset(state) is state


def test_tied_weights_are_one_parameter():
    network = recurra.tasks.language_model.network.LanguageNetwork(9, LanguageModel(**SMALL).config)
    assert network.output_weight is network.embedding.weight
    assert sum("embedding" in name or "decoder" in name for name, _ in network.named_parameters()) == 1


class _Largest(TorchDispatchMode):
    """Notes the size of the largest tensor that an operation gives."""

    numel = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        results = func(*args, **(kwargs or {}))
        given = [t for t in tree_leaves(results) if isinstance(t, torch.Tensor)]
        self.numel = max([self.numel, *(t.numel() for t in given)])
        return results


def test_a_large_vocabulary_never_holds_all_logits():
    network = recurra.tasks.language_model.network.LanguageNetwork(20_000, LanguageModel(**SMALL).config)
    symbols = torch.randint(0, 20_000, (8, 101))
    with _Largest() as largest:
        loss, _ = network.loss(LanguageBatch(symbols[:, :-1], symbols[:, 1:]))
        loss.backward()
    assert network.output_weight.numel() <= largest.numel <= 1 << 22 < 800 * 20_000


def test_validation_data_may_be_given(text, tmp_path):
    (tmp_path / "valid.txt").write_text("the lazy dog.\n" * 9)
    lm = LanguageModel(**SMALL)
    data = lm._prepare(text, tmp_path / "valid.txt", is_new=True).data
    assert (data.train.characters, data.valid.characters) == (len(TEXT), 14 * 9)
    data = LanguageModel(**SMALL)._prepare(text, None, is_new=True).data
    assert data.train.characters == int(len(TEXT) * 0.9)
    assert data.train.characters + data.valid.characters == len(TEXT)


def test_fitting_again_learns_the_symbols_anew(text, tmp_path):
    lm = LanguageModel(**SMALL).fit(text, progress=False)
    (tmp_path / "other.txt").write_text("机器学习很有意思。\n" * 40, encoding="utf-8")
    lm.fit(tmp_path / "other.txt", progress=False)
    assert set(lm.generate("机", 20, seed=1)) <= set("机器学习很有意思。\n")


def test_a_text_too_short_says_what_would_do(tmp_path):
    (tmp_path / "short.txt").write_text("abc")
    with pytest.raises(DataError, match="at least"):
        LanguageModel(**SMALL).fit(tmp_path / "short.txt", progress=False)
    assert not (tmp_path / "out").exists()


# --- scoring ----------------------------------------------------------------------------------------------------------


def test_carried_score_is_that_of_the_whole_text_in_one_go(lm, text):
    numbers = torch.from_numpy(lm.tokenizer.encode(TEXT))
    total = F.cross_entropy(_logits(lm, numbers[:-1]), numbers[1:])
    scores = lm.evaluate(text)
    assert scores["carried_nats_per_character"] == pytest.approx(float(total), rel=1e-5)
    assert scores["carried_bits_per_character"] == pytest.approx(float(total) / math.log(2), rel=1e-5)
    assert scores["carried_perplexity_per_token"] == pytest.approx(math.exp(total), rel=1e-4)
    assert scores["tokens"] == scores["characters"] == len(TEXT) - 1


def test_window_score_starts_each_window_afresh(lm, text):
    numbers = torch.from_numpy(lm.tokenizer.encode(TEXT))
    total = 0.0
    for start in range(0, len(numbers) - 1, 256):
        window = numbers[start : start + 257]
        total += float(F.cross_entropy(_logits(lm, window[:-1]), window[1:], reduction="sum"))
    score = lm.evaluate(text)["windows_256_nats_per_character"]
    assert score == pytest.approx(total / (len(numbers) - 1), rel=1e-5)


def test_word_scores_count_words_and_characters(text):
    lm = LanguageModel(**SMALL | {"tokenizer": "word"}).fit(text, progress=False)
    scores = lm.evaluate(text)
    assert scores["tokens"] == 30 * 12 - 1  # eleven words and the line end, but for the first word
    assert scores["characters"] == len(TEXT) - len("the")
    nats = math.log(scores["carried_perplexity_per_token"]) * scores["tokens"]
    assert scores["carried_nats_per_character"] == pytest.approx(nats / scores["characters"])


def test_unknown_symbols_are_counted(lm, tmp_path):
    (tmp_path / "new.txt").write_text("the QUICK fox")
    assert lm.evaluate(tmp_path / "new.txt")["unknown_tokens"] == 5


def test_characters_are_those_of_the_text(lm, tmp_path):
    (tmp_path / "new.txt").write_text("☃ snow", encoding="utf-8")
    scores = lm.evaluate(tmp_path / "new.txt")
    assert (scores["characters"], scores["tokens"]) == (5, 5)


@pytest.mark.parametrize("tokenizer", ["char", "word", "bpe"])
@pytest.mark.parametrize("first", ["parts", "whole"])
def test_scores_do_not_depend_on_what_was_scored_before(tokenizer, first, text, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lm = LanguageModel(**SMALL | {"tokenizer": tokenizer}).fit(text, progress=False)
    parts, whole = [tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "whole.txt"
    for path, content in zip([*parts, whole], ["the quick", "fox\njumps", "the quickfox\njumps"], strict=True):
        path.write_text(content)
    order = (parts, whole) if first == "parts" else (whole, parts)
    assert lm.evaluate(order[0]) == lm.evaluate(order[1])


def test_two_directions_are_scored_each_and_together(text):
    lm = LanguageModel(**SMALL | {"bidirectional": True}).fit(text, progress=False)
    scores = lm.evaluate(text)
    numbers = torch.from_numpy(lm.tokenizer.encode(TEXT)).flip(0)
    backward = float(F.cross_entropy(_logits(lm, numbers[:-1], "backward"), numbers[1:]))
    assert scores["backward_carried_nats_per_character"] == pytest.approx(backward, rel=1e-5)
    mean = (scores["forward_carried_nats_per_character"] + backward) / 2
    assert scores["carried_nats_per_character"] == pytest.approx(mean, rel=1e-5)
    of_text = lm.score(TEXT)
    assert of_text["backward"] == pytest.approx(-backward * (len(TEXT) - 1), rel=1e-5)
    assert set(of_text) == {"forward", "backward"}


def test_features_of_both_directions_meet_at_each_symbol(text):
    lm = LanguageModel(**SMALL | {"bidirectional": True}).fit(text, progress=False)
    features = lm.features("the fox")
    assert features.shape == (7, 24)
    # the forward half knows only what came before, the backward half only what comes after
    changed = lm.features("the fog")
    torch.testing.assert_close(changed[:6, :12], features[:6, :12])
    assert not torch.allclose(changed[:6, 12:], features[:6, 12:])
    changed = lm.features("toe fox")
    torch.testing.assert_close(changed[2:, 12:], features[2:, 12:])


def test_named_parts_can_be_chosen_and_a_wrong_one_is_named(lm):
    with pytest.raises(DataError, match="expected one of the parts train, valid, got 'test'"):
        lm.evaluate("python-docs", part="test")


# --- writing ----------------------------------------------------------------------------------------------------------


def test_writing_draws_from_the_models_own_distribution(lm):
    numbers = torch.from_numpy(lm.tokenizer.encode("the "))
    p = _logits(lm, numbers)[-1].softmax(-1)
    p[lm.tokenizer.unknown] = 0
    texts = lm.generate("the ", 1, samples=4000, seed=1)
    for symbol, expected in zip(lm.tokenizer.symbols, (p / p.sum()).tolist(), strict=True):
        assert texts.count(symbol) / 4000 == pytest.approx(expected, abs=0.03)


def test_every_further_symbol_continues_the_stream(lm):
    # at a low temperature the likeliest symbol follows: check it against a forward pass over all that is written
    text = lm.generate("the quick", 30, temperature=1e-4, seed=1)
    numbers = torch.from_numpy(lm.tokenizer.encode("the quick" + text))
    likeliest = _logits(lm, numbers[:-1]).argmax(-1)
    assert torch.equal(likeliest[8:], numbers[9:])


def test_a_seed_repeats_and_no_seed_varies(lm):
    assert lm.generate("the", 40, seed=5) == lm.generate("the", 40, seed=5)
    assert lm.generate("the", 40, seed=5) != lm.generate("the", 40, seed=6)
    assert lm.generate("the", 60) != lm.generate("the", 60)


def test_length_samples_and_streaming_agree(lm):
    texts = lm.generate("the", 25, samples=3, seed=2)
    assert [len(text) for text in texts] == [25, 25, 25]
    pieces = list(lm.stream("the", 25, 3, None, 2))
    assert ["".join(column) for column in zip(*pieces, strict=True)] == texts
    assert lm.generate("the", 0, seed=1) == ""


def test_a_stop_string_ends_the_text_before_it(lm):
    free = lm.generate("the", 200, seed=4)
    stop = free[20:23]
    assert lm.generate("the", 200, seed=4, stop=stop) == free[: free.index(stop)]
    streamed = "".join(piece for (piece,) in lm.stream("the", 200, 1, stop, 4))
    assert streamed == free[: free.index(stop)]
    assert lm.generate("the", 50, seed=4, stop="never written") == free[:50]


def test_the_unknown_symbol_is_never_written(text):
    lm = LanguageModel(**SMALL | {"tokenizer": "word", "vocabulary_size": 4}).fit(text, progress=False)
    assert "<unk>" not in lm.generate("the", 100, seed=1)


def test_a_prompt_may_be_empty_but_not_of_strange_characters(lm):
    assert len(lm.generate("", 10, seed=1)) == 10
    with pytest.raises(DataError, match="prompt: expected characters that the model knows, got 'Q' 'é'"):
        lm.generate("Qué")


@pytest.mark.parametrize("prompt", [" ", "\t", " \u3000"])
def test_spaces_alone_are_no_prompt_of_words(prompt, text):
    words = LanguageModel(tokenizer="word", hidden_size=8, epochs=1, threads=1).fit(text, progress=False)
    assert words.generate(prompt, 5, seed=0) == words.generate("", 5, seed=0)


@pytest.mark.parametrize(("share", "use"), [(0.001, "validate on"), (0.9, "learn from"), (1 - 1e-9, "learn from")])
def test_a_share_that_leaves_too_little_is_named(share, use, tmp_path):
    (tmp_path / "short.txt").write_text("hello to the world\n")
    with pytest.raises(
        DataError, match=rf"^valid_fraction: {share!r} of the text leaves too little to {use}: .*: expected"
    ):
        LanguageModel(valid_fraction=share, epochs=1, threads=1).fit(tmp_path / "short.txt", progress=False)


def test_states_of_texts_in_any_container(lm):
    expected = lm.states(["lo", "hell"])
    for texts in (
        pd.Series(["lo", "hell"], index=[1, 0]),
        pd.DataFrame({"text": ["lo", "hell"]}),
        iter(["lo", "hell"]),
    ):
        for states, same in zip(lm.states(texts), expected, strict=True):
            torch.testing.assert_close(states, same)
    assert lm.states([]) == []
    with pytest.raises(DataError, match="text 2: expected at least 1 symbol, got none in ''"):
        lm.states(["lo", ""])


def test_a_text_without_end_can_be_read_piece_by_piece(lm):
    pieces = lm.stream("the", None, seed=1)
    assert len("".join(next(pieces)[0] for _ in range(50))) == 50


def test_a_text_of_words_goes_on_with_a_space(text):
    lm = LanguageModel(**SMALL | {"tokenizer": "word"}).fit(text, progress=False)
    for samples in (None, 2):
        for made in (
            [lm.generate("the quick", 3, seed=1)] if samples is None else lm.generate("the quick", 3, samples=2)
        ):
            assert made[0].isspace()
    assert not lm.generate("the quick ", 3, seed=1)[0].isspace()
    assert lm.generate("", 3, seed=1)[0] != " "


def test_greedy_takes_the_likeliest_always(lm):
    assert lm.generate("the quick", 30, greedy=True) == lm.generate("the quick", 30, temperature=1e-4, seed=1)
    assert len(set(lm.generate("the", 20, samples=3, greedy=True))) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 0}, "samples: expected a whole number of at least 1, got 0"),
        ({"samples": 2.5}, "samples: expected a whole number of at least 1, got 2.5"),
        ({"length": -1}, "length: expected a whole number of at least 0, got -1"),
        ({"temperature": 1e-39}, "temperature: expected a number from 1e-06 to 1e.06, got 1e-39"),
        ({"temperature": True}, "temperature: expected a number from"),
        ({"greedy": "no"}, "greedy: expected True or False, got .no."),
        ({"temperature": 1e39}, "temperature: expected a number from"),
        ({"temperature": math.nan}, "temperature: expected a number from"),
        ({"top_k": -1}, "top_k: expected a whole number of at least 0, got -1"),
        ({"top_p": 0}, "top_p: expected a number from"),
        ({"prompt": ["the"]}, "prompt: expected a text, got list"),
        ({"seed": -1}, "seed: expected a whole number of at least 0, got -1"),
        (
            {"seed": 1 << 64},
            "seed: expected a whole number of at most 4,294,967,295, got 18446744073709551616",
        ),
        ({"stop": 3}, "stop: expected a text, got int"),
    ],
)
def test_what_cannot_be_written_with_is_named(arguments, message, lm):
    with pytest.raises(DataError, match=message):
        lm.generate(**{"prompt": "the", "length": 3} | arguments)


def test_unknown_symbols_of_validation_text_are_said(text, tmp_path):
    (tmp_path / "valid.txt").write_text("the QUICK fox\n" * 5)
    data = LanguageModel(**SMALL)._prepare(text, tmp_path / "valid.txt", is_new=True).data
    assert data.warnings == ["validation text: 25 of 70 symbols are unknown (35.71%), such as 'Q' 'U' 'I' 'C' 'K'"]
    data = LanguageModel(**SMALL)._prepare(text, None, is_new=True).data
    assert data.warnings == []


def test_texts_are_no_lists_of_letters(lm):
    with pytest.raises(DataError, match="states: expected a list of texts, got a text"):
        lm.states("the")
    with pytest.raises(DataError, match="text: expected a text, got list"):
        lm.score(["the"])


def test_an_unfitted_model_says_so():
    with pytest.raises(DataError, match="expected a fitted model"):
        LanguageModel().generate("the")
    with pytest.raises(DataError, match="expected a fitted model"):
        LanguageModel().save("anywhere")


def test_a_run_of_another_job_is_refused(lm, tmp_path):
    lm.save(tmp_path / "run")
    config = tmp_path / "run" / "config.json"
    config.write_text(config.read_text().replace("language-model", "astrologer"))
    with pytest.raises(DataError, match=r"expected a run of language-model, classifier, .*got one of 'astrologer'"):
        recurra.load(tmp_path / "run")


def test_saving_over_a_run_is_refused(lm, tmp_path):
    lm.save(tmp_path / "run")
    with pytest.raises(DataError, match="holds a run"):
        lm.save(tmp_path / "run")
    lm.save(tmp_path / "run", overwrite=True)


def test_a_text_that_is_too_short_is_named(tmp_path):
    short, long = tmp_path / "short.txt", tmp_path / "long.txt"
    short.write_text("a")
    long.write_text("to be or not to be\n" * 20)
    lm = LanguageModel(hidden_size=4, epochs=1, threads=1, batch_size=2)
    with pytest.raises(DataError, match=rf"{long}: expected a text of at least 2000 symbols for 1000 streams, got"):
        LanguageModel(batch_size=1000).fit(long, progress=False)
    with pytest.raises(DataError, match=rf"{short}: expected a text of at least 2 symbols, got 1$"):
        lm.fit(long, valid=short, progress=False)
    lm.fit(long, progress=False)
    with pytest.raises(DataError, match=rf"^{short}: expected a text of at least 2 symbols, got 1$"):
        lm.evaluate(short)
