"""Translators on numbers written backwards: decoding held to the network's own probabilities, files, every setting."""

import itertools
import json

import numpy as np
import pytest
import torch

import recurra
from recurra import DataError, Translator
from recurra.data.pairs.sentence_pairs import pairs_of
from recurra.metrics import translation as translation_scores
from recurra.nn.beam_search import beam_search
from recurra.tasks.translation.data import EncodedPairs, batch_of
from recurra.tasks.translation.decoder_state import reorder_state

SMALL = {
    "tokenizer": "char",
    "hidden_size": 32,
    "embedding_size": 16,
    "epochs": 14,
    "threads": 1,
    "learning_rate": 0.02,
    "batch_tokens": 300,
    "average_decay": 0.9,
    "dropout": 0.0,
    "token_dropout": 0.0,
    "warmup_steps": 10,
}
WORDS = {"eins": "one", "zwei": "two", "drei": "three", "vier": "four", "fünf": "five"}


def backwards(count=600, seed=1, longest=5):
    random = np.random.default_rng(seed)
    texts = ["".join(map(str, random.integers(4, size=random.integers(1, longest + 1)))) for _ in range(count)]
    return texts, [text[::-1] for text in texts]


def sentences(count=300, seed=1):
    random = np.random.default_rng(seed)
    sources = [" ".join(random.choice(list(WORDS), random.integers(1, 4))) for _ in range(count)]
    return sources, [" ".join(WORDS[word] for word in text.split()) for text in sources]


@pytest.fixture(scope="module")
def trained():
    return Translator(**SMALL | {"learning_rate": 0.01, "batch_tokens": 150}).fit(*backwards(), progress=False)


@pytest.mark.parametrize("precision", ["int8", "bf16"])
def test_in_fewer_bits_all_layers_decode_so(trained, tmp_path, monkeypatch, precision):
    trained.save(tmp_path / "run")
    reduced = recurra.load(tmp_path / "run").reduce_precision(precision)
    types = set()
    step = type(reduced.network).step

    def spy(network, symbols, state, weights):
        types.update(stack.dtype for stack in weights)
        return step(network, symbols, state, weights)

    monkeypatch.setattr(type(reduced.network), "step", spy)
    texts, _ = backwards(20, seed=2)
    same = np.mean([a == b for a, b in zip(reduced.translate(texts), trained.translate(texts), strict=True)])
    assert types == {{"int8": torch.int8, "bf16": torch.bfloat16}[precision], torch.float32}  # of each translator
    assert same > 0.8


def test_it_learns(trained):
    texts, right = backwards(100, seed=2)
    assert np.mean([a == b for a, b in zip(trained.translate(texts), right, strict=True)]) > 0.9
    assert trained.translate("012") == "210"
    assert trained.translate(["", "30", " "]) == ["", "03", ""]
    scores = trained.evaluate(pairs_of(texts, right))
    assert scores["exact"] > 0.9
    assert scores["chrf"] > 90
    assert scores["perplexity_per_token"] < 1.3
    assert scores["bleu_signature"].startswith("nrefs:1|case:mixed|eff:no|tok:13a")
    assert scores["pairs"] == 100
    assert scores["symbols"] == sum(map(len, right)) + 100


@pytest.mark.parametrize(
    "settings",
    [
        {"attention": "additive", "cell": "lstm"},
        {"attention": "dot", "num_layers": 2, "residual": True, "conditional_decoder": False},
        {"attention": "none", "epochs": 45},
        {"input_feeding": True, "epochs": 12},
        {"cell": "rnn", "learning_rate": 0.005, "epochs": 25},
        {"share_vocabulary": False, "tie_embeddings": False, "variational_dropout": False, "dropout": 0.05},
        {"scheduled_sampling": 0.3, "label_smoothing": 0.0, "lowercase": True},
    ],
    ids=str,
)
def test_every_setting_learns(settings):
    texts, right = backwards(100, seed=2, longest=3)
    made = Translator(**SMALL | settings).fit(*backwards(longest=3), progress=False)
    best, greedy = made.translate(texts), made.translate(texts, beam_size=1)
    assert np.mean([a == b for a, b in zip(best, right, strict=True)]) > 0.7
    assert np.mean([a == b for a, b in zip(greedy, right, strict=True)]) > 0.6


@pytest.mark.parametrize("tokenizer", ["word", "bpe"])
def test_words_are_translated_and_looked_up(tokenizer, tmp_path):
    settings = SMALL | {
        "tokenizer": tokenizer,
        "vocabulary_size": 300 if tokenizer == "bpe" else 0,
        "hidden_size": 64,
        "embedding_size": 32,
        "learning_rate": 0.01,
        "epochs": 20,
        "batch_tokens": 60,
    }
    made = Translator(**settings).fit(*sentences(600), progress=False)
    texts, right = sentences(40, seed=2)
    assert np.mean([a == b for a, b in zip(made.translate(texts), right, strict=True)]) > 0.8
    (found,) = made.describe(["drei vier eins"], n_best=3, with_alignment=True)
    assert found["source"] == "drei vier eins"
    assert len(found["translations"]) == 3
    scores = [one["score"] for one in found["translations"]]
    assert scores == sorted(scores, reverse=True)
    best = found["translations"][0]
    assert best["text"] == "three four one"
    assert np.asarray(best["attention"]).shape == (3, 3)
    assert [row for _, row in best["alignment"]] == [0, 1, 2]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"conditional_decoder": False, "input_feeding": True, "cell": "lstm"},
        {"attention": "none", "num_layers": 2},
        {"num_layers": 2, "cell": "lstm"},
        {"input_feeding": True, "attention": "additive"},
    ],
)
def test_steps_are_those_of_whole_translations(settings):
    made = Translator(**SMALL | {"epochs": 1} | settings).fit(*backwards(60), progress=False)
    network = made.network.eval()
    encoded = EncodedPairs(made.encode(["0123", "12", "3"], 0), made.encode(["3210", "20", "1"], 1))
    batch = batch_of(encoded, np.arange(3), made.ends)
    given, lengths = batch.inputs.target, batch.lengths
    with torch.inference_mode():
        start = network.encode(batch.inputs.source, batch.inputs.source_lengths)
        scores, _ = network(batch.inputs, lengths)
        _, weights, _ = network.decode(given, lengths, start)
        for packed in (None, network.pack()):
            state = start
            for t in range(given.shape[1]):
                stepped, state = network.step(given[:, t], state, packed)
                alive = lengths > t
                torch.testing.assert_close(stepped[alive], scores[alive, t], atol=1e-4, rtol=1e-4)
    if weights is not None:
        torch.testing.assert_close(weights.sum(-1), torch.ones(3, given.shape[1]))
        assert (weights[2, :, 2:] == 0).all()  # one symbol and the end


def test_bleu_counts_the_tokens_that_are_asked_for():
    said, right = ["it 's a dog ."], ["it 's a dog."]
    assert translation_scores.score(said, right)["bleu"] == pytest.approx(100)
    scores = translation_scores.score(said, right, tokens="none")
    assert scores["bleu"] < 90
    assert "tok:none" in scores["bleu_signature"]


def test_probabilities_are_those_of_the_network(trained):
    """What the search says of a translation is what the network gives when it is told that translation."""
    texts = ["0123", "22", "1"]
    for text, found in zip(texts, trained.describe(texts, beam_size=4, n_best=4), strict=True):
        for one in found["translations"]:
            nats, symbols = trained._nats(trained.network.eval(), pairs_of([text], [one["text"]]))
            assert one["log_probability"] == pytest.approx(-nats, abs=1e-3)
            assert one["score"] == pytest.approx(-nats / symbols**trained.config.length_penalty, abs=1e-3)


def test_results_do_not_hang_on_the_batch(trained, monkeypatch):
    texts, _ = backwards(40, seed=5)
    together = trained.translate(texts, beam_size=3)
    assert trained.translate(texts[::-1], beam_size=3) == together[::-1]
    monkeypatch.setattr("recurra.tasks.translation.search.SYMBOLS_AT_ONCE", 10)
    assert trained.translate(texts, beam_size=3) == together


def test_a_smoothed_loss_is_the_cross_entropy_with_smoothed_targets():
    made = Translator(**SMALL | {"epochs": 1, "label_smoothing": 0.2}).fit(*backwards(60), progress=False)
    network = made.network.train()
    encoded = EncodedPairs(made.encode(["0123", "12"], 0), made.encode(["3210", "20"], 1))
    batch = batch_of(encoded, np.arange(2), made.ends)
    loss, _ = network.loss(batch)
    logits, _ = network(batch.inputs, batch.lengths)
    scores = logits[torch.arange(5) < batch.lengths.unsqueeze(-1)]
    targets = torch.cat([batch.targets[0], batch.targets[1, :3]])
    expected = torch.nn.functional.cross_entropy(scores, targets, label_smoothing=0.2)
    torch.testing.assert_close(loss, expected)


def test_a_run_is_loaded_and_goes_on(tmp_path, trained, monkeypatch):
    texts, right = backwards()
    trained.save(tmp_path / "saved")
    assert recurra.load(tmp_path / "saved").translate(texts[:50]) == trained.translate(texts[:50])
    (tmp_path / "train.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in zip(texts, right, strict=True)))
    settings = SMALL | {"epochs": 4, "scheduled_sampling": 0.2, "dropout": 0.1}
    Translator(**settings).fit(tmp_path / "train.tsv", out=tmp_path / "whole", progress=False)
    evaluations, nats = itertools.count(), Translator._nats

    def interrupted(*given):
        if next(evaluations) == 1:
            raise KeyboardInterrupt
        return nats(*given)

    monkeypatch.setattr(Translator, "_nats", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Translator(**settings).fit(tmp_path / "train.tsv", out=tmp_path / "part", progress=False)
    recurra.resume(tmp_path / "part", progress=False)
    whole, again = (recurra.load(tmp_path / name) for name in ("whole", "part"))
    for one, other in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_two_files_to_learn_from_and_two_to_validate_on(tmp_path):
    names = [tmp_path / f"{part}.{side}" for part in ("train", "val") for side in ("de", "en")]
    for name, texts in zip(names, (*backwards(60), *backwards(5, seed=2)), strict=True):
        name.write_text("".join(f"{text}\n" for text in texts))
    train, valid = tuple(names[:2]), tuple(map(str, names[2:]))
    Translator(**SMALL | {"epochs": 1}).fit(train, valid=valid, out=tmp_path / "run", progress=False)
    records = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert {"valid_bleu", "valid_chrf", "valid_exact", "valid_nats_per_token"} <= set(json.loads(records[-1]))
    recurra.resume(tmp_path / "run", progress=False)  # it is done already, and finds its four files again


def test_pairs_that_teach_nothing_are_counted(tmp_path):
    texts, right = backwards(30)
    made = Translator(**SMALL | {"epochs": 1, "max_length": 20, "max_ratio": 3})
    data = made._prepare(
        pairs_of([*texts, "", "1", "0" * 30, "12", " "], [*right, "1", "", "0" * 30, "1" * 8, "2"]),
        pairs_of(["1"], ["1"]),
        is_new=True,
    ).data
    assert len(data.train) == 30
    assert data.warnings == [
        "left out 3 pairs with an empty side, the first at pair 31",
        "left out 1 pair of more than 20 symbols, the first at pair 33",
        "left out 1 pair of which one side has over 3 times the symbols, the first at pair 34",
    ]
    with pytest.raises(DataError, match="expected sentence pairs to learn from, got none; left out 2 pairs"):
        Translator(**SMALL).fit(["", "a"], ["b", ""], valid=(["a"], ["b"]), progress=False)


WHITE = ["\u3000", " ", "\xa0", "\x1c", "\x85", "\t", "\u2028", "\n", ""]


@pytest.mark.parametrize("tokenizer", ["char", "word", "bpe"])
def test_alignment_counts_the_words_that_are_there(tokenizer):
    settings = SMALL | {"tokenizer": tokenizer, "vocabulary_size": 270 if tokenizer == "bpe" else 0, "epochs": 2}
    made = Translator(**settings).fit(*sentences(100), progress=False)
    random = np.random.default_rng(3)
    texts = ["".join(random.choice([*WORDS, "é中", "a", *WHITE], 9)) for _ in range(100)]
    for text, found in zip(texts, made.describe(texts, with_alignment=True, beam_size=1), strict=True):
        best = found["translations"][0]
        source, target = text.split(), best["text"].split()
        assert np.asarray(best["attention"]).shape == ((len(target), len(source)) if target else (0,))
        assert all(0 <= a < len(source) and 0 <= b < len(target) for a, b in best["alignment"])


def test_alignments_do_not_hang_on_the_batch(trained, monkeypatch):
    texts, _ = backwards(20, seed=5)
    together = trained.describe([*texts, ""], with_alignment=True, n_best=2)
    for text, found in zip(texts, together, strict=False):
        (alone,) = trained.describe([text], with_alignment=True, n_best=2)
        for one, other in zip(found["translations"], alone["translations"], strict=True):
            np.testing.assert_allclose(one["attention"], other["attention"], atol=1e-5)
            assert one["alignment"] == other["alignment"]
    assert together[-1]["translations"][0]["alignment"] == []
    assert trained.describe([], with_alignment=True) == []


def test_a_text_is_one_sentence(trained):
    assert trained.describe("012") == trained.describe(["012"])
    assert trained.translate("012") == trained.translate(["012"])[0]
    for texts in (3, b"012", ["012", None]):
        with pytest.raises(DataError, match="texts: expected"):
            trained.translate(texts)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_counts_are_checked(trained, value):
    with pytest.raises(DataError, match="beam_size: expected a whole number of at least 1, got"):
        trained.translate("012", beam_size=value)
    with pytest.raises(DataError, match="beam_size: expected a whole number of at least 1, got"):
        trained.describe("012", beam_size=value)
    with pytest.raises(DataError, match="n_best: expected a whole number of at least 1, got"):
        trained.describe("012", n_best=value)
    assert trained.translate("012", beam_size=np.int64(2)) == "210"


def test_pairs_are_given_alike_to_fit_and_evaluate(trained, tmp_path):
    texts, right = backwards(10, seed=7)
    scores = trained.evaluate(pairs_of(texts, right))
    for name, side in (("a.src", texts), ("a.tgt", right)):
        (tmp_path / name).write_text("".join(f"{text}\n" for text in side))
    files = str(tmp_path / "a.src"), str(tmp_path / "a.tgt")
    assert trained.evaluate(texts, right) == trained.evaluate((texts, right)) == scores
    assert trained.evaluate(files) == trained.evaluate(*files) == scores
    Translator(**SMALL | {"epochs": 1}).fit((texts, right), valid=[texts, right], progress=False)
    Translator(**SMALL | {"epochs": 1}).fit(*files, valid=files, progress=False)


def test_one_pair_is_enough(tmp_path):
    (tmp_path / "one.tsv").write_text("12\t21\n")
    made = Translator(**SMALL | {"epochs": 2}).fit(tmp_path / "one.tsv", progress=False)
    assert isinstance(made.translate("12"), str)
    with pytest.raises(DataError, match="expected sentence pairs to learn from, got none"):
        Translator(**SMALL).fit([], [], progress=False)
    with pytest.raises(DataError, match="expected sentence pairs to score, got none"):
        made.evaluate([], [])


def test_the_direction_of_a_file_is_a_setting(tmp_path):
    (tmp_path / "a.tsv").write_text("eins\tone\nzwei\ttwo\n")
    made = Translator(
        **SMALL
        | {"epochs": 1, "reverse": True, "tokenizer": "word", "share_vocabulary": False, "tie_embeddings": False}
    )
    made.fit(tmp_path / "a.tsv", valid=tmp_path / "a.tsv", progress=False)
    assert set(made.tokenizers_[0].symbols) == {"<unk>", "one", "two"}


def test_unknown_symbols_of_validation_pairs_are_said():
    made = Translator(**SMALL | {"epochs": 1, "tokenizer": "word"})
    data = made._prepare((["eins zwei"] * 5, ["one two"] * 5), (["eins drei vier"], ["one two"]), is_new=True).data
    assert data.warnings == ["sources to validate on: 2 of 3 symbols are unknown (66.67%), such as 'drei' 'vier'"]


def test_wrong_use_is_told(trained):
    with pytest.raises(DataError, match="expected a fitted model"):
        Translator().translate("a")
    with pytest.raises(DataError, match="hidden_size: expected an even number above 0, got 3"):
        Translator(hidden_size=3)
    with pytest.raises(DataError, match="attention: expected one of"):
        Translator(attention="cosine")
    plain = Translator(**SMALL | {"epochs": 1, "attention": "none"}).fit(*backwards(40), progress=False)
    with pytest.raises(DataError, match="alignment: expected a translator with attention, got one without"):
        plain.describe(["1"], with_alignment=True)


def test_the_search_is_the_one_of_the_decoding_floor(trained):
    network = trained.network.eval()
    (number,) = trained.encode(["0123"], 0)
    source = torch.from_numpy(np.append(number, trained.ends[0])).unsqueeze(0)
    with torch.inference_mode():
        start = network.encode(source, torch.tensor([source.shape[1]]))
        first = torch.tensor([network.end])
        (found,) = beam_search(
            network.step, reorder_state, start, first, network.end, beam_size=4, max_length=30, length_penalty=0.5
        )
    (described,) = trained.describe(["0123"], beam_size=4, n_best=4)
    assert [trained.text_of(one) for one in found] == [one["text"] for one in described["translations"]]


def test_translations_begin_with_a_prefix(trained):
    assert trained.translate("012", prefix="2") == "210"
    assert trained.translate(["012", ""], prefix="33")[0].startswith("33")
    assert trained.translate(["012", ""], prefix="33")[1] == ""
    (hypotheses,) = trained.hypotheses(["012"], prefix="3", beam_size=4)
    assert all(trained.text_of(one)[0] == "3" for one in hypotheses)
    nats, symbols = trained._nats(trained.network, pairs_of(["012"], [trained.text_of(hypotheses[0])]))
    assert hypotheses[0].log_probability == pytest.approx(-nats, abs=1e-4)
    assert symbols == len(hypotheses[0].symbols) + 1


def test_what_a_translation_may_begin_with_is_bounded(trained):
    long = "0" * (trained.config.max_length - 1)
    assert trained.translate("012", prefix=long).startswith(long)
    with pytest.raises(DataError, match="prefix: expected at most 199 symbols, got 200"):
        trained.translate("012", prefix=long + "0")
    with pytest.raises(DataError, match="with_beam: beam_size: expected a whole number of at most 100, got 101"):
        trained.describe("012", with_beam=True, beam_size=101)
    with pytest.raises(DataError, match="top_tokens: expected a whole number of at most 100, got 101"):
        trained.describe("012", top_tokens=101)


def test_one_pair_is_too_few_to_hold_some_out():
    note = "1 pair is too few to hold some out: training loss chooses the weights"
    for count in (1, 2):
        pairs = (["eins", "zwei"][:count], ["one", "two"][:count])
        assert (note in Translator(hidden_size=4, epochs=1)._prepare(pairs, None, is_new=True).data.warnings) == (
            count == 1
        )


def test_a_text_of_any_length_is_not_translated(trained, tmp_path):
    with pytest.raises(
        DataError, match=r"^texts: number 2: expected a text of at most 100,000 characters, got 100,001$"
    ):
        trained.translate(["0", "0" * 100_001])
    (tmp_path / "a.tsv").write_text(f"0\t0\n{'0' * 100_001}\t0\n")
    with pytest.raises(DataError, match=r"a.tsv:2: expected a text of at most 100,000 characters, got 100,001$"):
        trained.evaluate(tmp_path / "a.tsv")
