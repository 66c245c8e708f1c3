import pytest

from recurra.serve.errors import ApiError
from recurra.serve.protection.rates import Rates
from recurra.serve.protection.settings import ProtectionSettings


def rates(app, per_minute=2):
    return Rates(app, ProtectionSettings(requests_per_minute=per_minute))


def test_answers_tell_how_many_may_follow(ask, echo):
    app = rates(echo)
    first, second = ask(app), ask(app)
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert [each.headers["x-ratelimit-remaining-requests"] for each in (first, second)] == ["1", "0"]
    assert 29 < float(first.headers["x-ratelimit-reset-requests"].removesuffix("s")) <= 30


def test_an_address_that_asks_too_often_is_told_when_to_come_again(ask, echo):
    app = rates(echo)
    for _ in range(2):
        ask(app)
    with pytest.raises(ApiError) as raised:
        ask(app)
    assert raised.value.status == 429
    assert 1 <= int(raised.value.headers["Retry-After"]) <= 30
    assert raised.value.headers["X-RateLimit-Remaining-Requests"] == "0"
    assert ask(app, client=("10.1.2.4", 5)).status == 200


@pytest.mark.parametrize(
    ("first", "second", "are_alike"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("testclient", "testclient", True),
    ],
)
def test_addresses_of_one_network_of_ipv6_are_counted_together(ask, echo, first, second, are_alike):
    app = rates(echo, per_minute=1)
    ask(app, client=(first, 1))
    if are_alike:
        with pytest.raises(ApiError):
            ask(app, client=(second, 1))
    else:
        assert ask(app, client=(second, 1)).status == 200


def test_health_is_not_counted_and_without_a_bound_nothing_is(ask, echo):
    app = rates(echo, per_minute=1)
    assert [ask(app, path="/health").status for _ in range(3)] == [200] * 3
    unbounded = rates(echo, per_minute=0)
    assert [ask(unbounded).status for _ in range(3)] == [200] * 3
    assert "x-ratelimit-limit-requests" not in ask(unbounded).headers
