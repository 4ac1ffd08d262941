"""Waits until every service says that it is ready."""

import contextlib
import http.client
from collections.abc import Callable, Mapping

from deploy.child import Child
from deploy.ports import HOST
from deploy.words import Problem

READY_PATIENCE_S = 60.0
"""Source: issue "The walking desk", section 1: cold set-up and start within 60 s."""
DEATHS_MAX = 3
"""A service that dies this often before it was ready once will not come up by itself."""


def is_ready(service: str, port: int) -> bool:
    """Whether that service, and no other, says on `GET /ready` at that port of 127.0.0.1 that it is."""
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        return answer.status == http.client.OK and answer.read() == f"{service} ready".encode()
    return False


class Roll:
    """Who is not ready yet."""

    def __init__(self, children: Mapping[str, Child], ports: Mapping[str, int]) -> None:
        self._children = dict(children)
        self._ports = ports

    def call(self) -> list[str]:
        """Ask everyone who was not ready at the last call; the names still missing."""
        for name in list(self._children):
            if is_ready(name.partition("-")[0], self._ports[name]):
                del self._children[name]
        return sorted(self._children)

    def give_up(self, seconds: float, deaths: Callable[[str], int]) -> None:
        """Raises Problem (`not_ready`) after the patience, or when one of the missing keeps dying."""
        for name, child in sorted(self._children.items()):
            if seconds > READY_PATIENCE_S or deaths(name) >= DEATHS_MAX:
                raise Problem(
                    "not_ready", name=name, seconds=round(seconds), reason=child.last_words(), log=child.log
                )
