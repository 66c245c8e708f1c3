"""Explanations in turn, cancelled and stopped; another process stands in for the one that explains."""

import asyncio
import os
import secrets
import time
from pathlib import Path

import pytest

from recurra.serve import ServeSettings
from recurra.serve.errors import ApiError
from recurra.serve.explanations.explanations import Explanations, Progress
from recurra.serve.runs import ServedRun

WRITE = "write()"
HANG = "tell(part='gradients'); time.sleep(600)"
PARTS = ("gradients", "memory")


def served(name="demo"):
    return ServedRun(name, Path("/srv/runs") / name, None, "hash", 0)


@pytest.fixture
def made():
    """Make explanations, whose reports are gone at the end."""
    all_made = []

    def make(token=None, **settings):
        all_made.append(Explanations(ServeSettings(**settings), token))
        return all_made[-1]

    yield make
    for each in all_made:
        each.stop()


async def explain(explanations, run=None, parts=PARTS, names=(), tell=lambda progress: None):
    return await explanations.explain(run or served(), names, parts, tell)


async def until(condition):
    """Wait until something holds."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def refused(work):
    """The error that work ends with."""
    with pytest.raises(ApiError) as caught:
        asyncio.run(work)
    return caught.value


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_report_is_made_once_for_a_run_and_its_parts(made, stand_in):
    async def work():
        explanations, told = made(), []
        stand_in(WRITE)
        id_ = await explain(explanations, tell=told.append)
        stand_in("tell(error='asked again')")
        assert await explain(explanations) == id_
        with pytest.raises(ApiError, match="asked again"):
            await explain(explanations, parts=("memory",))
        with pytest.raises(ApiError, match="asked again"):
            await explain(explanations, served("other"))
        assert explanations.reports.page(id_) == "<p>page of demo"
        return told

    steps = [Progress("opening"), *(Progress("measuring", part) for part in PARTS), Progress("writing")]
    assert asyncio.run(work()) == steps


def test_data_that_have_changed_are_explained_anew(made, stand_in, tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("one")

    async def work():
        explanations = made()
        stand_in(WRITE)
        before = await explain(explanations, names=[str(file)])
        file.write_text("another")
        assert await explain(explanations, names=[str(file)]) != before

    asyncio.run(work())


def test_processes_of_a_server_take_turns_and_share_reports(made, stand_in):
    async def work():
        token, told = secrets.token_hex(32), []
        first, second = made(token), made(token)
        stand_in("tell(part='gradients'); time.sleep(0.5); write()")
        works = [asyncio.create_task(explain(first))]
        await until(first.reports.folder.exists)
        works.append(asyncio.create_task(explain(second, tell=told.append)))
        ids = await asyncio.gather(*works)
        assert ids[0] == ids[1]
        assert told == [Progress("waiting")]  # and what the first has made was there then

    asyncio.run(work())


def test_a_client_that_goes_away_ends_the_process(made, stand_in, tmp_path):
    async def work():
        explanations = made()
        stand_in(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); {HANG}")
        told = []
        task = asyncio.create_task(explain(explanations, tell=told.append))
        await until(lambda: Progress("measuring", "gradients") in told)
        pid = int((tmp_path / "pid").read_text())
        assert is_alive(pid)
        task.cancel()
        await until(lambda: not is_alive(pid) and explanations.open == 0)
        stand_in(WRITE)
        assert await explain(explanations)  # it is somebody else's turn

    asyncio.run(work())


def test_a_server_that_stops_says_so_and_keeps_nothing(made, stand_in):
    async def work():
        explanations = made()
        stand_in(HANG)
        told = []
        task = asyncio.create_task(explain(explanations, tell=told.append))
        await until(lambda: Progress("measuring", "gradients") in told)
        explanations.stop()
        assert not explanations.reports.folder.exists()
        await task

    error = refused(work())
    assert (error.status, error.code) == (503, "stopping")


def test_one_that_takes_too_long_is_given_up(made, stand_in):
    stand_in(HANG)
    error = refused(explain(made(explain_seconds=0.2)))
    assert (error.status, error.code) == (503, "timeout")
    assert "longer than 0.2 seconds" in error.message


def test_no_more_than_a_few_wait(made, stand_in):
    async def work():
        explanations = made()
        stand_in(HANG)
        tasks = [asyncio.create_task(explain(explanations, served(f"run {i}"))) for i in range(8)]
        await until(lambda: explanations.open == 8)
        try:
            await explain(explanations)
        finally:
            explanations.stop()
            await asyncio.gather(*tasks, return_exceptions=True)

    error = refused(work())
    assert (error.status, error.code) == (429, "busy")


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        ("tell(error='gradients: expected more')", 400, "not_explained"),
        ("tell(changed=True)", 503, "model_changed"),
        ("tell(unwritten='/tmp/secret: no space')", 503, "explanations_unavailable"),
        ("tell(fault='Traceback, of a secret')", 500, "internal_error"),
        ("os.kill(os.getpid(), 9)", 503, "explanation_ended"),
        ("", 503, "explanation_ended"),
    ],
)
def test_what_goes_wrong_is_told_without_what_lies_within(made, stand_in, code, status, word):
    stand_in(code)
    error = refused(explain(made()))
    assert (error.status, error.code) == (status, word)
    assert "secret" not in error.message


def test_a_folder_that_cannot_be_written_is_said(made, stand_in, monkeypatch):
    explanations = made()
    with monkeypatch.context() as patch:
        patch.setattr(explanations.reports, "folder", Path("/proc/none"))
        error = refused(explain(explanations))
    assert (error.status, error.code) == (503, "explanations_unavailable")
