"""Who may say and hear what on the bus: the least that each user of NATS needs, in one place to read."""

from typing import Any

SERVICES = ("directory", "intake", "lifecycle", "sla", "notifier", "gateway")

FOLLOWS: dict[str, tuple[str, ...]] = {
    "directory": (),
    "intake": ("channels", "directory", "lifecycle", "notifier"),
    "lifecycle": ("intake", "sla", "directory"),
    "sla": ("lifecycle", "directory"),
    "notifier": ("intake", "lifecycle", "sla", "directory"),
    "gateway": ("directory", "intake", "lifecycle", "sla", "notifier"),
}
"""Whose streams each service follows. `channels` is the stream CHANNELS, which nobody's journal stands behind."""

COMMANDERS = ("gateway",)
"""Who may send commands to the services."""

RESPONSES = {"max": 1, "expires": "1m"}
"""One answer to each request, on the subject that the asker named, for as long as anyone would wait."""

Permissions = dict[str, Any]
"""The `permissions` of a user in the configuration of nats-server."""


def stream(owner: str) -> str:
    """The JetStream stream of a service's journal, or of the channels."""
    return owner.upper()


def service_inbox(service: str) -> str:
    """Prefix of the inboxes of a service: no other user may listen there."""
    return f"_INBOX.service.{service}"


def channel_inbox(channel: str) -> str:
    """Prefix of the inboxes of an external channel, for publish acknowledgements and `Confirm-To`."""
    return f"_INBOX.channel.{channel}"


def channel_user(channel: str) -> str:
    """The NATS user of an external channel."""
    return f"channel-{channel}"


def service_permissions(service: str) -> Permissions:
    """What a service may publish and subscribe: its own subjects, and the streams that it follows."""
    owned = (service, "channels") if service == "intake" else (service,)
    publish = [
        f"{service}.>",
        f"journal.{service}.>",
        "journal.*.read",
        "journal.*.hear",
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
    ]
    for name in dict.fromkeys((*owned, *FOLLOWS[service])):
        publish += _provisions(stream(name))
    for name in FOLLOWS[service]:
        publish += _consumes(stream(name))
    for name in owned:
        publish += _looks_up(stream(name))
    if service in COMMANDERS:
        publish.append("command.>")
    if service == "intake":
        publish.append(f"{channel_inbox('*')}.>")  # Confirm-To
        publish.append("$JS.API.STREAM.PURGE.CHANNELS")  # what it has taken in
    return {
        "publish": {"allow": publish},
        "subscribe": {
            "allow": [
                f"command.{service}",
                f"journal.{service}.read",
                f"journal.{service}.hear",
                "journal.*.heads",
                f"{service_inbox(service)}.>",
            ]
        },
        "allow_responses": RESPONSES,
    }


def channel_permissions(channel: str) -> Permissions:
    """What an external channel may do: publish its own events, and hear what becomes of them."""
    return {
        "publish": {"allow": [f"channel.{channel}.>"]},
        "subscribe": {"allow": [f"{channel_inbox(channel)}.>"]},
    }


def _provisions(name: str) -> list[str]:
    """A stream that is missing is made again by whoever notices first; nobody may delete one."""
    return [f"$JS.API.STREAM.{verb}.{name}" for verb in ("INFO", "CREATE", "UPDATE")]


def _consumes(name: str) -> list[str]:
    """Durable consumers on a stream: made, looked at, pulled from, acknowledged."""
    return [
        f"$JS.API.CONSUMER.CREATE.{name}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{name}.>",
        f"$JS.API.CONSUMER.INFO.{name}.>",
        f"$JS.API.CONSUMER.DELETE.{name}.>",
        f"$JS.API.CONSUMER.NAMES.{name}",
        f"$JS.API.CONSUMER.LIST.{name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{name}.>",
        f"$JS.ACK.{name}.>",
    ]


def _looks_up(name: str) -> list[str]:
    """The relay asks its own stream what it really holds."""
    return [
        f"$JS.API.STREAM.MSG.GET.{name}",
        f"$JS.API.DIRECT.GET.{name}",
        f"$JS.API.DIRECT.GET.{name}.>",
    ]
