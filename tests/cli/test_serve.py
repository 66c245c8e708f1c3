import socket

from recurra.cli.app import main
from recurra.serve.protection.api_keys import ApiKeys


def test_without_runs_the_command_says_what_it_needs(capsys):
    assert main(["serve"]) == 2
    assert "runs: expected at least one run folder to serve, got none; --demo" in capsys.readouterr().err


def test_an_address_that_is_taken_is_named(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", str(tmp_path / "run"), "--port", str(port)]) == 2
    assert f"127.0.0.1:{port}: expected an address to listen at" in capsys.readouterr().err


def test_a_setting_out_of_bounds_is_named(tmp_path, capsys):
    assert main(["serve", str(tmp_path / "run"), "--port", "70000"]) == 2
    assert "port: expected at most 65,535, got 70000" in capsys.readouterr().err


def test_sessions_in_memory_are_those_of_one_process(tmp_path, capsys):
    assert main(["serve", str(tmp_path / "run"), "--workers", "2", "--sessions", ""]) == 2
    assert 'sessions: expected a file with 2 workers, got "", in memory' in capsys.readouterr().err


def test_a_key_is_made_and_the_line_that_knows_it(tmp_path, capsys):
    assert main(["serve", "--new-key", "ann"]) == 0
    key, line = (text.split()[-1] for text in capsys.readouterr().out.splitlines())
    (tmp_path / "keys").write_text(line + "\n")
    assert ApiKeys(tmp_path / "keys").find(key).name == "ann"


def test_a_wrong_line_of_keys_is_named(tmp_path, capsys):
    (tmp_path / "keys").write_text("# keys\nann\n")
    assert main(["serve", str(tmp_path / "run"), "--api-keys", str(tmp_path / "keys")]) == 2
    assert f"{tmp_path / 'keys'}:2: expected NAME:SHA-256 of the key" in capsys.readouterr().err
