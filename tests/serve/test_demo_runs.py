import datetime
import io
import tokenize

from recurra import load
from recurra.explain.run_data import data_of
from recurra.serve import demo_runs

QUICK = {
    "demo": {"hidden_size": 8, "epochs": 1, "max_minutes": 0.001},
    "tokens": {"epochs": 1, "word_embedding_size": 4, "hidden_size": 4},
    "dates": {"epochs": 1, "hidden_size": 8, "embedding_size": 4},
    "digits": {"epochs": 1, "hidden_size": 4},
    "modules": {"epochs": 1, "hidden_size": 4},
    "days": {"epochs": 2, "pretraining_epochs": 1, "epoch_steps": 1, "hidden_size": 4, "critic_size": 4},
}


def _tokens(line):
    return [token for token in tokenize.generate_tokens(io.StringIO(line).readline) if token.string.strip()]


def test_python_lines_are_labelled():
    words, labels = demo_runs.python_tokens()
    assert len(words) == len(labels) > 2000
    assert all(len(line) == len(of_line) for line, of_line in zip(words, labels, strict=True))
    line = "return self.x.f(3) + y.z or 'a'"
    expected = "B-keyword B-call I-call I-call I-call I-call O B-number O O B-name I-name I-name B-keyword B-string"
    assert demo_runs._labels(_tokens(line)) == expected.split()


def test_dates_in_words_say_the_dates_in_figures():
    texts, figures = demo_runs.dates(500)
    assert len(set(texts)) > 450
    for text, figure in zip(texts, figures, strict=True):
        day = datetime.date.fromisoformat(figure)
        assert str(day.year) in text
        assert f"{day:%B}"[:3] in text
        assert str(day.day) in text


def test_what_is_there_is_not_trained_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    trained = []

    def quick(name, train):
        def learn(run):
            trained.append(name)
            train(run, **QUICK[name])

        return learn

    trainings = {name: quick(name, train) for name, train in demo_runs._TRAININGS.items()}
    monkeypatch.setattr(demo_runs, "_TRAININGS", trainings)
    folder = tmp_path / "runs"
    demo_runs.train_classifier(folder / "digits", **QUICK["digits"])
    runs = demo_runs.demo_runs(folder)
    assert trained == ["demo", "tokens", "dates", "modules", "days"]
    jobs = ["language-model", "tagger", "translator", "classifier", "classifier", "series-gan"]
    assert [load(run).name for run in runs] == jobs
    assert runs[3] == folder / "digits"
    assert demo_runs.demo_runs(folder) == runs
    assert len(trained) == 5
    files = ["tokens.conll", "dates.tsv", "digits.jsonl", "modules.jsonl", "days.csv"]
    for run, file in zip(runs[1:], files, strict=True):
        assert data_of(run) == str(run.with_name(file))
    assert load(runs[3]).answers_.labels == list(range(10))
    assert load(runs[-1]).real(runs[-1].with_name("days.csv"), count=3).is_held_out
