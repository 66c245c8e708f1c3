import importlib.util
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "sessions.py"


def _benchmark():
    spec = importlib.util.spec_from_file_location("sessions_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_turn_is_lost_or_wrong_when_a_server_is_killed_under_load(run, tmp_path):
    outcome = _benchmark().killed_under_load(run, tmp_path, kills=3, clients=3, seed=1)
    assert (outcome.kills, outcome.lost, outcome.wrong) == (3, 0, 0)
    assert outcome.turns > 0
