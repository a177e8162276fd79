"""Holds a plan against the run that followed."""

from __future__ import annotations

from tests.study.kit import Lab
from workbench.study.paths import parts
from workbench.study.plan import Plan


def assert_exact(plan: Plan, lab: Lab, run: str) -> None:
    """What was planned as reuse was reused, what was planned as a call was called, nothing came unplanned."""
    planned = {step.path: step for step in plan.steps}
    assert len(planned) == len(plan.steps), "each step instance is planned once"
    made, reused = set(lab.made(run)), set(lab.reused(run))
    for path, step in planned.items():
        match step.action:
            case "reuse":
                assert path in reused and path not in made, f"{path} was planned as reuse"
            case "call":
                assert path in made, f"{path} was planned as a call"
            case "none":
                assert path not in made | reused, f"{path} was planned to ask nobody"
    unknown = [path for path, step in planned.items() if step.action == "unknown"]
    for path in (made | reused) - set(planned):
        assert any(covers(each, path) for each in unknown), f"{path} was not planned"


def covers(unknown: str, path: str) -> bool:
    """Whether ``path`` lies where a plan said that it does not know yet."""
    for theirs, own in zip(parts(unknown), parts(path), strict=False):
        if theirs.name != own.name or (theirs.index is not None and theirs.index != own.index):
            return False
        if theirs.turn is not None and (own.turn or 0) < theirs.turn:
            return False
        if theirs.turn is not None:
            return True
    return len(parts(unknown)) <= len(parts(path))
