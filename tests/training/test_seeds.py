import json
import statistics

import pytest

from recurra import DataError, LanguageModel
from recurra.training.seeds import fit_seeds

SMALL = {"hidden_size": 6, "num_layers": 1, "batch_size": 2, "sequence_length": 5, "epochs": 1, "threads": 1}


@pytest.fixture
def text(tmp_path):
    (tmp_path / "text.txt").write_text("one two three four five\n" * 20)
    return tmp_path / "text.txt"


def _fit(text, out, seeds=(3, 4), overwrite=False):
    return fit_seeds(
        lambda seed: LanguageModel(**SMALL, seed=seed),
        list(seeds),
        out,
        overwrite,
        lambda task, folder: task.fit(text, out=folder, overwrite=overwrite, progress=False),
    )


def _best(run) -> float:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return min(json.loads(line)["valid_nats_per_token"] for line in lines)


def test_each_seed_has_a_run_and_the_scores_their_spread(text, tmp_path):
    summary = _fit(text, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"seed-3", "seed-4", "seeds.json"}
    scores = [_best(tmp_path / "out" / f"seed-{seed}") for seed in (3, 4)]
    assert scores[0] != scores[1]
    spread = summary["valid_nats_per_token"]
    assert spread["mean"] == pytest.approx(statistics.fmean(scores))
    assert spread["deviation"] == pytest.approx(statistics.stdev(scores))
    assert (spread["least"], spread["most"]) == (min(scores), max(scores))
    written = json.loads((tmp_path / "out" / "seeds.json").read_text())
    assert written["summary"] == summary
    assert [own["valid_nats_per_token"] for own in written["seeds"].values()] == scores


def test_a_run_of_a_seed_is_that_of_the_seed_alone(text, tmp_path):
    _fit(text, tmp_path / "out")
    LanguageModel(**SMALL, seed=4).fit(text, out=tmp_path / "alone", progress=False)
    alone, one = ((run / "model.safetensors").read_bytes() for run in (tmp_path / "alone", tmp_path / "out" / "seed-4"))
    assert alone == one


def test_folders_that_are_taken_are_refused_before_the_first_training(text, tmp_path):
    _fit(text, tmp_path / "out", seeds=[4])
    with pytest.raises(DataError, match="seed-4: expected a new folder, got one that holds a run"):
        _fit(text, tmp_path / "out")
    assert not (tmp_path / "out" / "seed-3").exists()
    _fit(text, tmp_path / "out", overwrite=True)
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="holds other files"):
        _fit(text, tmp_path / "out", overwrite=True)
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    with pytest.raises(DataError, match="expected a folder for several runs, got one that holds a run"):
        _fit(text, tmp_path / "run", overwrite=True)


def test_a_seed_out_of_range_is_refused_before_the_first_training(text, tmp_path):
    with pytest.raises(DataError, match="seed: expected at most 4,294,967,295, got 4294967296"):
        _fit(text, tmp_path / "out", (2**32 - 1, 2**32))
    assert not (tmp_path / "out").exists()


def test_a_folder_of_several_runs_says_which_there_are(text, tmp_path):
    _fit(text, tmp_path / "runs")
    names = f"{tmp_path / 'runs' / 'seed-3'}, {tmp_path / 'runs' / 'seed-4'}"
    message = f"runs: expected a run folder, got one of 2 runs \\(--seeds\\); name one of them: {names}$"
    with pytest.raises(DataError, match=message):
        LanguageModel.resume(tmp_path / "runs", progress=False)
    with pytest.raises(DataError, match=message):
        LanguageModel.load(tmp_path / "runs")
    with pytest.raises(DataError, match=r"found no config.json there$"):
        LanguageModel.load(tmp_path)
