"""Search over prompts, answers, inputs and errors of the whole record."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.ledger.blobs import read_blobs
from workbench.ledger.failures import as_ledger_error
from workbench.ledger.open import connect
from workbench.ledger.owner import is_alive
from workbench.ledger.read_runs import SHOWN
from workbench.ledger.search_index import OWN, Progress, index_path, open_index, update

AROUND = 60
"""Characters of an excerpt on either side of the match."""

FOLDED_AT_MOST = 200_000
_CHUNK = re.compile(r'"([^"]*)"?(\*?)|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after another; with ``prefix`` the last may go on."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def match(self) -> str:
        """The term for FTS5, quoted: nothing in it has a meaning of its own."""
        return f'"{" ".join(self.words)}"' + ("*" if self.prefix else "")

    @property
    def pattern(self) -> str:
        """The term as a regular expression over folded text."""
        words = r"[\W_]+".join(re.escape(_folded(each)) for each in self.words)
        return rf"(?<![^\W_]){words}" + ("" if self.prefix else r"(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Match:
    """One text that matches, where it first stands in its run."""

    run: str
    recipe: str
    status: str
    started: int
    path: str | None
    """The step instance; None: the run's own inputs, outputs or error."""
    place: str
    """input, prompt, answer, output, reason or error."""
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found, newest run first."""

    matches: tuple[Match, ...]
    total: int
    index_bytes: int


def terms_of(text: str) -> list[Term]:
    """The terms of what a person typed: words, "phrases", and beginnings*.  Any text is a query."""
    found: list[Term] = []
    for phrase, star, chunk in _CHUNK.findall(text):
        words = tuple(_WORD.findall(phrase or chunk))
        if words:
            found.append(Term(words, bool(star) or chunk.endswith("*")))
    return found


def search(
    path: Path,
    text: str,
    *,
    limit: int = 20,
    recipe: str = "",
    status: str = "",
    progress: Progress | None = None,
) -> Searched:
    """The texts that hold all terms of ``text``; brings the index up to date first.

    Raises LedgerError when the record cannot be read.
    """
    terms = terms_of(text)
    try:
        ledger = connect(path, "ro")
        ledger.create_function("is_alive", 2, is_alive)
        index = open_index(path)
        try:
            ledger.execute("BEGIN")
            update(index, ledger, progress)
            places = _places(index, terms) if terms else []
            runs = _runs(ledger, recipe, status)
            kept = [each for each in places if each[1] in runs]
            matches = [_match(ledger, index, each, runs, terms) for each in kept[:limit]]
        finally:
            index.close()
            ledger.close()
    except sqlite3.Error as error:
        raise as_ledger_error(error, path, "search") from error
    size = index_path(path).stat().st_size if index_path(path).exists() else 0
    return Searched(tuple(matches), len(kept), size)


_HITS = """WITH RECURSIVE hit (id) AS (SELECT rowid FROM texts WHERE texts MATCH ?
    UNION SELECT whole FROM holds JOIN hit ON part = hit.id) SELECT id FROM hit"""

Place = tuple[int, int, str, str | None]
"""Text, run, place and path."""


def _places(index: sqlite3.Connection, terms: Sequence[Term]) -> list[Place]:
    """Where texts that hold all terms first stand, newest run first; of texts in one another the least."""
    hits: set[int] | None = None
    for term in terms:
        found = {key for (key,) in index.execute(_HITS, (term.match,))}
        hits = found if hits is None else hits & found
    if not hits:
        return []
    index.execute("CREATE TEMP TABLE IF NOT EXISTS hits (id INTEGER PRIMARY KEY)")
    index.executemany("INSERT INTO hits VALUES (?)", ((key,) for key in hits))
    holds: dict[int, list[int]] = {}
    for part, whole in index.execute("SELECT part, whole FROM holds WHERE whole IN (SELECT id FROM hits)"):
        holds.setdefault(whole, []).append(part)
    rows = index.execute(
        "SELECT text, run, place, path FROM uses WHERE text IN (SELECT id FROM hits)"
        ' ORDER BY run DESC, "order"'
    ).fetchall()
    used: dict[int, set[int]] = {}
    for text, run, *_ in rows:
        used.setdefault(run, set()).add(text)
    kept: list[Place] = []
    long_ones: set[int] = set()
    for row in rows:
        text, run = row[:2]
        if text not in holds:
            kept.append(row)
        elif run not in long_ones and not _holds_another(text, holds, used[run], hits):
            long_ones.add(run)  # a context that grows matches again in every step: the first says it
            kept.append(row)
    return kept


def _holds_another(
    text: int, holds: dict[int, list[int]], used: Collection[int], hits: Collection[int]
) -> bool:
    """Whether a part of the text that also matches is in the run by itself."""
    waiting = list(holds[text])
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if part in used:
            return True
        if part in hits and part not in seen:
            seen.add(part)
            waiting += holds.get(part, ())
    return False


def _runs(ledger: sqlite3.Connection, recipe: str, status: str) -> dict[int, tuple[str, str, str, int]]:
    rows = ledger.execute(
        f"SELECT number, id, recipe, {SHOWN} AS shown, started FROM runs"
        " WHERE (? = '' OR recipe = ?) AND (? = '' OR shown = ?)",
        (recipe, recipe, status, status),
    )
    return {number: (id, name, shown, started) for number, id, name, shown, started in rows}


def _match(
    ledger: sqlite3.Connection,
    index: sqlite3.Connection,
    at: Place,
    runs: dict[int, tuple[str, str, str, int]],
    terms: Sequence[Term],
) -> Match:
    text, run, place, path = at
    if text > OWN:
        whole = index.execute("SELECT text FROM short WHERE id = ?", (text,)).fetchone()[0]
    else:
        whole = read_blobs(ledger, (text,)).get(text, "")
    return Match(*runs[run], path, place, *excerpt(whole, terms))


def excerpt(text: str, terms: Sequence[Term]) -> tuple[str, str, str]:
    """A piece of the text on one line: before the first match, the match, after it."""
    folded = _folded(text)
    found = (re.search(each.pattern, folded) for each in terms)
    first = min((each.span() for each in found if each), default=(0, 0))
    start, end = max(first[0] - AROUND, 0), first[1] + AROUND
    before = ("… " if start else "") + _line(text[start : first[0]])
    after = _line(text[first[1] : end]) + (" …" if end < len(text) else "")
    return before, _line(text[slice(*first)]), after


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _folded(text: str) -> str:
    """Lower case without accents, letter by letter, so that places stay the same."""
    if text.isascii():
        return text.lower()
    if len(text) > FOLDED_AT_MOST:
        lower = text.lower()
        return lower if len(lower) == len(text) else text
    return "".join(unicodedata.normalize("NFD", each)[0].lower()[:1] for each in text)
