"""Ports on this machine."""

import contextlib
import random
import socket

HOST = "127.0.0.1"
# Below the range Linux gives to outgoing connections, so that none of those takes the port in between.
# Source: ip_local_port_range, default 32768-60999 (Linux Documentation/networking/ip-sysctl).
FREE_PORTS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return True
    return False


def free_port(preferred: int = 0) -> int:
    """`preferred` where it is free, else any free port."""
    if preferred and is_free(preferred):
        return preferred
    choice = random.SystemRandom()
    while not is_free(port := choice.choice(FREE_PORTS)):
        pass
    return port


def answers(port: int, timeout_s: float = 1.0) -> bool:
    """Whether something accepts connections on that port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout_s):
        return True
    return False
