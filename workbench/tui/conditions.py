"""Breakpoints with conditions: ``cost > 0.01``, ``gates.grounded.score < 0.5``, or the name of a step.

A condition is an expression over one step's result, with ``path``, ``verb``, ``error`` and ``error_class``
beside the result's own keys.  What cannot be worked out for a step does not hold there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from workbench.engine.control import AnswerStop, CallStop
from workbench.engine.results import VERB_KEYS
from workbench.events import Event, Json, StepFinished
from workbench.ledger.rows import StepRow
from workbench.recipe.expressions import ExpressionError, expression_mentions, is_true
from workbench.tui.paths import node
from workbench.usage import dollars

OWN_NAMES = ("path", "verb", "error", "error_class", "seconds")
"""What a condition can name beside a result's keys."""
COMMON = ("status", "failed", "skipped", "cost", "model", "gates")
KNOWN = frozenset((*OWN_NAMES, *COMMON, *(key for keys in VERB_KEYS.values() for key in keys)))

_STEP = re.compile(r"[A-Za-z_][\w/\[\]#]*\Z")
_ORDER = re.compile(r"[<>]")


def problem_of(text: str, steps: Collection[str]) -> str | None:
    """What is wrong with a condition, in a sentence; None when it can be used, in a recipe of ``steps``."""
    if not text.strip():
        return "A condition is missing, as: cost > 0.01"
    if _is_step(text, steps):
        return None
    try:
        names = {each.partition(".")[0].partition("[")[0] for each in expression_mentions(text)}
    except ExpressionError as error:
        return f"This cannot be read: {error.message}"
    for name in sorted(names - KNOWN):
        close = difflib.get_close_matches(name, [*KNOWN, *steps], 1)
        if close:  # a name that is like no other may be a value of a set step
            return f"Nothing is called {name}. Did you mean {close[0]}?"
    return None


def _is_step(text: str, steps: Collection[str]) -> bool:
    return bool(_STEP.match(text.strip())) and node(text.strip()) in steps


def holds(text: str, names: Mapping[str, Json]) -> bool:
    """Whether a condition holds for a step's ``names``."""
    text = text.strip()
    path = str(names.get("path", ""))
    if text == path or (_STEP.match(text) and text == node(path)):
        return True
    try:
        if _ORDER.search(text) and any(_resolve(each, names) is None for each in expression_mentions(text)):
            return False  # what is unknown is neither more nor less than anything
        return is_true(text, names)
    except ExpressionError:
        return False


def _resolve(dotted: str, names: Mapping[str, Json]) -> Json:
    value: Json = names
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def names_of_step(row: StepRow, output: Json) -> dict[str, Json]:
    """What a condition sees of a recorded step."""
    own = dict(output) if isinstance(output, Mapping) else {}
    base: dict[str, Json] = {
        "status": row.status,
        "cost": dollars(row.cost_nano),
        "model": row.model or None,
        "gates": {},
    }
    more = {"path": row.path, "verb": row.verb, "error": row.error, "error_class": row.error_class}
    return {**base, **own, **more, "seconds": row.seconds}


def first_true(text: str, rows: Iterable[StepRow], outputs: Mapping[str, Json]) -> str | None:
    """The first step instance for which a condition holds."""
    for row in rows:
        if holds(text, names_of_step(row, outputs.get(row.path))):
            return row.path
    return None


@dataclass(slots=True)
class Watch:
    """Keeps an eye on a run: stands it still where a condition holds, once for each step."""

    conditions: list[str] = field(default_factory=list)
    told: str = ""
    """Which condition stood it still last, and where."""
    _due: bool = False
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def receive(self, event: Event) -> None:
        """Check a step that ended; where a condition holds, the next stop is due."""
        if not self.conditions or not isinstance(event, StepFinished):
            return
        own = dict(event.output) if isinstance(event.output, Mapping) else {}
        more = {
            "path": event.path,
            "verb": event.verb,
            "error": event.error,
            "error_class": event.error_class,
        }
        self._due = self._check({"status": event.status, **own, **more}) or self._due

    def holds_at(self, stop: CallStop | AnswerStop) -> bool:
        """True when the run is to stand still at this stop."""
        if not self.conditions:
            return False
        names: dict[str, Json] = {"path": stop.path, "status": "running"}
        if isinstance(stop, AnswerStop):
            names |= {"cost": dollars(stop.cost_nano), "model": stop.model, "text": stop.text}
        due, self._due = self._due, False
        return self._check(names) or due

    def _check(self, names: Mapping[str, Json]) -> bool:
        for text in self.conditions:
            key = (text, str(names["path"]))
            if key not in self._seen and holds(text, names):
                self._seen.add(key)
                self.told = f"{text} holds at {names['path']}"
                return True
        return False
