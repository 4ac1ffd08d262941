"""Run by make before anything is installed, so by any Python: one clear sentence when it is too old."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this very check is why the file is here
    found = sys.version.split()[0]
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if locale.lower().startswith("en"):
        sys.exit(
            "Atendimento needs Python 3.11 or newer; this one is " + found + " (make PYTHON=python3.12 ...)."
        )
    sys.exit(
        "O Atendimento precisa do Python 3.11 ou mais novo; este e o "
        + found
        + " (make PYTHON=python3.12 ...)."
    )
