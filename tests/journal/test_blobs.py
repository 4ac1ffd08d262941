import asyncio
import os
from hashlib import sha256
from pathlib import Path

import pytest

from journal.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.at((tmp_path / "blobs with space").as_uri())


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)), os.urandom(3_000_000)], ids=len)
async def test_what_is_put_is_got_at_its_hash(blobs: Blobs, data: bytes) -> None:
    address = await blobs.put(data)
    assert address == sha256(data).hexdigest()
    assert await blobs.get(address) == data


async def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = Blobs.at(tmp_path.as_uri())
    assert len(set(await asyncio.gather(*(blobs.put(b"same") for _ in range(10))))) == 1
    assert [path.read_bytes() for path in files(tmp_path)] == [b"same"]


async def test_a_name_that_a_power_cut_left_without_its_bytes_is_filled(tmp_path: Path) -> None:
    blobs = Blobs.at(tmp_path.as_uri())
    address = await blobs.put(b"a whole mail")
    (path,) = files(tmp_path)
    path.write_bytes(b"")
    assert await blobs.put(b"a whole mail") == address
    assert await blobs.get(address) == b"a whole mail"


@pytest.mark.parametrize(
    "address", ["", "../../etc/passwd", "0" * 63, "0" * 64, "G" * 64, "/" * 64, "é" * 64, "A" * 64]
)
async def test_what_is_not_there_is_not_found(blobs: Blobs, address: str) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.get(address)
