"""Raw mail and attachments: content-addressed by SHA-256, written and synced before anything names them."""

import asyncio
import os
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

_HEX_DIGITS = 64


class Blobs:
    """A store of bytes by their SHA-256, in a synced local folder (`file://`) or at S3, GCS or Azure."""

    def __init__(self, store: ObjectStore, folder: Path | None) -> None:
        self._store = store
        self._folder = folder
        self._synced: dict[str, set[str]] = {}

    @classmethod
    def at(cls, url: str) -> "Blobs":
        """The store behind a URL; a local folder is made."""
        parts = urlsplit(url)
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            folder.mkdir(parents=True, exist_ok=True)
            return cls(LocalStore(folder), folder)
        return cls(from_url(url), None)

    async def put(self, data: bytes) -> str:
        """Keep the bytes; their address. Durable when this returns; the same bytes are kept once."""
        address = sha256(data).hexdigest()
        try:
            await self._store.put_async(_path(address), data, mode="create")
        except AlreadyExistsError:
            # A power cut may have left its name in the folder without its bytes.
            if self._folder is not None and await self.get(address) != data:
                await self._store.put_async(_path(address), data, mode="overwrite")
        if self._folder is not None:
            await asyncio.to_thread(self._sync, self._folder / _path(address), self._folder)
        return address

    async def get(self, address: str) -> bytes:
        """The bytes at an address. Raises FileNotFoundError."""
        result = await self._store.get_async(_path(address))
        return bytes(await result.bytes_async())

    def _sync(self, path: Path, top: Path) -> None:
        """The file and its folder, down to the disk; the folders above it the first time that it is seen."""
        leaf = path.parent
        above = () if leaf.name in self._synced.get(leaf.parent.name, ()) else (leaf.parent, top)
        for target in (path, leaf, *above):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._synced.setdefault(leaf.parent.name, set()).add(leaf.name)


def _path(address: str) -> str:
    if len(address) != _HEX_DIGITS or not address.isalnum():
        raise FileNotFoundError(address)
    return f"{address[:2]}/{address[2:4]}/{address}"
