"""What may be chosen about a desk of one machine, and what each of its services is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from deploy.nats import LOCAL_CHANNELS
from deploy.nats_rules import SERVICES, channel_inbox, service_inbox
from deploy.passwords import password
from deploy.ports import HOST, free_port
from deploy.provision import PREFIX, ROOT, Names, role_url
from deploy.words import Problem

WEB_PORT = 8080
SMTP_PORT = 2525
NATS_PORT = 4222
"""Taken when free, so that a channel's author finds it where NATS usually is; else any free port."""
PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person chose through the environment. A port of 0 means any free one."""

    state: Path
    port: int
    smtp_port: int
    nats_url: str
    database_url: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """From `ATENDIMENTO_STATE`, `ATENDIMENTO_PORT`, `ATENDIMENTO_SMTP_PORT`, `NATS_URL`, `DATABASE_URL`.

        Raises:
            Problem: a port is not a number of a port (`port_wrong`).
        """
        return cls(
            state=Path(environ.get("ATENDIMENTO_STATE") or ROOT / ".local").resolve(),
            port=_port(environ, "ATENDIMENTO_PORT", WEB_PORT),
            smtp_port=_port(environ, "ATENDIMENTO_SMTP_PORT", SMTP_PORT),
            nats_url=environ.get("NATS_URL", ""),
            database_url=environ.get("DATABASE_URL", ""),
        )


def _port(environ: Mapping[str, str], variable: str, usual: int) -> int:
    value = environ.get(variable) or str(usual)
    if not value.isdecimal() or int(value) > PORT_MAX:
        raise Problem("port_wrong", variable=variable, value=value)
    return int(value)


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk that runs: where everything is, and the environment of each of its processes."""

    state: Path
    admin_database_url: str
    nats_urls: Mapping[str, str]
    """By user: `admin`, each service, each `channel-<name>`."""
    web_port: int
    ports: Mapping[str, int]
    """Of health and metrics, by service."""
    smtp_port: int

    @property
    def web_url(self) -> str:
        """The portal's address."""
        return f"http://{HOST}:{self.web_port}"

    @property
    def maildir(self) -> Path:
        """Where a local desk delivers its e-mails."""
        return self.state / "maildir"

    @property
    def file(self) -> Path:
        """The file in which the desk says where it is to the command line and the demo (mode 0600)."""
        return self.state / "desk.json"

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.state / "logs" / f"{name}.log"

    def environment(self, service: str) -> dict[str, str]:
        """What is particular to a service; its own credentials and nobody else's."""
        return {
            "DATABASE_URL": self._role_url(Names(PREFIX, service).role, service),
            "NATS_URL": self.nats_urls[service],
            "NATS_INBOX": service_inbox(service),
            "SERVICE_HOST": HOST,
            "SERVICE_PORT": str(self.ports[service]),
            "BLOBS_URL": (self.state / "blobs").as_uri(),
            "DESK_SECRET": password(self.state / "secrets", "desk"),
            "PORTAL_URL": self.web_url,
            "GATEWAY_PORT": str(self.web_port),
            "SMTP_PORT": str(self.smtp_port),
            "MAIL_OUT": self.maildir.as_uri().replace("file:", "maildir:", 1),
        }

    def whole_environment(self, service: str) -> dict[str, str]:
        """The same over our own environment, which may say `DESK_CLOCK`, `OTEL_*`, a locale."""
        ours = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return {**ours, "PYTHONUNBUFFERED": "1", **self.environment(service)}

    def described(self, pids: Mapping[str, int]) -> dict[str, Any]:
        """The content of `desk.json`."""
        return {
            "pid": os.getpid(),
            "pids": dict(pids),
            "web": self.web_url,
            "smtp": f"{HOST}:{self.smtp_port}",
            "maildir": str(self.maildir),
            "clock": os.environ.get("DESK_CLOCK", ""),
            "admin": {"database_url": self.admin_database_url, "nats_url": self.nats_urls["admin"]},
            "auditor": {
                service: self._role_url(Names(PREFIX, service).auditor, service) for service in SERVICES
            },
            "services": {service: self.environment(service) for service in SERVICES},
            "channels": {
                name: {"nats_url": self.nats_urls[f"channel-{name}"], "inbox": channel_inbox(name)}
                for name in LOCAL_CHANNELS
            },
        }

    def _role_url(self, role: str, service: str) -> str:
        secret = password(self.state / "passwords", role)
        return role_url(self.admin_database_url, role, secret, Names(PREFIX, service).database)


def health_ports(web_port: int) -> dict[str, int]:
    """A port for each service's health and metrics: the next free ones above 8080."""
    ports: dict[str, int] = {}
    for usual, service in enumerate(SERVICES, start=WEB_PORT + 1):
        ports[service] = free_port(usual if usual not in (*ports.values(), web_port) else 0)
    return ports
