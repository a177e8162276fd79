"""The words of the Compose screen: its status line, what is wrong, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.errors import Problem
from workbench.tui import presentation as show
from workbench.tui.composing.draft import Draft
from workbench.tui.composing.estimate import Estimate
from workbench.tui.composing.outline import Item
from workbench.tui.ink import Line, cells, fit, ink, join, spread

SEVERITY = {"error": ("✗", "bad"), "warning": ("!", "warn")}


def bar(draft: Draft, estimate: Estimate | None, width: int) -> Line:
    """The recipe, whether it is saved, its steps, what a run should cost and take, whether it is valid.

    Where it is narrow, first the steps give way, then the name.
    """
    name = draft.recipe.name if draft.recipe is not None else draft.folder.name
    left = ink(" ", ("compose ", "dim"), (name, "bold"), (" ● unsaved" if draft.unsaved else "", "warn"))
    own = [item for item in draft.items if item.kind == "step" and item.path[-2] == "steps"]  # no branches
    steps = show.count(len(own), "step")
    run = estimate.text if estimate is not None else ""
    right: Line = ()
    for told, cost in ((steps, f"a run: {run}"), (steps, run), ("", run)):
        parts = [ink((told, "dim")), ink((cost if run else "", "dim")), _state(draft)]
        right = (("  ", ""), *join(parts, (" · ", "dim")), (" ", ""))
        if cells(left) + cells(right) <= width:
            return spread(left, right, width)
    mark = ink((" ● unsaved" if draft.unsaved else "", "warn"))
    room = max(0, width - cells(right) - cells(mark))
    return spread((*fit(ink(" ", (name, "bold")), room), *mark), right, width)


def _state(draft: Draft) -> Line:
    errors = draft.findings.errors
    warnings = len(draft.findings.problems) - errors
    if not draft.findings.text:
        return ink(("reading …", "dim"))
    if errors:
        return ink((f"✗ {show.count(errors, 'problem')}", "bad"))
    if not draft.settled:
        return ink(("…", "dim"))
    return ink(("✓ valid", "good"), (f", {show.count(warnings, 'warning')}" if warnings else "", "warn"))


def notice(draft: Draft, line: int | None, width: int) -> Line:
    """The problem of the line, else of the part, under the cursor; else how many there are elsewhere."""
    problem = problem_at(draft, line)
    if problem is not None:
        return fit(problem_line(problem, draft), width)
    item = draft.item
    if item is None:
        return ink((" read the YAML in the source (2)", "dim")) if draft.findings.problems else ()
    place = f" line {item.first}" if item.first == item.last else f" lines {item.first}–{item.last}"
    left = draft.findings.problems
    rest = f" · {show.count(len(left), 'problem')} elsewhere (p)" if left else ""
    return ink((f"{place} · {'.'.join(map(str, item.path)) or 'the recipe'}{rest}", "dim"))


def problem_at(draft: Draft, line: int | None) -> Problem | None:
    """The problem of a line; without one, of the selected part; without parts, the first; errors first."""
    found = sorted(own_problems(draft), key=lambda each: each.severity != "error")
    if line is not None:
        return next((each for each in found if each.line == line), None)
    item = draft.item
    if item is None:
        return next(iter(found), None)
    if item.kind == "section":
        return next((each for each in found if each.line == item.first), None)
    return next((each for each in found if item.first <= each.line <= item.last), None)


def own_problems(draft: Draft) -> list[Problem]:
    """The problems that stand in the recipe's own file."""
    return draft.own


def problem_line(problem: Problem, draft: Draft) -> Line:
    """A problem on one line: its place, what is wrong, what would be right."""
    sign, name = SEVERITY[problem.severity]
    own = problem.file in ("", str(draft.path))
    place = f"{problem.line}:{problem.column}" if own else problem.file.rsplit("/", 1)[-1]
    right = ink(("  → ", "good"), problem.suggestion) if problem.suggestion else ()
    return (*ink((f" {sign} ", name), (f"{place}  ", "dim"), problem.message), *right)


def worst(draft: Draft, item: Item) -> str:
    """The severity of the worst problem in the lines of a part; empty when there is none."""
    if item.kind == "section" or not draft.wrong_lines:
        return ""
    lines = range(item.first, item.last + 1)
    kinds = {draft.wrong_lines[line] for line in lines if line in draft.wrong_lines}
    return "error" if "error" in kinds else "warning" if kinds else ""


def marks(draft: Draft) -> Mapping[int, Sequence[tuple[int, int, str]]]:
    """What is to be marked in the source, by line."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    for each in own_problems(draft):
        start = max(0, each.column - 1)
        end = start + len(each.text) if each.text and "\n" not in each.text else 0
        found.setdefault(each.line, []).append((start, end, SEVERITY[each.severity][1]))
    return found
