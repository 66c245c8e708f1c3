"""Tiny tasks of every job, trained once."""

import numpy as np
import pytest

from recurra import LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator, VideoClassifier

FEW = {"hidden_size": 12, "threads": 1, "warmup_steps": 0}
TEXT = '"to be" or (not) to be\nthat is the question 12\n' * 60
WORDS = [["Anna", "sees", "Rome"], ["Bob", "likes", "Paris", "now"]] * 8
LABELS = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-LOC", "O"]] * 8


@pytest.fixture(scope="session")
def text_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("text") / "text.txt"
    file.write_text(TEXT)
    return file


@pytest.fixture(scope="session")
def language_model(text_file):
    task = LanguageModel(**FEW, num_layers=1, sequence_length=16, batch_size=4, epochs=5)
    return task.fit(text_file, progress=False)


@pytest.fixture(scope="session")
def series():
    """Sequences (N, T, I) whose class is the sign of one number at one step."""
    X = np.random.default_rng(0).normal(size=(300, 6, 2)).astype(np.float32)
    return X, np.where(X[:, 4, 1] > 0, "up", "down")


@pytest.fixture(scope="session")
def classifier(series):
    return SequenceClassifier(**FEW, epochs=15, learning_rate=0.02, batch_size=20).fit(*series, progress=False)


@pytest.fixture(scope="session")
def regressor(series):
    X = series[0]
    return SequenceRegressor(**FEW, epochs=5).fit(X, 100 + 10 * X[:, 4, 1], progress=False)


@pytest.fixture(scope="session")
def text_classifier():
    texts = ["a good day", "a bad day", "what good luck", "what bad luck"] * 10
    return SequenceClassifier(**FEW, epochs=20, learning_rate=0.01).fit(texts, ["pos", "neg"] * 20, progress=False)


@pytest.fixture(scope="session")
def tagger():
    sizes = {"word_embedding_size": 8, "character_embedding_size": 4, "affix_embedding_size": 4}
    return Tagger(**FEW, **sizes, epochs=12).fit(WORDS, LABELS, progress=False)


@pytest.fixture(scope="session")
def translator():
    words = [("ein", "a"), ("der", "the")]
    pairs = [(f"{source} hund {i % 4}", f"{target} dog {i % 4}") for i in range(40) for source, target in words]
    settings = {"embedding_size": 8, "tokenizer": "word", "learning_rate": 0.02, "batch_size": 8, "dropout": 0.0}
    return Translator(**FEW | {"hidden_size": 16}, **settings, epochs=40).fit(pairs, progress=False)


@pytest.fixture(scope="session")
def flashes():
    """Clips of 6 dark frames, 8 x 8, of which the frame at 0.3 seconds is red or blue, and what it is."""
    random = np.random.default_rng(0)
    clips, labels = [], []
    for number in range(60):
        frames = random.integers(30, size=(6, 8, 8, 3), dtype=np.uint8)
        frames[3, :, :, 2 * (number % 2)] = 220
        clips.append(frames)
        labels.append(("red", "blue")[number % 2])
    return clips, labels


@pytest.fixture(scope="session")
def video_classifier(flashes):
    settings = {
        "channels": 2,
        "frame_size": 8,
        "augment": False,
        "dropout": 0.0,
        "learning_rate": 0.02,
        "batch_size": 10,
    }
    return VideoClassifier(**FEW, **settings, epochs=12).fit(*flashes, progress=False)
