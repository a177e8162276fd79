"""What a line that is being typed ends with: a word, a chain of names.  Each letter is read once."""

from __future__ import annotations

from collections.abc import Sequence

DIGITS = frozenset("0123456789")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") | DIGITS
MODEL = LETTERS | frozenset("./:@-")
KEY = LETTERS | frozenset("-")


def last_of(text: Sequence[str], letters: frozenset[str]) -> int:
    """Where the letters begin with which a text ends; its length when it ends with another."""
    at = len(text)
    while at and text[at - 1] in letters:
        at -= 1
    return at


def last_name(text: str) -> str:
    """The name that a text ends with: no digit comes first."""
    at = last_of(text, LETTERS)
    while at < len(text) and text[at] in DIGITS:
        at += 1
    return text[at:]


def last_chain(text: str) -> tuple[tuple[str, ...], str] | None:
    """The names and the begun one that a text ends with, as ``draft.gates.le``; None without a dot."""
    *names, begun = text[last_of(text, LETTERS | frozenset(".")) :].split(".")
    chain: list[str] = []
    for name in reversed(names):
        known = last_name(name)
        if not known:
            break
        chain.append(known)
        if known != name:
            break
    return (tuple(reversed(chain)), begun) if chain else None
