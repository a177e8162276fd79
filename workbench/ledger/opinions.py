"""What is said of runs after they ended: labels by hand, and whether they came out as their data expects.

Both are notes beside the run; a label given later takes the place of an earlier one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from workbench.errors import UsageError
from workbench.events import Json, now
from workbench.ledger.held import Held
from workbench.ledger.payload import to_json
from workbench.ledger.schema import MOST_ROWS, RUN_SHIFT

Word = Literal["good", "bad"]
_ADD = "INSERT INTO notes (run, path, at, kind, note) VALUES (?, ?, ?, ?, ?)"
_DROP = "DELETE FROM notes WHERE run = ? AND kind = ? AND path IS ?"
_SAID = """SELECT path, at, kind, note FROM notes WHERE kind IN ('label', 'expected')
    AND run = (SELECT number FROM runs WHERE id = ?) ORDER BY id"""
_JUDGED = f"""SELECT runs.recipe, runs.id, gates.path, gates.gate, gates.passed, gates.score,
        coalesce(of_step.note ->> 'word', of_run.note ->> 'word') AS word
    FROM (SELECT DISTINCT run FROM notes WHERE kind = 'label') AS labelled
    JOIN runs ON runs.number = labelled.run AND (:recipe = '' OR runs.recipe = :recipe)
        AND (:batch IS NULL OR runs.batch = :batch)
    CROSS JOIN gates ON gates.id BETWEEN runs.number << {RUN_SHIFT}
        AND (runs.number << {RUN_SHIFT}) | {MOST_ROWS}
    LEFT JOIN notes AS of_step ON of_step.run = runs.number AND of_step.kind = 'label'
        AND of_step.path = gates.path
    LEFT JOIN notes AS of_run ON of_run.run = runs.number AND of_run.kind = 'label' AND of_run.path IS NULL
    WHERE word IS NOT NULL ORDER BY gates.id"""
_KNOWN = "SELECT 1 FROM notes WHERE run = ? AND kind = ? AND path IS ?"
_STEP = "SELECT 1 FROM steps WHERE run = ? AND path = ?"
_OF_RUN = """SELECT path, note FROM notes WHERE kind = ? AND run = (SELECT number FROM runs WHERE id = ?)
    ORDER BY id"""
_OF_BATCH = """SELECT runs.id, notes.path, notes.note FROM runs JOIN notes ON notes.run = runs.number
    WHERE runs.batch = ? AND notes.kind = ? ORDER BY notes.id"""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of a run, or of one step of it."""

    word: Word
    answer: str | None = None
    """What it should have been."""
    path: str | None = None
    """The step instance; None: the run as a whole."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that the data of a run expects, and how it came out."""

    target: str
    gate: str
    passed: bool
    score: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A check of a gate, and what people said of what it checked."""

    recipe: str
    run: str
    path: str
    gate: str
    passed: bool
    score: float | None
    good: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said of a run or a step of it, as a bundle carries it: a label, or how expectations came."""

    run: str
    at: int
    label: Label | None = None
    expected: tuple[Expected, ...] = ()


class Opinions(Held):
    """Reads and writes what is said of runs."""

    def label(self, run: str, label: Label) -> None:
        """Put a label on record, instead of an earlier one."""
        note = {"word": label.word, "answer": label.answer}
        self._put(run, label.path, "label", note)

    def unlabel(self, run: str, path: str | None = None) -> None:
        """Take a label away."""
        with self._writing() as connection:
            connection.execute(_DROP, (_number(connection, run), "label", path))

    def expected(self, run: str, results: Iterable[Expected]) -> None:
        """Put on record how a run came out by what its data expects."""
        self._put(run, None, "expected", [asdict(each) for each in results])

    def labels(self, run: str) -> list[Label]:
        """The labels of a run."""
        with self._reading() as connection:
            return labels_of(connection, run)

    def labels_of_batch(self, batch: int) -> dict[str, list[Label]]:
        """The labels of all runs of a batch, by run."""
        with self._reading() as connection:
            return _by_run(connection.execute(_OF_BATCH, (batch, "label")).fetchall())

    def expectations(self, run: str) -> list[Expected]:
        """How a run came out by what its data expects."""
        with self._reading() as connection:
            return expected_of(connection, run)

    def expectations_of_batch(self, batch: int) -> dict[str, list[Expected]]:
        """How all runs of a batch came out by what their data expects, by run."""
        with self._reading() as connection:
            found = connection.execute(_OF_BATCH, (batch, "expected")).fetchall()
        return {run: [Expected(**each) for each in json.loads(note)] for run, _, note in found}

    def judged(self, recipe: str = "", batch: int | None = None) -> list[Judged]:
        """Checks in labelled runs, in order: the label of a step is of its gates, that of a run of all."""
        with self._reading() as connection:
            found = connection.execute(_JUDGED, {"recipe": recipe, "batch": batch}).fetchall()
        return [
            Judged(name, run, path, gate, bool(passed), score, word == "good")
            for name, run, path, gate, passed, score, word in found
        ]

    def _put(self, run: str, path: str | None, kind: str, note: Json | Mapping[str, Json]) -> None:
        with self._writing() as connection:
            number = _number(connection, run)
            connection.execute(_DROP, (number, kind, path))
            connection.execute(_ADD, (number, path, now(), kind, to_json(note)))


def labels_of(connection: sqlite3.Connection, run: str) -> list[Label]:
    """The labels of a run."""
    return [_label(path, note) for path, note in connection.execute(_OF_RUN, ("label", run))]


def expected_of(connection: sqlite3.Connection, run: str) -> list[Expected]:
    """How a run came out by what its data expects."""
    found = connection.execute(_OF_RUN, ("expected", run)).fetchall()
    return [Expected(**each) for _, note in found for each in json.loads(note)]


def said_of(connection: sqlite3.Connection, run: str) -> list[Said]:
    """All that is said of a run, in order."""
    found = connection.execute(_SAID, (run,)).fetchall()
    return [
        Said(run, at, label=_label(path, note))
        if kind == "label"
        else Said(run, at, expected=tuple(Expected(**each) for each in json.loads(note)))
        for path, at, kind, note in found
    ]


def take_said(connection: sqlite3.Connection, said: Iterable[Said]) -> int:
    """Keep what was said elsewhere, and what is said here already as it is; how many are new.

    Raises UsageError for a label of a step that its run has not.
    """
    new = 0
    for each in said:
        number, path = _number(connection, each.run), each.label.path if each.label else None
        kind = "label" if each.label else "expected"
        if path is not None and not connection.execute(_STEP, (number, path)).fetchone():
            raise UsageError(f"a label is of the step {path!r}, which run {each.run} has not")
        if connection.execute(_KNOWN, (number, kind, path)).fetchone():
            continue
        note: Json = [asdict(one) for one in each.expected]
        if each.label is not None:
            note = {"word": each.label.word, "answer": each.label.answer}
        connection.execute(_ADD, (number, path, each.at, kind, to_json(note)))
        new += 1
    return new


def _number(connection: sqlite3.Connection, run: str) -> int:
    found = connection.execute("SELECT number FROM runs WHERE id = ?", (run,)).fetchone()
    if found is None:
        raise UsageError(f"there is no run {run}")
    number: int = found[0]
    return number


def _label(path: str | None, note: str) -> Label:
    told = json.loads(note)
    return Label(told["word"], told.get("answer"), path)


def _by_run(rows: Iterable[tuple[str, str | None, str]]) -> dict[str, list[Label]]:
    found: dict[str, list[Label]] = {}
    for run, path, note in rows:
        found.setdefault(run, []).append(_label(path, note))
    return found
