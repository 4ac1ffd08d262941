"""What is wrong with a record that somebody wants to define. Pure."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journal.errors import Refused


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong; `field` says where in the record, `targets.0.priority`, empty for the record itself.

    `why` is set for what is wrong in the record alone, whatever the others say: a code.
    """

    code: str
    field: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    why: str = ""


def malformed(where: str, why: str, said: str = "") -> Fault:
    """What no other record could make right; `said` is what the form's own check says of it, in English."""
    return Fault("malformed", where, {"why": why, "said": said} if said else {"why": why}, why)


class RecordRefused(Refused):
    """A record is refused: told by its first fault, while `faults` has all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = faults
        if alone := [{"at": fault.field, "why": fault.why} for fault in faults if fault.why]:
            super().__init__("malformed", errors=alone)
        else:
            super().__init__(faults[0].code, **faults[0].facts)
