"""A run in one object: what ``run --json`` prints."""

from __future__ import annotations

from workbench.events import BudgetLine, Json
from workbench.ledger.reader import Reader
from workbench.ledger.rows import GateRow, StepRow
from workbench.usage import NANO, dollars

PAGE = 500


def summary(reader: Reader, run: str) -> dict[str, Json]:
    """The run as the command line's contract has it; an unknown cost is None."""
    row = reader.run(run)
    gates: dict[str, list[GateRow]] = {}
    for gate in reader.gates(row.id):
        gates.setdefault(gate.path, []).append(gate)
    report = reader.report(row.id)
    return {
        "run": row.id,
        "recipe": row.recipe,
        "recipe_hash": row.recipe_hash,
        "mode": row.mode,
        "status": row.status,
        "outputs": reader.outputs(row.id),
        "cost_usd": dollars(row.cost_nano) if row.cost_known else None,
        "saved_usd": dollars(row.saved_nano),
        "seconds": row.seconds,
        "tokens": {"in": row.tokens_in, "out": row.tokens_out, "cached": row.tokens_cached},
        "calls": row.calls,
        "reused": row.reused,
        "session": report.session,
        "budgets": [_budget(each) for each in report.budgets],
        "missing": [
            {"step": each.path, "reason": each.why, "class": each.error_class} for each in report.missing
        ],
        "came_from": dict(report.came_from),
        "steps": [_step(step, gates.get(step.path, [])) for step in _all_steps(reader, row.id)],
        "error": None
        if row.error is None
        else {"class": row.error_class, "message": row.error, "step": row.error_path},
    }


def _budget(each: BudgetLine) -> dict[str, Json]:
    """One limit; money in dollars."""
    size = NANO if each.measure == "usd" else 1
    return {
        "of": each.level,
        "name": each.name or None,
        "measure": each.measure,
        "used": each.used / size if size > 1 else each.used,
        "limit": each.limit / size if size > 1 else each.limit,
        "on_exceed": each.on_exceed,
    }


def _all_steps(reader: Reader, run: str) -> list[StepRow]:
    steps: list[StepRow] = []
    while page := reader.steps(run, PAGE, len(steps)):
        steps.extend(page)
    return steps


def _step(step: StepRow, gates: list[GateRow]) -> dict[str, Json]:
    return {
        "path": step.path,
        "verb": step.verb,
        "status": step.status,
        "model": step.model or None,
        "attempts": step.attempts,
        "cost_usd": dollars(step.cost_nano),
        "seconds": step.seconds,
        "gates": [
            {
                "name": gate.gate,
                "passed": gate.passed,
                "score": gate.score,
                "reason": gate.reason,
                "input": gate.input or None,
                "seconds": gate.seconds,
                "cost_usd": dollars(gate.cost_nano),
            }
            for gate in gates
        ],
    }
