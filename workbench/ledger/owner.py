"""Which writer of which process records a run, and whether it still lives."""

from __future__ import annotations

import functools
import itertools
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

STALE = 3600 * 1_000_000
"""Microseconds of silence after which a run of another machine counts as crashed: nobody here can ask it."""


_numbers = itertools.count(1)
_writers: set[str] = set()
"""The writers of this process that still take events."""


def new_owner() -> str:
    """A name for a writer: its machine, its process, when that was born (numbers are used again), its own."""
    number = os.getpid()
    owner = f"{_place()} {number} {_birth(number)} {next(_numbers)}"
    _writers.add(owner)
    return owner


def retire(owner: str) -> None:
    """The writer takes no more events, so the runs it did not see end have crashed."""
    _writers.discard(owner)


def is_alive(owner: str | None, touched: int) -> bool:
    """Whether the writer ``owner`` lives; one of another machine does while its run was written of late."""
    if not owner:
        return False
    if owner in _writers:
        return True
    place, number, birth = [*owner.split(" ", 3), "", ""][:3]
    if place != _place() or not number.isdigit() or not birth:
        return time.time_ns() // 1000 - touched < STALE
    return int(number) != os.getpid() and _birth(int(number)) == birth


@functools.lru_cache(maxsize=1)
def _place() -> str:
    """The machine since its last start; a container counts as one, for it numbers processes by itself."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        numbering = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot = numbering = ""
    return "/".join((socket.gethostname().replace(" ", "_"), boot, numbering))


def _birth(number: int) -> str:
    """When a process started, in the system's own words; empty when there is none."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return "" if sys.platform == "linux" else _birth_by_ps(number)
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def _birth_by_ps(number: int) -> str:
    try:
        asked = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(number)], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return " ".join(asked.stdout.split())
