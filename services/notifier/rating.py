"""The link with which a requester rates a resolution: signed, so that it needs no login."""

from uuid import UUID

from journal.tokens import KeyRing, make_rating_token


def rating_link(portal_url: str, ticket_id: UUID, resolution: int, keys: KeyRing) -> str:
    """`<portal>/rate/<token>`: following it shows a form and records nothing, since mail scanners follow links."""
    return f"{portal_url.rstrip('/')}/rate/{make_rating_token(ticket_id, resolution, keys)}"
