"""Why a planned step would ask whom it would, or nobody, in words."""

from __future__ import annotations

from workbench.events import CallPlanned
from workbench.study.rehearsed import Instance, Unreached

STANDING_BY = ("not chosen:", "stands by", "not asked: the role")
"""Reasons of candidates that nothing speaks against."""


def why_chosen(call: CallPlanned) -> tuple[str, ...]:
    """Why the policy would take this one of several candidates, and what is against others."""
    if len(call.candidates) < 2:
        return ()
    chosen = next((each.reason for each in call.candidates if each.chosen), "")
    against = [
        f"not {each.model}: {each.reason}"
        for each in call.candidates
        if not each.chosen and not each.reason.startswith(STANDING_BY)
    ]
    return (chosen, *against)


def why_nobody(each: Instance, at: str | None) -> str:
    if each.status == "skipped":
        return f"skipped: {each.reason}"
    return "its output is given" if each.path == at else "asks nobody"


def for_each(each: Unreached, number: int | None) -> str:
    """For what it is done again and again."""
    if not each.lists:
        return ""
    return f", for each of {each.lists[-1]}" if number is None else f", {number:,} times"


def why_unknown(each: Unreached, until: str) -> str:
    if each.passes:
        return f"until {until} is known: at most {each.passes} more"
    condition = f": if {each.step.if_}" if each.step.if_ else ""
    return f"until {until} is known{condition}"
