import asyncio
import threading

import pytest

from recurra import DataError, load
from recurra.interruption import require_wanted
from recurra.kernels.batch_invariance import batch_invariant
from recurra.serve.errors import ApiError
from recurra.serve.jobs.batcher import Batcher


class Recorder:
    """A task that answers numbers by their doubles, notes what it was asked, and can be held up."""

    is_batch_invariant = True

    def __init__(self):
        self.calls = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def describe(self, inputs, **options):
        self.calls.append((inputs, options))
        assert self.may_answer.wait(10)
        if None in inputs:
            raise DataError("expected a number")
        if "fault" in inputs:
            raise RuntimeError("secret")
        return [2 * each for each in inputs]


def _with_batcher(task, work, most_waiting=100):
    """Run `work(batcher)` in an event loop; the batcher ends with it."""

    async def run():
        batcher = Batcher(task, most_waiting)
        try:
            return await asyncio.wait_for(work(batcher), 20)
        finally:
            batcher.stop()

    return asyncio.run(run())


async def _held(task, batcher, calls):
    """Let calls wait together behind one that is held up; give what becomes of them."""
    task.may_answer.clear()
    first = asyncio.ensure_future(batcher.describe([0], {}))
    while not task.calls:
        await asyncio.sleep(0.001)
    waiting = [asyncio.ensure_future(batcher.describe(inputs, options)) for inputs, options in calls]
    await asyncio.sleep(0)
    task.may_answer.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    await first
    return results


def test_work_ends_when_its_client_has_gone():
    steps = []

    def endless(task, inputs):
        while True:
            steps.append(len(steps))
            require_wanted()

    async def work(batcher):
        gone = asyncio.ensure_future(batcher.ask(endless, [1], {}))
        while not steps:
            await asyncio.sleep(0.001)
        gone.cancel()
        return await batcher.describe([4], {})  # has its turn

    assert _with_batcher(Recorder(), work) == [8]


def test_work_ends_when_the_server_is_stopped():
    steps = []

    def endless(task, inputs):
        while True:
            steps.append(len(steps))
            require_wanted()

    async def work(batcher):
        call = asyncio.ensure_future(batcher.ask(endless, [1], {}))
        while not steps:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(batcher.stop)
        with pytest.raises(ApiError, match="being stopped"):
            await call

    _with_batcher(Recorder(), work)


def test_calls_of_other_verbs_are_not_joined():
    task = Recorder()

    def halve(task, inputs):
        return [each / 2 for each in task.describe(inputs)]

    async def work(batcher):
        held = asyncio.ensure_future(_held(task, batcher, [([1], {}), ([2], {})]))
        await asyncio.sleep(0)
        halves = await batcher.ask(halve, [3, 5], {})
        return await held, halves

    described, halves = _with_batcher(task, work)
    assert described == [[2], [4]]
    assert halves == [3, 5]
    assert ([3, 5], {}) in task.calls


def test_calls_that_wait_are_joined_where_their_options_are_equal():
    task = Recorder()
    calls = [([1, 2], {}), ([3], {"beam": 2}), ([4], {}), ([5], {"beam": 2})]
    assert _with_batcher(task, lambda batcher: _held(task, batcher, calls)) == [[2, 4], [6], [8], [10]]
    assert task.calls == [([0], {}), ([1, 2, 4], {}), ([3, 5], {"beam": 2})]


def test_inputs_are_answered_one_by_one_where_they_would_change_each_other():
    task = Recorder()
    task.is_batch_invariant = False
    calls = [([1, 2], {}), ([3], {})]
    assert _with_batcher(task, lambda batcher: _held(task, batcher, calls)) == [[2, 4], [6]]
    assert [inputs for inputs, _ in task.calls] == [[0], [1], [3], [2]]  # in turn


def test_a_large_call_lets_others_have_their_turn():
    task = Recorder()
    large = list(range(1000))
    results = _with_batcher(task, lambda batcher: _held(task, batcher, [(large, {}), ([7], {})]))
    assert results == [[2 * each for each in large], [14]]
    positions = [position for position, (inputs, _) in enumerate(task.calls) if 7 in inputs]
    assert positions[0] <= 2 < len(task.calls) - 5


def test_a_call_that_fails_harms_no_other():
    task = Recorder()
    calls = [([1, 2], {}), ([3, None], {}), (["fault"], {}), ([4], {})]
    results = _with_batcher(task, lambda batcher: _held(task, batcher, calls))
    assert results[0] == [2, 4]
    assert results[3] == [8]
    assert (results[1].status, results[1].param) == (400, "inputs.1")
    assert isinstance(results[2], RuntimeError)


def test_who_goes_away_is_answered_no_more():
    task = Recorder()

    async def work(batcher):
        task.may_answer.clear()
        large = asyncio.ensure_future(batcher.describe(list(range(1000)), {}))
        waiting = asyncio.ensure_future(batcher.describe([5], {"beam": 1}))
        while not task.calls:
            await asyncio.sleep(0.001)
        large.cancel()
        waiting.cancel()
        await asyncio.sleep(0.01)
        task.may_answer.set()
        return await batcher.describe([6], {})

    assert _with_batcher(task, work) == [12]
    assert len(task.calls) == 2


def test_too_many_calls_are_refused():
    task = Recorder()
    calls = [([1], {}), ([2], {}), ([3], {})]
    results = _with_batcher(task, lambda batcher: _held(task, batcher, calls), most_waiting=1)
    assert [isinstance(each, ApiError) and each.status for each in results] == [False, False, 429]


def test_what_waits_when_it_is_stopped_is_told():
    task = Recorder()

    async def work():
        batcher = Batcher(task, 10)
        task.may_answer.clear()
        calls = [asyncio.ensure_future(batcher.describe([each], {"n": each})) for each in range(2)]
        while not task.calls:
            await asyncio.sleep(0.001)
        stopping = asyncio.ensure_future(asyncio.to_thread(batcher.stop))
        await asyncio.sleep(0.01)
        task.may_answer.set()
        await stopping
        results = await asyncio.gather(*calls, return_exceptions=True)
        with pytest.raises(ApiError, match="being stopped"):
            await batcher.describe([1], {})
        return results

    results = asyncio.run(work())
    assert results[0] == [0]
    assert results[1].status == 503


def test_a_closed_batcher_answers_what_waits_and_ends():
    task = Recorder()

    async def work(batcher):
        call = asyncio.ensure_future(batcher.describe([1], {}))
        await asyncio.sleep(0)
        batcher.close()
        with pytest.raises(ApiError, match="being stopped"):
            await batcher.describe([2], {})
        return await call

    assert _with_batcher(task, work) == [2]


TEXTS = ["Ann met Bob in New York .", "Rain fell .", "The trains to Bern were late again on that long day .", "Go !"]
MADE = [text.split()[start:] for text in TEXTS for start in range(len(text.split()))]
CASES = {
    "tagger_run": [*MADE, ["Zürich"], [], ["X" * 30, "a"]],
    "classifier_run": [[[(i * t) % 5 / 3, t / i] for t in range(i)] for i in range(1, 40)],
    "text_classifier_run": [" ".join(words) for words in MADE],
    "translator_run": ["ein hund rennt", "die katze lacht laut", "", "kind", "ein kind schläft die"],
}


@pytest.mark.parametrize("name", CASES)
def test_answers_are_to_the_last_bit_those_of_each_alone(name, request):
    task, inputs = load(request.getfixturevalue(name)), CASES[name]
    with batch_invariant():
        alone = [task.describe([each])[0] for each in inputs]

    async def together(batcher):
        pieces = [inputs[start : start + size] for size in (1, 2, 5) for start in range(0, len(inputs), size)]
        answers = await asyncio.gather(*(batcher.describe(piece, {}) for piece in pieces))
        return [answer for of_piece in answers for answer in of_piece]

    assert _with_batcher(task, together, most_waiting=1000) == alone * 3


@pytest.mark.parametrize("precision", ["int8", "bf16"])
@pytest.mark.parametrize("name", CASES)
def test_answers_in_reduced_precision_are_those_of_each_alone(name, precision, request):
    task, inputs = load(request.getfixturevalue(name)), CASES[name]
    exact = task.describe(inputs)
    task.reduce_precision(precision)
    with batch_invariant():
        alone = [task.describe([each])[0] for each in inputs]
    assert alone != exact

    async def together(batcher):
        answers = await asyncio.gather(*(batcher.describe(inputs[start : start + 5], {}) for start in range(0, 60, 5)))
        return [answer for of_piece in answers for answer in of_piece]

    assert _with_batcher(task, together, most_waiting=1000) == alone[:60]


def test_most_of_the_small_runs_are_joined(tagger_run, classifier_run, text_classifier_run):
    assert load(tagger_run).is_batch_invariant
    assert load(classifier_run).is_batch_invariant
    assert load(text_classifier_run).is_batch_invariant
