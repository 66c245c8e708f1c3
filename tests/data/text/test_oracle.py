import numpy as np
import pytest
import torch
from torch import nn

from recurra import DataError
from recurra.data.text import oracle
from recurra.data.text.oracle import LENGTH, VOCABULARY

UNITS = 32


def weights(seed: int = 0) -> list[np.ndarray]:
    """Arrays of the oracle's shapes, in the order of its file."""
    draw = np.random.default_rng(seed)
    shapes = [(VOCABULARY, UNITS), *[(UNITS, UNITS), (UNITS, UNITS), (UNITS,)] * 4, (UNITS, VOCABULARY), (VOCABULARY,)]
    return [draw.normal(size=shape).astype(np.float32) for shape in shapes]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("oracle") / "target_params.npz"
    np.savez(path, **{f"array_{i:02d}": array for i, array in enumerate(weights())})
    return path


def test_it_is_an_lstm_over_the_arrays_of_the_file(file):
    arrays = [torch.from_numpy(array) for array in weights()]
    lstm = nn.LSTM(UNITS, UNITS, batch_first=True)
    order = [0, 1, 3, 2]  # torch's gates are input, forget, candidate, output
    gates = [arrays[1 + 3 * gate : 4 + 3 * gate] for gate in order]
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.cat([gate[0].T for gate in gates]))
        lstm.weight_hh_l0.copy_(torch.cat([gate[1].T for gate in gates]))
        lstm.bias_ih_l0.copy_(torch.cat([gate[2] for gate in gates]))
        lstm.bias_hh_l0.zero_()
        sequences = torch.randint(VOCABULARY, (3, LENGTH))
        inputs = torch.cat([torch.zeros(3, 1, dtype=torch.int64), sequences[:, :-1]], 1)
        logits = lstm(arrays[0][inputs])[0] @ arrays[-2] + arrays[-1]
        expected = nn.functional.cross_entropy(logits.flatten(0, 1), sequences.flatten(), reduction="none")
    nats = oracle.read(file).nats(sequences.numpy())
    assert nats == pytest.approx(expected.view(3, LENGTH).mean(1).numpy(), rel=1e-4)


def test_what_it_draws_is_likely_and_follows_its_seed(file):
    source = oracle.read(file)
    drawn = source.sample(30, seed=1)
    assert drawn.shape == (30, LENGTH)
    assert (drawn == source.sample(30, seed=1)).all()
    assert (drawn != source.sample(30, seed=2)).any()
    random = np.random.default_rng(0).integers(VOCABULARY, size=(30, LENGTH))
    assert source.nats(drawn).mean() < source.nats(random).mean() - 2


def test_the_published_oracle_has_its_published_entropy(shared_data):
    source = oracle.read(shared_data("seqgan_oracle") / "target_params.npz")
    assert source.nats(source.sample(200, 1)).mean() == pytest.approx(5.74, abs=0.1)


def test_other_files_are_named(tmp_path):
    np.savez(tmp_path / "other.npz", np.zeros(3))
    (tmp_path / "text.npz").write_text("x")
    for name in ("other.npz", "text.npz", "missing.npz"):
        with pytest.raises(DataError, match=f"{name}: expected the weights of SeqGAN's oracle, "):
            oracle.read(tmp_path / name)


def test_other_weights_have_another_fingerprint(file, tmp_path):
    np.savez(tmp_path / "other.npz", *weights(1))
    assert oracle.read(file).fingerprint() != oracle.read(tmp_path / "other.npz").fingerprint()
