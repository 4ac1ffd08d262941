"""Ports on this machine."""

import contextlib
import functools
import itertools
import random
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
# Below the range Linux gives to outgoing connections, so that none of those takes the port in between.
# Source: ip_local_port_range, default 32768-60999 (Linux Documentation/networking/ip-sysctl).
FREE_PORTS = range(20_000, 32_000)
_LANE = 200
"""Ports in a lane: a process hands out no port twice before it has handed out this many others."""
_CLAIMS: list[socket.socket] = []


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return True
    return False


def free_port(preferred: int = 0) -> int:
    """`preferred` where it is free, else a free port that no other process here is given as well."""
    if preferred and is_free(preferred):
        return preferred
    return next(port for port in _lane() if is_free(port))


@functools.cache
def _lane() -> Iterator[int]:
    """This process's own ports, round and round.

    A port is free until its server listens, which is some time after it was chosen: two who choose at once would
    meet on it. So each process claims a lane first, by a UDP socket that it keeps on the lane's first number.
    """
    while True:
        start = random.SystemRandom().choice(FREE_PORTS[::_LANE])
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((HOST, start))
        except OSError:
            claim.close()
        else:
            _CLAIMS.append(claim)
            return itertools.cycle(range(start, start + _LANE))


def answers(port: int, timeout_s: float = 1.0) -> bool:
    """Whether something accepts connections on that port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout_s):
        return True
    return False
