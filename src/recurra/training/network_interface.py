"""Which of a machine's networks leads to another machine."""

import socket
import struct

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

_SIOCGIFADDR = 0x8915  # Linux: the address of an interface by its name


def interface_towards(host: str) -> str | None:
    """Name the network interface over which `host` is reached; None where that cannot be found out."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))  # sends nothing
            address = probe.getsockname()[0]  # of this machine, towards the host
            for _, name in socket.if_nameindex():
                if _address(probe, name) == address:
                    return name
    except OSError:
        pass
    return None


def _address(probe: socket.socket, name: str) -> str | None:
    """The IPv4 address of an interface."""
    if fcntl is None:
        return None
    try:
        answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
    except OSError:  # it has none
        return None
    return socket.inet_ntoa(answer[20:24])
