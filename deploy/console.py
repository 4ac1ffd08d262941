"""The console of the program `atendimento`."""

import sys

from rich.console import Console

PIPED_WIDTH = 200
"""Columns where nobody looks at a terminal."""


def console() -> Console:
    """Standard output, as wide as the terminal."""
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
