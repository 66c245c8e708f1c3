"""Taggers on a small language that can be learnt: a label hangs on the word, its spelling and what is around it."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch

import recurra
from recurra import DataError, Tagger
from recurra.data.sentences import schemes
from recurra.data.sentences.notation import Notation
from recurra.data.sentences.sentences import Sentences, sentences_of
from recurra.tasks.tagging.data import TaggerDataModule

SMALL = {
    "hidden_size": 12,
    "word_embedding_size": 8,
    "character_embedding_size": 8,
    "affix_embedding_size": 4,
    "epochs": 12,
    "batch_size": 8,
    "threads": 1,
    "warmup_steps": 0,
    "learning_rate": 0.02,
    "dropout": 0.1,
}


def language(count: int = 120, seed: int = 1) -> Sentences:
    """Names of two words, Ann Lee; places after "in"; capitals and what stands before tell which."""
    random = np.random.default_rng(seed)
    words, chunks, parts = [], [], []
    for _ in range(count):
        sentence, labels, pos = [], [], []
        for _ in range(random.integers(1, 4)):
            choice = random.integers(3)
            if choice == 0:
                sentence += [random.choice(["Ann", "Bob", "Eve"]), random.choice(["Lee", "Ray"])]
                labels, pos = [*labels, "B-PER", "I-PER"], [*pos, "NAME", "NAME"]
            elif choice == 1:
                sentence += ["in", random.choice(["Rome", "Bonn", "Oslo"])]
                labels, pos = [*labels, "O", "B-LOC"], [*pos, "PREP", "NAME"]
            else:
                sentence += [random.choice(["went", "slept"]), str(random.integers(1000))]
                labels, pos = [*labels, "O", "O"], [*pos, "VERB", "NUM"]
        words.append([str(word) for word in sentence])
        chunks.append(labels)
        parts.append(pos)
    return Sentences(words, {"chunk": chunks, "pos": parts})


def one_column(sentences: Sentences, name: str = "chunk") -> tuple[list[list[str]], list[list[str]]]:
    return sentences.words, sentences.labels[name]


@pytest.fixture(scope="module")
def trained():
    return Tagger(**SMALL).fit(*one_column(language()), progress=False)


def test_it_learns_and_says_how_sure_it_is(trained):
    words = ["Eve", "Ray", "slept", "77", "in", "Bonn"]
    labels = ["B-PER", "I-PER", "O", "O", "O", "B-LOC"]
    assert trained.tag(words) == labels
    assert trained.tag([words, ["in", "Oslo"], []]) == [labels, ["O", "B-LOC"], []]
    scores = trained.evaluate(sentences_of(*one_column(language(seed=2))))
    assert scores["f1"] > 0.95
    (described,) = trained.describe([words])
    assert described["labels"] == labels
    assert [(s["type"], s["start"], s["end"], s["text"]) for s in described["spans"]] == [
        ("PER", 0, 2, "Eve Ray"),
        ("LOC", 5, 6, "Bonn"),
    ]
    assert all(0.5 < p <= 1 for p in [*described["probabilities"], *(s["probability"] for s in described["spans"])])
    assert described["spans"][0]["probability"] <= min(described["probabilities"][:2]) + 1e-5


@pytest.mark.parametrize(
    "settings",
    [
        {"crf": False},
        {"cell": "gru", "num_layers": 2},
        {"cell": "rnn", "char_encoder": "cnn", "learning_rate": 0.01},
        {"char_encoder": "none", "variational_dropout": False},
        {"word_embedding_size": 0, "capital_embedding_size": 0},
        {"lm_loss_weight": 0.1, "cell": "gru"},
        {"affix_embedding_size": 0, "lowercase": False, "min_count": 2, "token_dropout": 0.2},
    ],
    ids=str,
)
def test_every_setting_learns(settings):
    tagger = Tagger(**SMALL | settings).fit(*one_column(language()), progress=False)
    assert tagger.evaluate(sentences_of(*one_column(language(seed=2))))["f1"] > 0.8
    (described,) = tagger.describe([["Ann", "Lee", "in", "Rome"]])
    assert all(0 <= p <= 1 for p in described["probabilities"])
    assert {span["text"] for span in described["spans"]} <= {"Ann Lee", "Rome", "Ann", "Lee", "Lee in Rome"}


def test_several_columns_from_one_network(tmp_path):
    train = language()
    tagger = Tagger(**SMALL).fit(train, progress=False, out=tmp_path / "run")
    found = tagger.tag(["Ann", "Lee", "slept", "5"])
    assert found == {"chunk": ["B-PER", "I-PER", "O", "O"], "pos": ["NAME", "NAME", "VERB", "NUM"]}
    scores = tagger.evaluate(language(seed=2))
    assert scores["chunk"]["f1"] > 0.9
    assert scores["pos"]["accuracy"] > 0.9
    (described,) = tagger.describe([["Ann", "Lee"]])
    assert set(described) == {"words", "unknown", "columns"}
    assert "spans" in described["columns"]["chunk"]
    assert "spans" not in described["columns"]["pos"]
    records = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"valid_chunk_f1", "valid_pos_accuracy", "valid_error"} <= set(records[-1])
    with pytest.raises(DataError, match="expected labels of pos, got chunk"):
        tagger.evaluate(sentences_of(train.words, {"chunk": train.labels["chunk"]}))


def test_vectors_of_words_are_started_from(tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_text("2 3\nAnn 1 2 3\nZebra 4 5 -6\n")
    words, labels = one_column(language(40))
    tagger = Tagger(**SMALL | {"epochs": 1, "learning_rate": 1e-9, "vectors": str(file)})
    tagger.fit(words, labels, progress=False)
    assert tagger.config.word_embedding_size == 3
    known = tagger.lexicon_.words
    own = tagger.network.words.weight[[known.index("ann"), known.index("zebra")]].detach()
    torch.testing.assert_close(own / own[0, 0], torch.tensor([[1.0, 2, 3], [4, 5, -6]]), rtol=1e-4, atol=1e-4)
    tagger.save(tmp_path / "run")
    assert recurra.load(tmp_path / "run").tag([["Zebra"]]) == tagger.tag([["Zebra"]])
    file.write_text("Ann 2\n")  # one number has no deviation
    tagger.fit(words, labels, progress=False)
    assert float(tagger.network.words.weight[tagger.lexicon_.words.index("ann")].detach()) == pytest.approx(2.0)


def test_a_sentence_always_has_labels_that_are_allowed():
    tagger = Tagger(**SMALL | {"epochs": 1}).fit([["a", "b"]] * 4, [["B-X", "I-X"]] * 4, progress=False)
    (described,) = tagger.describe([["a"]])
    assert described["labels"] == ["O"]
    assert described["probabilities"] == [pytest.approx(1.0)]


def test_right_labels_may_be_in_another_scheme(trained):
    words, labels = one_column(language(20, seed=3))
    expected = trained.evaluate(sentences_of(words, labels))
    assert trained.evaluate(sentences_of(words, [schemes.convert(one, "BIOES") for one in labels])) == expected


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES", "BILOU"])
def test_labels_come_back_in_their_scheme_and_never_break_it(scheme):
    words, labels = one_column(language(40))
    labels = [schemes.convert(own, scheme) for own in labels]
    tagger = Tagger(**SMALL | {"epochs": 1}).fit(words, labels, progress=False)
    random = np.random.default_rng(3)
    shuffled = [list(random.permutation(list(itertools.chain(*words[i : i + 3])))) for i in range(30)]
    for found in tagger.tag(shuffled):
        assert schemes.convert(found, scheme) == found


def test_a_run_is_loaded_and_goes_on(tmp_path, trained, monkeypatch):
    words, labels = one_column(language())
    trained.save(tmp_path / "saved")
    loaded = recurra.load(tmp_path / "saved")
    assert loaded.tag(words) == trained.tag(words)
    for one, other in zip(loaded.describe(words[:5]), trained.describe(words[:5]), strict=True):
        assert one == other
    lines = ["\n".join(f"{w} {y}" for w, y in zip(ws, ys, strict=True)) for ws, ys in zip(words, labels, strict=True)]
    file = tmp_path / "train.conll"
    file.write_text("\n\n".join(lines))
    Tagger(**SMALL | {"epochs": 4}).fit(str(file), out=tmp_path / "whole", progress=False)
    part = Tagger(**SMALL | {"epochs": 4})
    evaluations = itertools.count()
    compare = Tagger._compare

    def interrupted(*given):
        if next(evaluations) == 1:
            raise KeyboardInterrupt
        return compare(*given)

    monkeypatch.setattr(Tagger, "_compare", interrupted)
    with pytest.raises(KeyboardInterrupt):
        part.fit(str(file), out=tmp_path / "part", progress=False)
    recurra.resume(tmp_path / "part", progress=False)
    whole, again = (recurra.load(tmp_path / name) for name in ("whole", "part"))
    for one, other in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)
    file.write_text("\n\n".join(lines[1:]))
    with pytest.raises(DataError, match=r"expected the data that .* was begun with"):
        recurra.resume(tmp_path / "part", progress=False)


def test_sentences_of_one_word_and_of_thousands(trained):
    words = ["Ann", "Lee", "in", "Rome"] * 1250
    found = trained.tag([words, ["Rome"], ["in", "Rome"]])
    assert [len(labels) for labels in found] == [5000, 1, 2]
    assert found[2] == ["O", "B-LOC"]
    assert found[0][:4] == ["B-PER", "I-PER", "O", "B-LOC"]


def test_errors_are_listed(trained):
    words, labels = one_column(language(5, seed=4))
    labels[0] = ["O"] * len(labels[0])
    labels[0][0] = "B-LOC"
    found = trained.errors(sentences_of(words, labels))
    assert found
    assert {error["column"] for error in found} == {"label"}
    assert all(error["sentence"].startswith("sentence ") for error in found)


def test_wrong_use_is_told():
    words, labels = one_column(language(30))
    with pytest.raises(DataError, match="expected a fitted model"):
        Tagger().tag(["a"])
    with pytest.raises(DataError, match="sentence 1: expected words with labels to learn from, got words alone"):
        Tagger(**SMALL).fit(sentences_of(words), progress=False)
    with pytest.raises(DataError, match="word_embedding_size: expected something to read of a word"):
        Tagger(word_embedding_size=0, affix_embedding_size=0, capital_embedding_size=0, char_encoder="none")
    with pytest.raises(DataError, match="cell: expected one of"):
        Tagger(cell="lstn")
    tagger = Tagger(**SMALL | {"epochs": 1}).fit(words, labels, valid=(words[:5], labels[:5]), progress=False)
    with pytest.raises(DataError, match="expected labels of label, got none"):
        tagger.evaluate(sentences_of(words))


def test_sentences_without_words_are_passed_over():
    words, labels = one_column(language(30))
    quick = SMALL | {"epochs": 1}
    expected = Tagger(**quick).fit(words, labels, progress=False).tag(words)
    tagger = Tagger(**quick).fit([[], *words, []], [[], *labels, []], progress=False)
    assert tagger.tag([[], *words]) == [[], *expected]
    assert tagger.evaluate(sentences_of([[], *words], [[], *labels])) == tagger.evaluate(sentences_of(words, labels))
    assert tagger.evaluate(sentences_of([[]], [[]]))["spans"] == 0
    with pytest.raises(DataError, match="sentence 1: expected sentences with words, got none"):
        Tagger(**quick).fit([[], []], [[], []], progress=False)
    with pytest.raises(DataError, match="data: expected sentences with words, got none"):
        Tagger(**quick).fit([], [], progress=False)


def test_one_sentence_is_enough(capsys):
    tagger = Tagger(**SMALL).fit([["Ann", "slept"]], [["B-PER", "O"]], progress=False)
    assert tagger.tag(["Ann", "slept"]) == ["B-PER", "O"]


def test_validation_data_of_another_kind_are_refused_before_the_first_epoch(tmp_path, monkeypatch):
    train, quick = language(30), SMALL | {"epochs": 1}
    monkeypatch.setattr(TaggerDataModule, "batches", None)  # nothing is learnt
    words, labels = one_column(train)
    with pytest.raises(DataError, match="sentence 1: expected labels of label, got none"):
        Tagger(**quick).fit(words, labels, valid=sentences_of(words), progress=False)
    with pytest.raises(DataError, match="sentence 1: expected labels of label, got pos"):
        Tagger(**quick).fit(words, labels, valid=sentences_of(words, {"pos": labels}), progress=False)
    with pytest.raises(DataError, match=r"sentence 1: label: expected labels of spans \(IOB2\) as in training, got"):
        Tagger(**quick).fit(words, labels, valid=(words, train.labels["pos"]), progress=False)
    with pytest.raises(DataError, match="sentence 1: expected sentences with words, got none"):
        Tagger(**quick).fit(words, labels, valid=([[]], [[]]), progress=False)


def test_what_is_written_otherwise_is_told_before_training(tmp_path, capsys):
    file = tmp_path / "ok.conll"
    file.write_text("a B-X\nb I-X\nc O\n\n" * 50 + "d 0\n\n")
    tagger = Tagger(**SMALL | {"epochs": 1}).fit(str(file), out=tmp_path / "run")
    assert f"{file}:201: label '0' is no span label; 1 of 151 labels; read as 'O'" in capsys.readouterr().err
    assert tagger.tag(["a", "b", "c"])[2] in ("O", "B-X", "I-X")
    assert tagger.evaluate(str(file))["spans"] == 50


@pytest.mark.parametrize(
    "notation", [Notation("BMES"), Notation("IOB2", "suffix", "_"), Notation("BIOES", outside="0")], ids=str
)
def test_scores_do_not_depend_on_how_labels_are_written(notation, trained):
    words, labels = one_column(language())
    other = [notation.write(one) for one in labels]
    tagger = Tagger(**SMALL).fit(words, other, progress=False)
    assert tagger.tag(words[:20]) == [notation.write(one) for one in trained.tag(words[:20])]
    scores = tagger.evaluate(sentences_of(words, other))
    assert scores["f1"] > 0.95
    assert tagger.evaluate(sentences_of(words, labels)) == scores
    assert tagger.errors(sentences_of(words, labels)) == tagger.errors(sentences_of(words, other))


def lines_of(words, labels, line):
    """Sentences as a file of columns; line: makes a line of the number, word and label."""
    blocks = [
        "\n".join(line(number, *pair) for number, pair in enumerate(zip(ws, ys, strict=True), 1))
        for ws, ys in zip(words, labels, strict=True)
    ]
    return "\n\n".join(blocks) + "\n"


def test_what_is_read_is_told_and_kept(tmp_path, capsys):
    words, labels = one_column(language(40))
    file, other = tmp_path / "train.tsv", tmp_path / "other.tsv"
    file.write_text(lines_of(words, labels, lambda number, word, label: f"{number}\t{word}\t{label}\tO"))
    Tagger(**SMALL | {"epochs": 1}).fit(str(file), out=tmp_path / "run")
    first = capsys.readouterr().err.splitlines()[0]
    examples = ", ".join(list(dict.fromkeys(itertools.chain(*words)))[:2])
    expected = f"words: column 2 ({examples}, ...); labels: column 3 (O, B-LOC, ...), IOB2, 2 types, 40 sentences"
    assert first == expected
    other.write_text(lines_of(words, labels, lambda number, word, label: f"x{number}\t{word}\t{label}\tB-X"))
    loaded = recurra.load(tmp_path / "run")
    assert loaded.evaluate(str(other)) == loaded.evaluate(sentences_of(words, labels))


def test_validation_data_are_read_as_training_data(tmp_path, capsys):
    words, labels = one_column(language(20))
    file, valid = tmp_path / "train.conll", tmp_path / "valid.conll"
    file.write_text(lines_of(words, labels, lambda number, word, label: f"{word} {label}"))
    valid.write_text(lines_of(words, labels, lambda number, word, label: f"{word} {label} NOUN"))
    tagger = Tagger(**SMALL | {"epochs": 1}).fit(str(file), valid=str(valid))
    assert "validation:" not in capsys.readouterr().err
    assert tagger.evaluate(str(valid)) == tagger.evaluate(str(file))
    rows = [json.dumps({"words": ws, "labels": ys}) for ws, ys in zip(words, labels, strict=True)]
    (tmp_path / "valid.jsonl").write_text("\n".join(rows))
    Tagger(**SMALL | {"epochs": 1}).fit(str(file), valid=str(tmp_path / "valid.jsonl"))
    assert "validation: words: (" in capsys.readouterr().err


def test_a_text_is_one_sentence(trained):
    text = 'Ann Lee said: "in Rome".'
    words = ["Ann", "Lee", "said", ":", '"', "in", "Rome", '"', "."]
    assert [text[start:end] for start, end in trained.split(text)] == words
    assert trained.tag(text) == trained.tag(words)
    assert trained.describe(text) == trained.describe(words)
    assert trained.describe(text)[0]["words"] == words
    assert trained.describe([words]) == trained.describe(words)
    assert (trained.tag(""), trained.describe("")[0]["labels"]) == ([], [])
    assert (trained.tag([]), trained.describe([])) == ([], [])


@pytest.mark.parametrize("kind", [tuple, np.asarray, iter])
def test_words_come_in_any_list(trained, kind):
    words = ["Ann", "Lee", "slept"]
    assert trained.tag(kind(words)) == trained.tag(words)
    assert trained.tag(kind([words, words])) == [trained.tag(words)] * 2


@pytest.mark.parametrize("wrong", [[["Ann"], "Lee"], 3, [3], ["Ann", ["Lee"]]])
def test_what_is_no_list_of_words_is_refused(trained, wrong):
    for verb in (trained.tag, trained.describe):
        with pytest.raises(DataError, match="sentences: expected lists of words, got"):
            verb(wrong)


def test_texts_and_words_are_described_side_by_side(trained):
    texts = [{"text": "Ann Lee slept."}, ["in", "Oslo"], {"text": ""}, {"text": "went 7"}]
    found = trained.describe(texts)
    words = [["Ann", "Lee", "slept", "."], ["in", "Oslo"], [], ["went", "7"]]
    assert [one["words"] for one in found] == words
    for one, alone in zip(found, trained.describe(words), strict=True):
        assert one["labels"] == alone["labels"]
        assert one["probabilities"] == pytest.approx(alone["probabilities"], abs=1e-6)
    assert found[0]["text"] == "Ann Lee slept."
    assert found[0]["offsets"] == [[0, 3], [4, 7], [8, 13], [13, 14]]
    assert "text" not in found[1]
    for wrong in ({"text": 3}, {"words": ["a"]}, {"text": "a", "id": 1}):
        with pytest.raises(DataError, match=r"expected \{"):
            trained.describe([wrong])


def test_words_that_were_not_learnt_are_told(trained):
    (found,) = trained.describe(["Ann", "Zoe", "slept", "12345", "in", "Nowhere"])
    assert [found["words"][number] for number in found["unknown"]] == ["Zoe", "12345", "Nowhere"]


def test_other_ways_to_label_are_given_where_asked_for(trained):
    words = ["Eve", "Ray", "slept", "77", "in", "Bonn"]
    (plain,) = trained.describe(words)
    (found,) = trained.describe(words, n_best=3, top_labels=2)
    assert "paths" not in plain
    assert "top_labels" not in plain
    assert found["paths"][0]["labels"] == found["labels"]
    assert len({tuple(path["labels"]) for path in found["paths"]}) == 3
    chances = [path["log_probability"] for path in found["paths"]]
    assert chances == sorted(chances, reverse=True)
    assert [of_word[0]["label"] for of_word in found["top_labels"]] == found["labels"]
    assert {len(of_word) for of_word in found["top_labels"]} == {2}
    assert [of_word[0]["probability"] for of_word in found["top_labels"]] == pytest.approx(found["probabilities"])
    with pytest.raises(DataError, match="n_best: expected a whole number of at most 20, got 21"):
        trained.describe(words, n_best=21)
    with pytest.raises(DataError, match="top_labels: expected a whole number of at least 0, got -1"):
        trained.describe(words, top_labels=-1)


def test_words_of_a_language_without_spaces_are_characters(trained):
    texts, labels = ["北京很大", "我在上海", "上海很大", "我在北京"] * 8, ["BIOO", "OOBI", "BIOO", "OOBI"] * 8
    tagger = Tagger(**SMALL | {"epochs": 8}).fit([*map(list, texts)], [*map(list, labels)], progress=False)
    assert tagger.tag("我 在上海") == ["O", "O", "B", "I"]
    assert tagger.split("我 在", characters=False) == [(0, 1), (2, 3)]
    (described,) = tagger.describe("上海很大")
    (span,) = described["spans"]
    assert (span["type"], span["start"], span["end"], span["text"]) == ("_", 0, 2, "上海")
    assert trained.split("Ann", characters=True) == [(0, 1), (1, 2), (2, 3)]


def test_an_odd_label_in_the_part_that_is_held_out_is_no_error():
    words, labels = one_column(language(8))
    for i in range(8):
        odd = [["?"] * len(own) if row == i else own for row, own in enumerate(labels)]
        Tagger(**SMALL | {"epochs": 1}).fit(words, odd, progress=False)


@pytest.mark.parametrize("as_pair", [tuple, list])
def test_every_verb_takes_words_and_labels_as_fit_does(trained, as_pair):
    words, labels = one_column(language(seed=2))
    expected = trained.evaluate(sentences_of(words, labels))
    assert trained.evaluate(words, labels) == expected
    assert trained.evaluate(as_pair([words, labels])) == expected
    assert trained.evaluate(pd.Series(words, index=range(len(words))[::-1]), pd.Series(labels)) == expected
    assert trained.errors(words, labels) == trained.errors(sentences_of(words, labels))
    tagger = Tagger(epochs=1, hidden_size=8, threads=1)
    tagger.fit(as_pair([words, labels]), valid=as_pair([words, labels]), progress=False)
    assert set(tagger.columns_["label"].labels) == set(trained.columns_["label"].labels)


def test_a_run_that_says_it_reads_a_language_model_holds_one(tmp_path, trained):
    trained.save(tmp_path / "run")
    file = tmp_path / "run" / "config.json"
    content = json.loads(file.read_text())
    content["settings"]["language_model"] = "runs/characters"
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"config\.json: expected no language_model, since .*, got 'runs/characters'"):
        Tagger.load(tmp_path / "run")
