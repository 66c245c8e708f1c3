import pytest
import torch

from recurra import kernels


@pytest.fixture(autouse=True, scope="module")
def _no_sequence_is_too_short():
    """Small sequences are on the kernels too, which large ones would take long to test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "is_short", lambda *_: False)
        yield


@pytest.fixture(scope="module")
def one_thread():
    """Layers as small as these are slowed down by a second thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


END, VOCABULARY = 0, 5


class Chain:
    """Scores that hang on the last two symbols; the state is (tables of the sources, the symbol before last)."""

    def __init__(self, sources, seed=1, sharp=2.0):
        generator = torch.Generator().manual_seed(seed)
        self.tables = sharp * torch.randn(sources, VOCABULARY, VOCABULARY, VOCABULARY, generator=generator)
        self.rows = []

    def state(self, sources=None):
        chosen = torch.arange(len(self.tables)) if sources is None else torch.tensor(sources)
        return chosen, torch.zeros(len(chosen), dtype=torch.int64)

    def step(self, symbols, state):
        sources, before = state
        self.rows.append(len(symbols))
        each = sources.repeat_interleave(len(symbols) // len(sources))
        return self.tables[each, before, symbols], (sources, symbols)

    @staticmethod
    def reorder_state(state, sources, rows):
        return state[0][sources], state[1][rows]

    def log_probability(self, source, symbols, ended=True):
        before, last, total = 0, END, 0.0
        for symbol in [*symbols, END] if ended else symbols:
            total += float(self.tables[source, before, last].log_softmax(-1)[symbol])
            before, last = last, symbol
        return total


@pytest.fixture
def make_chain():
    return Chain
