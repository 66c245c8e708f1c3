from recurra.serve.runs import Runs


def test_all_runs_are_ready(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "runs": {"fox": "ready"}})


def test_a_broken_run_among_good_ones_is_told(run, tmp_path, serve):
    (tmp_path / "broken").mkdir()
    with serve(run, tmp_path / "broken") as client:
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["runs"]) == (200, {"fox": "ready", "broken": "broken"})


def test_where_no_run_can_answer_the_server_is_not_well(tmp_path, serve):
    with serve(tmp_path / "nothing") as client:
        assert (client.get("/health").status_code, client.get("/health").json()["status"]) == (503, "broken")


def test_it_says_so_while_runs_are_loaded(run, serve, monkeypatch):
    with serve(run) as client:
        monkeypatch.setattr(Runs, "statuses", lambda self: {"fox": "loading"})
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "loading")
