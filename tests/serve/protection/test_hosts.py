import pytest

from recurra.serve.errors import ApiError
from recurra.serve.protection.hosts import Hosts, host_name, is_loopback
from recurra.serve.protection.settings import ProtectionSettings


def hosts(app, host="127.0.0.1", **settings):
    return Hosts(app, host, ProtectionSettings(**settings))


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost", "LOCALHOST:80", "[::1]:8000", "app.localhost", "127.1.2.3"]
)
def test_names_of_the_machine_itself_are_answered(ask, echo, host):
    assert ask(hosts(echo), headers={"host": host}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "8.8.8.8", "", "["])
def test_a_foreign_name_that_points_at_this_machine_is_refused(ask, echo, host):
    with pytest.raises(ApiError, match="host: expected a name of this server") as raised:
        ask(hosts(echo), headers={"host": host})
    assert raised.value.status == 421


def test_names_can_be_allowed(ask, echo):
    for host in ("127.0.0.1", "0.0.0.0"):
        app = hosts(echo, host, allowed_hosts=("example.org",))
        assert ask(app, headers={"host": "Example.org:443"}).status == 200
        with pytest.raises(ApiError):
            ask(app, headers={"host": "example.com"})


def test_on_an_address_for_others_all_names_are_answered_unless_some_are_allowed(ask, echo):
    assert ask(hosts(echo, "0.0.0.0"), headers={"host": "example.com"}).status == 200


@pytest.mark.parametrize(
    ("value", "name"), [("a.b:1", "a.b"), ("A.", "a"), ("[::1]:1", "::1"), ("[", ""), ("", ""), ("1.2.3.4", "1.2.3.4")]
)
def test_a_name_is_read_without_its_port(value, name):
    assert host_name(value) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("notlocalhost", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_known_by_its_name(name, expected):
    assert is_loopback(name) is expected
