import os
import signal
import time

import httpx
import psutil


def pids(server):
    """Of the processes that answer."""
    return {child.pid for child in psutil.Process(server.process.pid).children() if answers(child)}


def answers(process):
    """Whether a process is a worker, and alive."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie too
        return False


def test_one_that_dies_is_started_again_and_all_stop_together(start, monkeypatch):
    with start("--workers", "2", "--shutdown-seconds", "2") as server:
        first = pids(server)
        assert len(first) == 2
        time.sleep(5)  # one that dies at once is not started again
        os.kill(min(first), signal.SIGKILL)
        until = time.monotonic() + 60
        while len(pids(server) - first) < 1 and time.monotonic() < until:
            time.sleep(0.1)
        second = pids(server)
        assert len(second - first) == 1
        for _ in range(10):
            assert httpx.get(f"{server.address}/health", timeout=60).status_code in (200, 503)
        assert server.stop() == 0
        assert not any(psutil.pid_exists(pid) for pid in first | second)


def test_none_stays_when_the_one_that_started_them_is_killed(start):
    with start("--workers", "2", "--shutdown-seconds", "1") as server:
        workers = [psutil.Process(pid) for pid in pids(server)]
        server.process.kill()
        gone, alive = psutil.wait_procs(workers, timeout=60)
        assert (len(gone), alive) == (2, [])
