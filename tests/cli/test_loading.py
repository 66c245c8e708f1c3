import io

import pytest

from recurra import LanguageModel, SequenceClassifier, Tagger, Translator
from recurra.cli import main
from recurra.training import Task

TINY = {"hidden_size": 4, "epochs": 1, "threads": 1}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("to be or not to be\n" * 20)
    return path


def language_model(text):
    return LanguageModel(**TINY, batch_size=2, sequence_length=8).fit(text, progress=False)


def classifier(text):
    return SequenceClassifier(**TINY).fit(["to be", "or not"], ["a", "b"], progress=False)


def tagger(text):
    return Tagger(**TINY).fit([["to", "be"], ["or", "not"]], [["X", "Y"], ["Y", "Y"]], progress=False)


def translator(text):
    return Translator(**TINY, embedding_size=4).fit(["to be", "or not"], ["be to", "not or"], progress=False)


COMMANDS = [
    (language_model, "write"),
    (language_model, "evaluate"),
    (classifier, "predict"),
    (tagger, "tag"),
    (translator, "translate"),
]


@pytest.mark.parametrize(("fit", "command"), COMMANDS, ids=[command for _, command in COMMANDS])
def test_weights_that_were_never_evaluated_are_told(fit, command, text, tmp_path, standard_input, capsys, monkeypatch):
    task: Task = fit(text)
    told = f"{tmp_path / 'run'}: no weights were evaluated before the training stopped; the last are used\n"
    for kind in ("best", "last"):
        task.save(tmp_path / "run", overwrite=True)
        original = type(task).load.__func__

        def load(cls, folder, kind=kind, original=original):
            loaded = original(cls, folder)
            loaded.weights_ = kind
            return loaded

        monkeypatch.setattr(type(task), "load", classmethod(load))
        standard_input(b"to be or not to be\n" * 3)
        assert main([command, str(tmp_path / "run")]) == 0
        assert capsys.readouterr().err == (told if kind == "last" else "")
        monkeypatch.undo()
        monkeypatch.setattr("sys.stdin", io.StringIO())
