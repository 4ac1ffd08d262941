"""What the person sees while the desk starts."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.status import Status

from deploy.words import say


class Progress:
    """One line a step, with a spinner on a terminal and the seconds that it took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._status: Status | None = None
        self._step = ""

    @contextlib.contextmanager
    def step(self, code: str) -> Iterator[None]:
        """Show a step for as long as the block runs; it is ticked when the block ends well."""
        began = time.monotonic()
        self._step = say(code)
        with self.console.status(f"{self._step}…") as status:
            self._status = status
            yield
        self._status = None
        self.tell(f"[green]✓[/] {self._step}  [dim]{time.monotonic() - began:.1f} s[/]")

    def detail(self, text: str) -> None:
        """Say more about the step that runs; on a terminal only."""
        if self._status:
            self._status.update(f"{self._step}: {text}")

    def tell(self, line: str) -> None:
        """Print one line, marked up."""
        self.console.print(line, highlight=False, soft_wrap=True)

    def tell_plainly(self, line: str) -> None:
        """Print one line as it is, brackets and all."""
        self.console.print(line, highlight=False, soft_wrap=True, markup=False)

    def table(self, rows: dict[str, str]) -> None:
        """Print names and values in two columns."""
        width = max(map(len, rows))
        for name, value in rows.items():
            self.tell_plainly(f"  {name.ljust(width)}  {value}")
