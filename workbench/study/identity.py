"""Names of runs."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: no letters that look alike."""
LENGTH = 10
"""50 bits: a million runs collide with a chance of one in two thousand, and the ledger refuses a collision."""


def new_run_id() -> str:
    """A fresh name for a run: random, so that a few characters are enough to name it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
