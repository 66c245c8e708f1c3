import sys

import pytest

from recurra.training.network_interface import interface_towards


@pytest.mark.skipif(sys.platform != "linux", reason="names of interfaces are asked of Linux")
def test_this_machine_is_reached_over_the_loopback():
    assert interface_towards("127.0.0.1") == "lo"


def test_a_host_that_is_none_is_reached_over_nothing():
    assert interface_towards("no.such.host.invalid") is None
