"""Mails as they came: what intake recorded of each, and their HTML made fit for a page of ours."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markupsafe import Markup

from contracts.envelope import Attachment, Event, Sha256
from contracts.intake import Delivered
from journal.blobs import Blobs
from markup.html import sanitise
from services.gateway.files import SHOWN_INLINE


class Letter(NamedTuple):
    """What intake recorded of one mail.

    `html` is the address of its body, `images` the pictures in it by Content-ID, `passed_on` the name and
    address of whoever wrote first what its sender forwards, `notes` codes of what was damaged or cut.
    """

    html: Sha256 | None = None
    images: Mapping[str, Attachment] = {}
    passed_on: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


def letter_of(delivered: Delivered) -> Letter:
    """The letter that was delivered."""
    images = {each.content_id: each for each in delivered.attachments if _is_image(each)}
    origin = (delivered.original_sender_name, delivered.original_sender)
    return Letter(delivered.html, images, origin if delivered.original_sender else None, delivered.notes)


def letters_of(events: Iterable[Event]) -> dict[Sha256, Letter]:
    """The letters among what intake recorded, by the address of the raw mail, which lifecycle's events name too."""
    delivered = (getattr(event, "delivered", None) for event in events)
    return {one.raw: letter_of(one) for one in delivered if one is not None and one.raw}


async def shown(letter: Letter, blobs: Blobs, files: str) -> Markup | None:
    """The letter's HTML for a page of ours, its pictures taken from under the path `files`; None without it.

    Nothing of it is fetched from elsewhere, and nothing in it runs.
    """
    if letter.html is None:
        return None
    try:
        html = (await blobs.get(letter.html)).decode(errors="replace")
    except FileNotFoundError:
        return None

    def address(content_id: str) -> str | None:
        image = letter.images.get(content_id)
        return f"{files}/{image.sha256}" if image else None

    return Markup(await asyncio.to_thread(sanitise, html, address))  # noqa: S704 - sanitised


def _is_image(file: Attachment) -> bool:
    return bool(file.content_id) and file.content_type.lower() in SHOWN_INLINE
