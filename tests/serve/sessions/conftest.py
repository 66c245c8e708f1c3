import pytest
import torch

from recurra import LanguageModel
from recurra.nn.counted_draws import CountedDraws
from recurra.serve.sessions.state import TextState
from recurra.tasks.language_model.writer import Place

TEXT = "naïve čokoláda für 中文 people,\nand more of it here 👧 né.\n" * 30
SETTINGS = {"hidden_size": 12, "num_layers": 2, "batch_size": 4, "sequence_length": 10, "epochs": 1, "threads": 1}
VOCABULARY = {"char": 0, "word": 0, "bpe": 256}  # of bytes alone, so that texts end within characters


@pytest.fixture(scope="session")
def runs_of_kinds(tmp_path_factory):
    """The folders of small language models by the kind of their symbols."""
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "text.txt").write_text(TEXT)
    folders = {}
    for kind, size in VOCABULARY.items():
        lm = LanguageModel(**SETTINGS, tokenizer=kind, vocabulary_size=size)
        lm.fit(folder / "text.txt", out=folder / kind, progress=False)
        folders[kind] = folder / kind
    return folders


@pytest.fixture
def complete():
    """A function that asks for a text, and holds the answer to its status."""

    def ask(client, status=200, **body):
        answer = client.post("/v1/completions", json={"model": "fox", "prompt": "the ", "max_tokens": 20} | body)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


@pytest.fixture
def state():
    """A state of an LSTM of 2 layers of 512."""
    generator = torch.Generator().manual_seed(1)
    parts = tuple(torch.randn(2, 1, 512, generator=generator) for _ in range(2))
    parts[0][0, 0, :3] = torch.tensor([-0.0, 1e-42, 3e38])  # what a careless copy would change
    return TextState("fox", "ab" * 32, Place(parts, 7), "the end \n中", (5, 6, 7), CountedDraws(2**64 - 1, 12))
