"""What several commands have in common."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.envelope import ATTACHMENTS_MAX, Command, HandedIn, Text

Attachments = Annotated[tuple[HandedIn, ...], Field(max_length=ATTACHMENTS_MAX)]
Said = Annotated[Text, Field(min_length=1)]
Why = Annotated[Text, Field(min_length=1, max_length=1000)]
"""A reason that is demanded, and kept."""
Comment = Annotated[Text, Field(max_length=1000)]
"""A reason that may be given, and is kept."""


class OnTicket(Command):
    """What every command about one ticket names."""

    ticket_id: UUID
