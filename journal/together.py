"""Several endless things that run as one: when one of them ends, so does the whole, at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_UNWIND_S = 1.0


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run the parts until cancelled, or until one of them ends; raises what it raised.

    Unlike a task group this does not wait for ever for those that it cancels: one that hangs on a broken
    connection must not keep a service alive that does half of its work.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_UNWIND_S)
