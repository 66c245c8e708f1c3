"""Every job answers in one way: what `describe` takes and gives is JSON, and what its `signature` says."""

import datetime
import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from recurra import (
    ClipGAN,
    DataError,
    LanguageModel,
    SequenceClassifier,
    SequenceRegressor,
    Tagger,
    TextGAN,
    TimeSeriesGAN,
    Translator,
    VideoClassifier,
)
from recurra.data.text.lines import Lines
from recurra.tasks import TASKS
from recurra.tasks.classification.description import lengths_of_beginnings

FEW = {"hidden_size": 4, "epochs": 1, "threads": 1, "warmup_steps": 0, "progress": False}
TEXTS = [f"text {i % 3}" for i in range(12)]
X = np.random.default_rng(0).normal(size=(12, 5, 2)).astype(np.float32)
GAPS = np.where(X > 1.5, np.nan, X)
NAMES = ["up", "down"] * 6
DATES = [datetime.date(2026, 1, 1 + i % 2) for i in range(12)]
WORDS = [["one", "two"], ["three"]] * 6


def settings(job, **chosen):
    return {name: value for name, value in (FEW | chosen).items() if name != "progress"}


def classifier(inputs, answers, kind=SequenceClassifier, **chosen):
    return kind(**settings("", **chosen)).fit(inputs, answers), inputs


def tagger(labels):
    sizes = {"word_embedding_size": 4, "character_embedding_size": 4, "affix_embedding_size": 2}
    return Tagger(**settings("", **sizes)).fit(WORDS, labels, progress=False), WORDS


def video(folder, answers, **chosen):
    clips = [np.random.default_rng(i).integers(256, size=(3, 8, 8, 3), dtype=np.uint8) for i in range(12)]
    made = VideoClassifier(**settings("", channels=2, frame_size=8, **chosen)).fit(clips, answers, progress=False)
    for i in range(2):
        np.save(folder / f"{i}.npy", clips[i])
    return made, [str(folder / f"{i}.npy") for i in range(2)]


def clip_gan():
    sizes = {"frame_size": 16, "clip_length": 4, "generator_channels": 4, "image_channels": 2, "video_channels": 2}
    clips = [np.random.default_rng(i).integers(256, size=(5, 16, 16, 3), dtype=np.uint8) for i in range(12)]
    made = ClipGAN(**settings("", compared_clips=8, **sizes)).fit(clips, NAMES, progress=False)
    return made, [{"seed": 1, "length": 5, "label": "up"}, {"content_seed": 3, "motion_seed": 4}, {}]


def series_gan():
    sizes = {"critic_size": 4, "noise_size": 2, "epoch_steps": 2, "pretraining_epochs": 0}
    made = TimeSeriesGAN(**settings("", **sizes)).fit(X, progress=False)
    return made, [{"seed": 1, "length": 3}, {"seed": 2}, {}]


def translator():
    made = Translator(**settings("", embedding_size=4, tokenizer="word"))
    return made.fit([(text, text[::-1]) for text in TEXTS], progress=False), TEXTS[:3]


def language_model(folder):
    (folder / "text.txt").write_text("to be or not to be\n" * 40)
    made = LanguageModel(**settings("", num_layers=1, sequence_length=8, batch_size=2))
    return made.fit(folder / "text.txt", progress=False), ["to ", "be"]


def text_gan():
    small = {"likelihood_epochs": 1, "discriminator_size": 4, "max_length": 8}
    return TextGAN(**settings("", **small)).fit(Lines(TEXTS, ["a", "b"] * 6), progress=False), ["text", ""]


CASES = {
    "numbers": lambda _: classifier(X, NAMES),
    "numbers with gaps": lambda _: classifier(GAPS, NAMES),
    "series of one feature": lambda _: classifier(list(X[:, :, 0]), NAMES),
    "texts": lambda _: classifier(TEXTS, [int(text[-1]) for text in TEXTS]),
    "dates": lambda _: classifier(X, DATES),
    "several labels": lambda _: classifier(X, [["a"], ["a", "b"], []] * 4),
    "indicators": lambda _: classifier(X, np.asarray([[0, 1, 1], [1, 0, 1]] * 6)),
    "every step": lambda _: classifier(X, [["a", "b", "a", "b", "b"]] * 12, per_step=True),
    "a number": lambda _: classifier(X, np.arange(12.0), SequenceRegressor),
    "two numbers": lambda _: classifier(X, np.arange(24.0).reshape(12, 2), SequenceRegressor),
    "numbers at every step": lambda _: classifier(X, [list(range(5))] * 12, SequenceRegressor, per_step=True),
    "parts of speech": lambda _: tagger([["NUM", "NUM"], ["X"]] * 6),
    "spans": lambda _: tagger([["B-A", "I-A"], ["O"]] * 6),
    "clips": lambda folder: video(folder, NAMES),
    "clips of several labels": lambda folder: video(folder, [["a"], ["a", "b"], []] * 4),
    "clips at every frame": lambda folder: video(
        folder, [np.array(["a", "b", "a"])] * 12, per_step=True, pooling="last"
    ),
    "clips from both ends": lambda folder: video(folder, NAMES, bidirectional=True),
    "made clips": lambda _: clip_gan(),
    "made series": lambda _: series_gan(),
    "translations": lambda _: translator(),
    "a language model": language_model,
    "a generator of text": lambda _: text_gan(),
}


def as_json(inputs):
    """Inputs as a client would send them: lists, and null for what is missing."""
    if not isinstance(inputs, np.ndarray) and not isinstance(inputs[0], np.ndarray):
        return inputs
    return [np.where(np.isnan(x), None, x).tolist() for x in inputs]


@pytest.mark.parametrize("name", CASES)
def test_what_goes_in_and_comes_out_is_as_the_signature_says(name, tmp_path):
    task, inputs = CASES[name](tmp_path)
    signature = task.signature()
    assert signature.task == task.name
    json.dumps(signature.to_json(), allow_nan=False)
    for schema in (signature.input, signature.output, *signature.options.values()):
        Draft202012Validator.check_schema(schema)
    for x in [*as_json(inputs), *signature.input.get("examples", [])]:
        Draft202012Validator(signature.input).validate(x)
    answers = json.loads(json.dumps(task.describe(inputs), allow_nan=False))
    assert len(answers) == len(inputs)
    for answer in answers:
        Draft202012Validator(signature.output).validate(answer)


def test_a_translator_that_does_not_look_is_not_asked_where():
    blind = Translator(**settings("", embedding_size=4, tokenizer="word", attention="none"))
    assert "with_alignment" not in blind.fit([(text, text[::-1]) for text in TEXTS]).signature().options
    assert "with_alignment" in CASES["translations"](None)[0].signature().options


def test_what_was_predicted_is_described():
    task, x = CASES["numbers"](None)
    described = task.describe(x)
    assert [one["answer"] for one in described] == task.predict(x).tolist()
    np.testing.assert_allclose([list(one["probabilities"].values()) for one in described], task.predict_proba(x))


@pytest.mark.parametrize("name", ["numbers", "texts", "several labels", "two numbers"])
def test_beginnings_are_answered_as_sequences_that_end_there(name):
    task, inputs = CASES[name](None)
    [record] = json.loads(json.dumps(task.describe(inputs[:1], beginnings=3)))
    Draft202012Validator(task.signature().output).validate(record)
    beginnings = record.pop("beginnings")
    assert [each["steps"] for each in beginnings] == ([1, 2] if name == "texts" else [2, 3, 5])
    for beginning in beginnings:
        steps = beginning.pop("steps")
        begun = inputs[0].split()[:steps] if name == "texts" else inputs[0][:steps]
        [alone] = task.describe([" ".join(begun) if name == "texts" else begun])
        assert beginning["answer"] == pytest.approx(alone["answer"])
        assert beginning.get("probabilities") == pytest.approx(alone.get("probabilities"))


def test_the_example_of_a_series_spans_what_was_learnt_from():
    task, x = CASES["numbers"](None)
    [example] = task.signature().input["examples"]
    np.testing.assert_allclose(np.min(example, 0), x.min((0, 1)), rtol=0.02)
    np.testing.assert_allclose(np.max(example, 0), x.max((0, 1)), rtol=0.02)


def test_of_recordings_the_signature_tells_the_rate():
    task, _ = CASES["numbers"](None)
    task.sampling_rate_ = 8000
    assert task.signature().input["contentMediaType"] == "audio/wav; rate=8000"
    assert "examples" not in task.signature().input


def test_numbers_have_the_names_of_their_columns(tmp_path):
    rows = [f"{i},{step},{i % 3}" for i in range(12) for step in range(4)]
    (tmp_path / "table.csv").write_text("\n".join(["sequence,load,price", *rows]))
    settings_of_it = settings("", label="price", group="sequence")
    task = SequenceRegressor(**settings_of_it).fit(tmp_path / "table.csv", progress=False)
    assert task.signature().output["properties"]["answer"] == {"type": "number", "title": "price"}
    two, _ = CASES["two numbers"](None)
    two.target_names_ = ["price", "load"]
    answer = two.signature().output["properties"]["answer"]
    assert [each["title"] for each in answer["prefixItems"]] == ["price", "load"]
    Draft202012Validator(answer).validate(two.describe(X)[0]["answer"])


def test_beginnings_are_spread_evenly_and_bounded():
    assert lengths_of_beginnings(5, 3) == [2, 3, 5]
    assert lengths_of_beginnings(4, 100) == [1, 2, 3, 4]
    assert lengths_of_beginnings(9, 1) == [9]
    assert lengths_of_beginnings(1 << 21, 1000) == [1 << 20, 1 << 21]
    assert lengths_of_beginnings(1 << 30, 1000) == [1 << 30]


def test_beginnings_are_refused_where_there_is_an_answer_at_every_step():
    task, inputs = CASES["every step"](None)
    assert task.signature().options == {}
    with pytest.raises(DataError, match="beginnings: expected 0"):
        task.describe(inputs, beginnings=2)


def test_options_are_those_that_describe_takes(tmp_path):
    for make in map(CASES.get, ("translations", "a language model", "parts of speech", "spans")):
        task, inputs = make(tmp_path)
        options = task.signature().options
        for schema in options.values():
            Draft202012Validator(schema).validate(schema["default"])
        chosen = {name: schema["default"] for name, schema in options.items()}
        more = {"n_best": 2, "with_alignment": True, "with_beam": True, "top_tokens": 2, "top_labels": 2}
        chosen |= {name: value for name, value in more.items() if name in options}
        for answer in json.loads(json.dumps(task.describe(inputs, **chosen))):
            Draft202012Validator(task.signature().output).validate(answer)


@pytest.mark.parametrize("job", TASKS)
def test_nothing_learnt_has_no_signature(job):
    with pytest.raises(DataError, match="expected a fitted model"):
        TASKS[job]().signature()
