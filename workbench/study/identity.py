"""Names of runs."""

from __future__ import annotations

import secrets
from hashlib import blake2b

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: no letters that look alike."""
LENGTH = 10
"""50 bits: in a million runs, two meet with a chance of one in two thousand; the ledger would refuse that."""


def new_run_id() -> str:
    """A fresh name for a run: random, so that a few characters are enough to name it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def id_of(text: str) -> str:
    """The name that a text always has."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in blake2b(text.encode()).digest()[:LENGTH])
