import socket

from recurra.cli.app import main


def test_without_runs_the_command_says_what_it_needs(capsys):
    assert main(["serve"]) == 2
    assert "runs: expected at least one run folder to serve, got none" in capsys.readouterr().err


def test_an_address_that_is_taken_is_named(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", str(tmp_path / "run"), "--port", str(port)]) == 2
    assert f"127.0.0.1:{port}: expected an address to listen at" in capsys.readouterr().err


def test_a_setting_out_of_bounds_is_named(tmp_path, capsys):
    assert main(["serve", str(tmp_path / "run"), "--port", "70000"]) == 2
    error = capsys.readouterr().err
    assert 'Invalid value "70000" for --port' in error
