"""Ports that are handed out before their servers listen."""

import subprocess
import sys

from deploy.ports import free_port

_HAND_OUT = (
    "from deploy.ports import free_port; print(*(free_port() for _ in range(150)), flush=True); input()"
)


def test_no_port_is_handed_out_twice_while_its_server_has_yet_to_listen() -> None:
    handed_out = [free_port() for _ in range(150)]
    assert len(set(handed_out)) == 150


def test_two_processes_that_choose_at_once_never_choose_the_same_port() -> None:
    choosers = [
        subprocess.Popen(
            [sys.executable, "-c", _HAND_OUT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    chosen: list[str] = []
    for chooser in choosers:
        assert chooser.stdout
        chosen += chooser.stdout.readline().split()
    for chooser in choosers:
        chooser.communicate("\n")
    assert len(set(chosen)) == 600
