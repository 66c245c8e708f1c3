"""Every job on a GPU: it learns there, answers as on the processor, and is explained.

RECURRA_TEST_GPU=1 .venv/bin/pytest -m needs_gpu
"""

import math

import numpy as np
import pytest
import torch

import recurra
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
from recurra.explain import attribution, compare, gradients, report
from recurra.nn.device import device_of
from recurra.nn.generators import random_states
from recurra.tasks.series_gan.methods import METHODS

pytestmark = pytest.mark.needs_gpu

SMALL = {"hidden_size": 8, "threads": 1, "warmup_steps": 0, "epochs": 2}
RANDOM = np.random.default_rng(1)
SERIES = [RANDOM.normal(size=(5 + number % 4, 2)).astype(np.float32) for number in range(32)]
CLASSES = ["up" if series.sum() > 0 else "down" for series in SERIES]
SENTENCES = [["Ann", "saw", "Rome"], ["Bob", "likes", "Paris", "now"]] * 8
LABELS = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-LOC", "O"]] * 8
PAIRS = ["01", "012", "21", "210", "1", "0"] * 8, ["10", "210", "12", "012", "1", "0"] * 8
CLIPS = [RANDOM.integers(256, size=(4 + number % 3, 8, 8, 3), dtype=np.uint8) for number in range(16)]
TEXT = '"to be" or (not) to be\nthat is the question 12\n' * 40
CLOSE = {"rel": 5e-3, "abs": 5e-3}
"""How near numbers of a GPU are to the processor's: cuDNN multiplies numbers of TF32, which have ten bits."""

JOBS = {
    "language model": (LanguageModel(**SMALL, sequence_length=16, batch_size=4), None),
    "language model of two directions": (LanguageModel(**SMALL, sequence_length=16, bidirectional=True), None),
    "classifier": (SequenceClassifier(**SMALL, bidirectional=True, num_layers=2), (SERIES, CLASSES)),
    "classifier of texts": (SequenceClassifier(**SMALL), (["a good day", "bad"] * 12, ["pos", "neg"] * 12)),
    "regressor": (SequenceRegressor(**SMALL, cell="lstm"), (SERIES, [float(series.sum()) for series in SERIES])),
    "tagger": (Tagger(**SMALL), (SENTENCES, LABELS)),
    "tagger without CRF": (Tagger(**SMALL, crf=False), (SENTENCES, LABELS)),
    "translator": (Translator(**SMALL, embedding_size=8, tokenizer="char", batch_tokens=100), PAIRS),
    "translator with input feeding": (Translator(**SMALL, tokenizer="char", input_feeding=True), PAIRS),
    "video classifier": (VideoClassifier(**SMALL, channels=2, frame_size=8), (CLIPS, ["a", "b"] * 8)),
}
ANSWERS = {
    LanguageModel: lambda job: list(job.score("to be or").values()),
    SequenceClassifier: lambda job: job.predict_proba(["a day", "good"] if job.tokenizer_ else SERIES[:4]).tolist(),
    SequenceRegressor: lambda job: job.predict(SERIES[:4]).tolist(),
    Tagger: lambda job: [row["probabilities"] for row in job.describe(SENTENCES[:2])],
    Translator: lambda job: [row["translations"][0]["log_probability"] for row in job.describe(["01", "210"])],
    VideoClassifier: lambda job: [list(row["probabilities"].values()) for row in job.describe(CLIPS[:2])],
}


@pytest.fixture(scope="module", params=JOBS)
def learnt(request, tmp_path_factory):
    """A job that has learnt on the GPU, the folder of its run, and what it learnt from."""
    job, data = JOBS[request.param]
    folder = tmp_path_factory.mktemp("gpu")
    if data is None:
        data = folder / "text.txt"
        data.write_text(TEXT)
    return job.fit(data, out=folder / "run", progress=False), folder / "run", data


def numbers(value):
    """All numbers in nested lists and dictionaries, flat."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in numbers(value[key])]
    if isinstance(value, list | tuple):
        return [number for part in value for number in numbers(part)]
    return [] if value is None or isinstance(value, str) else [float(value)]


def test_it_learns_there_and_answers_as_its_run_does_on_the_processor(learnt):
    job, folder, data = learnt
    run = recurra.load(folder)
    assert device_of(job.network).type == "cuda"
    assert device_of(run.network).type == "cpu"
    assert all(map(math.isfinite, job.scores_.values()))
    answers = ANSWERS[type(job)]
    assert numbers(answers(job)) == pytest.approx(numbers(answers(run)), **CLOSE)
    batch = next(job.data_module(data).batches(0, 0, 0, 1))
    with torch.no_grad():
        loss, on_processor = job.network.eval().loss(batch.to(device_of(job.network)))[0], run.network.loss(batch)[0]
    assert float(loss) == pytest.approx(float(on_processor), **CLOSE)


def test_a_run_is_brought_to_the_gpu_and_back(learnt):
    _, folder, _ = learnt
    run = recurra.load(folder)
    before = numbers(ANSWERS[type(run)](run))
    run.network.cuda()
    assert numbers(ANSWERS[type(run)](run)) == pytest.approx(before, **CLOSE)
    run.network.cpu()
    assert numbers(ANSWERS[type(run)](run)) == pytest.approx(before, rel=1e-6)


def test_it_is_explained_in_all_its_parts(learnt):
    job, folder, data = learnt
    if isinstance(job, LanguageModel) and job.config.bidirectional:
        pytest.skip("a model of two directions is not explained in all parts")
    explained = report(job, data)
    on_processor = report(recurra.load(folder), data)
    assert explained.omitted == on_processor.omitted
    assert explained.parts.keys() == on_processor.parts.keys()
    assert explained.parts["gradients"].loss == pytest.approx(on_processor.parts["gradients"].loss, **CLOSE)


def test_cures_are_tried_there(learnt):
    job, _, data = learnt
    names = ["lstm", "gru", "orthogonal", "forget_bias", "layer_norm"]
    assert len(gradients(job, data, cure=names, steps=2).trials) >= 4


def test_a_training_goes_on_from_it_and_from_its_run(learnt):
    job, folder, data = learnt
    other = type(job)(**job.get_params()).fit(data, start_from=job, epochs=1, progress=False)
    assert device_of(other.network).type == "cuda"
    resumed = type(job).resume(folder, epochs=3, progress=False) if isinstance(data, type(folder)) else other
    assert all(map(math.isfinite, resumed.scores_.values()))


def test_fewer_bits_are_refused_there(learnt):
    job, folder, _ = learnt
    with pytest.raises(DataError, match="its weights are on cuda:0, where fewer bits are not computed with"):
        job.reduce_precision("int8")
    if isinstance(job, Translator | LanguageModel):
        assert recurra.load(folder).reduce_precision("int8")


def test_a_language_model_writes(tmp_path):
    (tmp_path / "text.txt").write_text(TEXT)
    job = LanguageModel(**SMALL, sequence_length=16, batch_size=4).fit(tmp_path / "text.txt", progress=False)
    assert len(job.generate("to", 20, seed=1)) == 20
    assert job.generate("to", 20, seed=1) == job.generate("to", 20, seed=1)
    assert job.features("to be").shape == (5, 8)


@pytest.mark.parametrize("method", METHODS)
def test_generators_of_series_learn_and_make(method, series_run, tmp_path):
    small = {"hidden_size": 4, "critic_size": 8, "noise_size": 4, "batch_size": 8, "threads": 1, "warmup_steps": 0}
    few = {"epochs": 2, "pretraining_epochs": 1, "epoch_steps": 2, "method": method}
    job = TimeSeriesGAN(**small | few).fit(series_run.parent / "visits.csv", out=tmp_path / "run", progress=False)
    assert device_of(job.network).type == "cuda"
    assert job.sample(3, seed=1).csv() == job.sample(3, seed=1).csv()
    begun = job.sample(3, seed=1).csv().splitlines()[:3]
    (tmp_path / "begun.csv").write_text("\n".join(begun) + "\n")
    assert job.sample(2, seed=1, given=tmp_path / "begun.csv").csv().count("\n") > 4
    assert len(recurra.load(tmp_path / "run").sample(3, seed=1).csv()) > 0


def test_generators_of_lines_and_clips_learn_and_make(lines_run, clips_run):
    for folder, kind in ((lines_run, TextGAN), (clips_run, ClipGAN)):
        job = recurra.load(folder)
        assert isinstance(job, kind)
        made = job.sample(3, seed=1)
        job.network.cuda()
        on_gpu = job.sample(3, seed=1)
        assert len(on_gpu) == len(made) == 3


def test_the_penalty_of_clips_is_computed(clips_run):
    small = {"hidden_size": 8, "generator_channels": 4, "image_channels": 4, "video_channels": 4, "threads": 1}
    few = {"frame_size": 16, "clip_length": 6, "compared_clips": 8, "batch_size": 4, "epochs": 1}
    job = ClipGAN(**small | few, penalty_probability=1.0)
    job.fit(clips_run.parent / "clips.npz", progress=False)
    assert all(torch.isfinite(weight).all() for weight in job.network.parameters())


@pytest.mark.parametrize("task", ["adding", "copy"])
def test_networks_are_compared(task, tmp_path):
    settings = {"steps": 4, "steps_per_epoch": 2, "hidden_size": 4, "runs": tmp_path, "workers": 1, "progress": False}
    compared = compare(["mlp", "gru"], task, [4], **settings)
    assert all(math.isfinite(result.loss) for result in compared.results)


@pytest.mark.parametrize("layer", [torch.nn.LSTM, recurra.nn.LSTM], ids=["torch's", "ours"])
def test_a_module_outside_training_has_gradients_and_attributions(layer):
    module = layer(3, 4, 2, batch_first=True).cuda().eval()
    x = torch.randn(2, 6, 3, device="cuda")
    measured = gradients(module, x)
    assert measured.not_finite is None
    assert all(part.error < 1e-4 for part in measured.layers)
    assert attribution(module, x).values.isfinite().all()
    assert torch.backends.cudnn.enabled


@pytest.mark.parametrize("settings", [{}, {"variational": True, "weight_dropout": 0.5}], ids=str)
def test_what_training_drops_is_dropped_again_where_a_layer_is_opened(settings):
    module = recurra.nn.GRU(3, 16, 2, dropout=0.5, **settings).cuda()
    x = torch.randn(6, 2, 3, device="cuda")
    before = random_states(x.device)
    assert all(part.error < 1e-4 for part in gradients(module, x).layers)
    assert torch.equal(random_states(x.device)[1], before[1])
