"""Asking the owner of a journal itself, whatever the bus has brought."""

from pydantic_core import to_json

from journal.bus import Bus
from journal.entry import SEGMENT_ENTRIES_MAX, Entry, entries_of

_READ_TIMEOUT_S = 10.0


async def read_from_owner(bus: Bus, source: str, partition: int, after: int) -> list[Entry]:
    """The entries of another service's journal behind a position, a segment at most; [] at its head.

    Raises:
        nats.errors.Error: the owner does not answer.
        ConnectionError: it answers with something else.
    """
    request = to_json({"partition": partition, "after": after, "limit": SEGMENT_ENTRIES_MAX})
    try:
        return entries_of(await bus.ask(f"journal.{source}.read", request, _READ_TIMEOUT_S))
    except ValueError as error:
        raise ConnectionError(f"{source} answered with something else: {error}") from error
