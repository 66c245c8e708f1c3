import pytest
import torch

from recurra.serve.errors import ApiError
from recurra.serve.run_threads import RunThread, RunThreads
from recurra.serve.runs import Runs
from recurra.serve.settings import ServeSettings


class Counter(RunThread):
    """Counts what it is asked to, until it is told to end."""

    def __init__(self):
        super().__init__()
        self.left, self.done = 0, 0
        self._start()

    def add(self, count):
        with self._changed:
            self._require_open()
            self.left += count
            self._changed.notify()

    def _run(self):
        while True:
            with self._changed:
                while not (self._stops or self.left or self._closes):
                    self._changed.wait()
                if self._stops or not self.left:
                    return
                self.left, self.done = self.left - 1, self.done + 1


class Counters(RunThreads[Counter]):
    def _make(self, run):
        return Counter()


@pytest.fixture
def runs(run):
    runs = Runs([run])
    runs.load_all()
    return runs


def test_a_thread_that_is_closed_finishes_and_takes_no_more():
    counter = Counter()
    counter.add(1000)
    counter.close()
    with pytest.raises(ApiError, match="being stopped"):
        counter.add(1)
    counter._thread.join(30)
    assert (counter.left, counter.done) == (0, 1000)


def test_a_thread_that_is_stopped_ends():
    counter = Counter()
    counter.add(10**9)
    counter.stop()
    assert not counter._thread.is_alive()
    assert counter.left > 0


class Computer(RunThread):
    """Notes how many threads it computes with."""

    def __init__(self, threads):
        super().__init__(threads)
        self.seen = 0
        self._start()

    def _run(self):
        self.seen = torch.get_num_threads()


class Computers(RunThreads[Computer]):
    def _make(self, run):
        return Computer(self._compute_threads)


@pytest.mark.parametrize("threads", [0, 3])
def test_a_run_computes_with_the_threads_of_the_settings(runs, threads):
    before = torch.get_num_threads()
    computer = Computers(runs, ServeSettings(threads=threads)).of(runs.get("fox"))
    computer._thread.join(30)
    assert computer.seen == (threads or before)
    assert torch.get_num_threads() == before  # of this thread
    torch.set_num_threads(before)  # of threads to come


def test_a_run_has_one_thread(runs):
    counters = Counters(runs, ServeSettings())
    served = runs.get("fox")
    assert counters.of(served) is counters.of(served)
    assert counters.all == [counters.of(served)]
    counters.stop()
    assert counters.all == []


def test_a_run_with_other_weights_has_another_thread(runs):
    counters = Counters(runs, ServeSettings())
    served = runs.get("fox")
    before = counters.of(served)
    before.add(10)
    for call in runs.on_load:
        call(served)
    assert counters.of(served) is not before
    before._thread.join(30)
    assert before.done == 10  # what it had is done
    counters.stop()
