"""Runs by a condition in the language of recipes, as ``cost > 0.01 and gates.grounded < 0.5``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from workbench.errors import UsageError
from workbench.events import Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import GateRow, RunFilter, RunRow
from workbench.recipe.expressions import ExpressionError, expression_mentions, is_true
from workbench.recipe.suggest import did_you_mean_or_list
from workbench.usage import dollars

PAGE = 500
ROOTS = (
    "id", "recipe", "mode", "status", "started", "cost", "saved", "seconds", "calls", "reused", "steps",
    "tokens", "models", "parent", "error", "error_class", "error_step", "inputs", "outputs", "gates",
)  # fmt: skip
ABSENT = re.compile("`?([^` ]+)`? is (?:undefined|not there)")
TOKENS = ("in", "out", "cached")


def runs_where(reader: Reader, condition: str, where: RunFilter, limit: int) -> tuple[list[RunRow], bool]:
    """The newest runs of which ``condition`` holds, at most ``limit``, and whether there may be more.

    What a run does not have (a gate, an output, a known cost) makes a condition that needs it false for it;
    ``outputs.reply is defined`` asks whether it is there.  ``gates.NAME`` is the lowest score of that gate in
    the run, 1 and 0 where it only passes or fails.  Raises UsageError for a condition that cannot be read,
    or that could be worked out for no run.
    """
    roots = _roots(condition)
    found: list[RunRow] = []
    wrong, right = None, False
    for row in _rows(reader, where):
        try:
            holds = is_true(condition, names_of(reader, row, roots))
            right = True
        except ExpressionError as error:
            wrong, holds = error, False
        if holds:
            if len(found) == limit:
                return found, True
            found.append(row)
    if wrong is not None and not right:
        missing = ABSENT.fullmatch(wrong.message)
        told = f"--where {condition!r}: no run has {missing[1]}" if missing else ""
        raise UsageError(told, hint=wrong.hint) if told else _refused(condition, wrong)
    return found, False


def names_of(reader: Reader, row: RunRow, roots: frozenset[str]) -> dict[str, Json]:
    """What a condition sees of a run; only what it mentions is looked up, and the unknown is not there."""
    names: dict[str, Json] = {
        "id": row.id, "recipe": row.recipe, "mode": row.mode,
        "status": row.status,
        "started": datetime.fromtimestamp(row.started / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "cost": dollars(row.cost_nano) if row.cost_known else None, "saved": dollars(row.saved_nano),
        "seconds": row.seconds, "calls": row.calls, "reused": row.reused, "steps": row.steps,
        "tokens": {"in": row.tokens_in, "out": row.tokens_out, "cached": row.tokens_cached},
        "models": list(row.models), "parent": row.parent, "error": row.error, "error_class": row.error_class,
        "error_step": row.error_path, "inputs": dict(row.inputs),
    }  # fmt: skip
    if "outputs" in roots:
        names["outputs"] = reader.outputs(row.id)
    if "gates" in roots:
        names["gates"] = _lowest(reader.gates(row.id))
    return {name: value for name, value in names.items() if value is not None}


def _lowest(gates: list[GateRow]) -> dict[str, float]:
    lowest: dict[str, float] = {}
    for gate in gates:
        score = float(gate.passed) if gate.score is None else gate.score
        lowest[gate.gate] = min(score, lowest.get(gate.gate, score))
    return lowest


def _rows(reader: Reader, where: RunFilter) -> Iterator[RunRow]:
    offset = 0
    while page := reader.runs(PAGE, offset, where):
        yield from page
        offset += len(page)


def _roots(condition: str) -> frozenset[str]:
    try:
        mentioned = expression_mentions(condition)
    except ExpressionError as error:
        raise _refused(condition, error) from error
    known: Mapping[str, tuple[str, ...]] = {"": ROOTS, "tokens": TOKENS}
    for name in sorted(mentioned):
        root, _, rest = name.partition(".")
        for holder, part in (("", root), (root, rest.partition(".")[0])):
            if part and holder in known and part not in known[holder]:
                raise UsageError(
                    f"--where: a run has no {name}", hint=did_you_mean_or_list(part, known[holder])
                )
    return frozenset(name.partition(".")[0] for name in mentioned)


def _refused(condition: str, error: ExpressionError) -> UsageError:
    return UsageError(f"--where {condition!r}: {error.message}", hint=error.hint)
