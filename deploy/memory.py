"""How much memory the desk really holds."""

import contextlib
from collections.abc import Iterable

import psutil


def resident_mb(pids: Iterable[int]) -> tuple[float, int]:
    """Resident megabytes of these processes and all under them, and how many they are.

    Proportional (PSS) where the system tells, so that pages shared by forked processes count once.
    """
    family: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            family |= {each.pid: each for each in (process, *process.children(recursive=True))}
    return sum(map(_resident, family.values())) / 1e6, len(family)


def _resident(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        try:
            full = process.memory_full_info()
            return float(getattr(full, "pss", 0) or full.rss)
        except psutil.AccessDenied:
            return float(process.memory_info().rss)
    return 0.0
