"""What no contract can read still arrives: its beginning is shown to a person, under a name of its own."""

from datetime import datetime
from hashlib import sha256

from contracts.envelope import Actor
from contracts.intake import Delivered
from services.intake.submission import Arrival, submission_stream

_SHOWN_BYTES = 500
"""Of a message on the bus that cannot be read, which is kept nowhere else. Source: our choice."""


def unreadable(subject: str, data: bytes, received_at: datetime) -> Arrival:
    """A message on the bus that is of no published form; the same bytes again are the same message."""
    name = subject.split(".")[1]
    delivered = Delivered(
        channel="web",
        via=name[:200],
        received_at=received_at,
        sender=name[:300],
        text=data[:_SHOWN_BYTES].decode("utf-8", "replace"),
    )
    return Arrival(
        submission_id=submission_stream(name, sha256(subject.encode() + data).hexdigest()),
        delivered=delivered,
        by=Actor(role="system", key=name[:200]),
    )
