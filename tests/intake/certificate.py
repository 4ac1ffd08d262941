"""A certificate for this machine's own address, made for one test."""

import subprocess
from pathlib import Path


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) for 127.0.0.1 and localhost, signed by itself."""
    chain, key = folder / "cert.pem", folder / "key.pem"
    asked = f"-newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out {chain}"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    argv = ["openssl", "req", "-x509", *asked.split(), "-addext", names]
    subprocess.run(argv, check=True, capture_output=True)
    return chain, key
