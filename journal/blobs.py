"""Raw mail and attachments: content-addressed by SHA-256, written and synced before anything names them."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

_HEX_DIGITS = 64
WRITERS_MAX = 32
"""Files on their way to the disk at once: it syncs many in little more time than one. Source: our choice."""


class Blobs:
    """A store of bytes by their SHA-256, in a synced local folder (`file://`) or at S3, GCS or Azure."""

    def __init__(self, store: ObjectStore, folder: Path | None) -> None:
        self._store = store
        self._folder = folder
        self._synced = set[str]()
        self._writers = ThreadPoolExecutor(WRITERS_MAX, "blobs")

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
        if self._folder is not None:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._writers, self._put_durably, data, str(self._folder))
        address = sha256(data).hexdigest()
        with suppress(AlreadyExistsError):
            await self._store.put_async(_path(address), data, mode="create")
        return address

    async def get(self, address: str) -> bytes:
        """The bytes at an address. Raises FileNotFoundError."""
        result = await self._store.get_async(_path(address))
        return bytes(await result.bytes_async())

    def _put_durably(self, data: bytes, top: str) -> str:
        """In one thread from the hash to the disk: handing over costs more than either."""
        address = sha256(data).hexdigest()
        path = _path(address)
        try:
            self._store.put(path, data, mode="create")
        except AlreadyExistsError:
            # A power cut may have left its name in the folder without its bytes.
            if bytes(self._store.get(path).bytes()) != data:
                self._store.put(path, data, mode="overwrite")
        self._sync(top, path)
        return address

    def _sync(self, top: str, path: str) -> None:
        """The file and its folder, down to the disk; the folders above it the first time that it is seen."""
        leaf = path.rpartition("/")[0]
        above = () if leaf in self._synced else (leaf.partition("/")[0], "")
        for target in (path, leaf, *above):
            descriptor = os.open(f"{top}/{target}", os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._synced.add(leaf)


def _path(address: str) -> str:
    if len(address) != _HEX_DIGITS or not address.isalnum():
        raise FileNotFoundError(address)
    return f"{address[:2]}/{address[2:4]}/{address}"
