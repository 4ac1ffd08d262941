"""The desk's certificate for mail, read again when its file changes: they are renewed every few weeks."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Certificate:
    """A certificate chain and its key, in PEM files.

    Raises:
        OSError, ssl.SSLError: they cannot be read, or do not fit each other.
    """

    chain: Path
    key: Path
    context: ssl.SSLContext = field(init=False)
    _changed: tuple[float, float] = field(init=False, default=(0.0, 0.0))

    def __post_init__(self) -> None:
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.refresh()

    def refresh(self) -> None:
        """Take up what the files hold now; sessions under way keep what they have."""
        changed = (self.chain.stat().st_mtime, self.key.stat().st_mtime)
        if changed != self._changed:
            self.context.load_cert_chain(self.chain, self.key)
            self._changed = changed
