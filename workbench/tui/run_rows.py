"""Rows of the lists: runs on the home screen, steps on the run screen, and the bar above them."""

from __future__ import annotations

from collections import Counter

from workbench.engine.control import AnswerStop, CallStop
from workbench.ledger.rows import RunRow, StepRow
from workbench.tui import presentation as show
from workbench.tui.detail_text import READY
from workbench.tui.ink import Line, Piece, fit, ink, join, spread
from workbench.tui.paths import leaf
from workbench.tui.run_state import RunState
from workbench.tui.step_tree import TreeRow

NEARLY = 0.8
"""The share of a limit from which on it is warned of."""
NARROW, WIDE, WIDEST = 50, 100, 130
"""From these widths on, a run's row has room for its cost and time, its steps, its models."""


def _columns(width: int, one: bool) -> tuple[int, ...]:
    """Widths of status, recipe, input, when, cost, time, steps, models; 0 leaves a column out."""
    status, when = 13, 13
    cost, took = (10, 8) if width >= NARROW else (0, 0)
    steps, models = 7 if width >= WIDE else 0, 24 if width >= WIDEST else 0
    room = width - status - when - cost - took - steps - models
    recipe = 0 if one and room > 20 else min(19, max(8, room))
    given = room - recipe if room - recipe > 8 else 0
    return status, recipe if given else room, given, when, cost, took, steps, models


def run_heading(width: int, one: bool = False) -> Line:
    """The heading above the runs."""
    names = ("state", "recipe", "input", "started", "cost", "time", "steps", "models")
    pieces: list[Piece] = [(" ", "")]
    for index, (name, size) in enumerate(zip(names, _columns(width - 1, one), strict=True)):
        pieces.append((_cell(name, size, right=index in (4, 5, 6)), "dim"))
    return fit(tuple(pieces), width)


def run_row(row: RunRow, width: int, now: int, one: bool = False) -> Line:
    """One run; ``one`` where all are of one recipe, which then need not be named."""
    sizes = _columns(width, one)
    steps = f"{row.steps:,}" if row.steps < 10_000 else show.tokens(row.steps)
    models = ", ".join(show.short_model(model) for model in row.models)
    cells: list[tuple[str, str, bool]] = [
        (f"{show.glyph(row.status)} {show.word(row.status)}", show.state_ink(row.status), False),
        (row.recipe, "", False),
        (_given(row), "dim" if sizes[1] else "", False),
        (show.when(row.started, now), "dim", False),
        (show.cost_within(sizes[4] - 1, row.cost_nano, row.cost_known), "", True),
        (show.seconds(row.seconds), "", True),
        (steps, "dim", True),
        (models, "dim", False),
    ]
    pieces = [
        piece
        for (text, name, right), size in zip(cells, sizes, strict=True)
        for piece in _inked_cell(text, name, size, right)
    ]
    return fit(tuple(pieces), width)


def _given(row: RunRow) -> str:
    """What a run was given, in a line."""
    mode = (row.mode,) if row.mode != "live" else ()
    return " · ".join((*mode, *(show.one_line(value, 200) for value in row.inputs.values())))


def inputs_row(row: RunRow, now: int) -> Line:
    """One run by what it was given, where all are of one recipe."""
    given = [
        show.one_line(value, 200) if len(row.inputs) == 1 else f"{name} {show.one_line(value, 80)}"
        for name, value in row.inputs.items()
    ]
    return ink(
        (f"{show.glyph(row.status)} ", show.state_ink(row.status)),
        (f"{show.when(row.started, now):<11} ", "dim"),
        (f"{row.mode} " if row.mode != "live" else "", "accent"),
        ", ".join(given) or row.id,
    )


def _inked_cell(text: str, name: str, size: int, right: bool) -> Line:
    if not size:
        return ()
    space = " " * (size - 1 - len(text)) if right else ""
    return (*fit(ink((space, ""), (text, name)), size - 1), (" ", ""))


def _cell(text: str, size: int, right: bool) -> str:
    if not size:
        return ""
    return (text.rjust(size - 1) if right else text.ljust(size - 1))[: size - 1] + " "


def run_line(row: RunRow, now: int) -> Line:
    """One run in a sentence, for the bar."""
    return join(
        [
            ink((row.recipe, "bold")),
            show.state(row.status),
            ink((show.when(row.started, now), "dim")),
            ink((show.cost(row.cost_nano, row.cost_known), "")),
        ]
    )


def step_row(
    state: RunState, at: TreeRow, width: int, *, paused: bool = False, breakpoint: bool = False
) -> Line:
    """One step instance: sign, name beneath its parents, then model, cost and time at the right."""
    row = state.rows.get(at.path)
    status = "paused" if paused else row.status if row else _summed(state, at.path)
    fold = {None: "  ", True: "▸ ", False: "▾ "}[at.folded]
    name = leaf(at.path) if at.depth else at.path
    left = ink(
        "  " * min(at.depth, 8),
        (fold, "dim"),
        (f"{show.glyph(status)} ", show.state_ink(status)),
        (name, "bold" if status in ("running", "paused", "waiting") else ""),
        (f"  {row.verb}" if row and width >= 40 else "", "dim"),
        ("  ◉" if breakpoint else "", "bad"),
        (f"  {_parts(state, at.path)}" if at.folded is not None else "", "dim"),
    )
    return spread(left, _figures(row, status, width), width)


def _summed(state: RunState, path: str) -> str:
    counts = state.children.get(path, Counter[str]())
    for status in ("running", "waiting", "failed", "cancelled", "done", "skipped"):
        if counts.get(status):
            return status
    return "pending"


def _parts(state: RunState, path: str) -> str:
    """How the parts of a step stand, as ``✓ 4,990  ✗ 10``."""
    counts = state.children.get(path, Counter[str]())
    order = ("done", "failed", "running", "waiting", "skipped", "cancelled")
    return "  ".join(f"{show.glyph(status)} {counts[status]:,}" for status in order if counts.get(status))


def _figures(row: StepRow | None, status: str, width: int) -> Line:
    if row is None:
        return ()
    if status in ("skipped", "waiting", "cancelled", "paused"):
        return ink((f"  {show.word(status)} ", show.state_ink(status)))
    if status == "running":
        return ink((f"  {show.short_model(row.model)}", "dim"))
    parts = [show.seconds(row.seconds).rjust(7)]
    if width >= 34 and (row.cost_nano or row.cost_nano is None):
        parts.insert(0, show.cost(row.cost_nano))
    if width >= 44 and row.model:
        parts.insert(0, show.short_model(row.model))
    gates = f"  ✗ {show.count(row.gates_failed, 'gate')}" if row.gates_failed else ""
    return ink((gates, "bad"), ("  " + "  ".join(parts) + " ", "dim"))


def figures(row: StepRow) -> list[str]:
    """A step's figures: verb, model, cost, time, tokens, attempts."""
    told = [
        row.verb,
        show.short_model(row.model),
        show.cost(row.cost_nano) if row.attempts else "",
        show.seconds(row.seconds),
        f"{show.tokens(row.tokens_in)}→{show.tokens(row.tokens_out)} tok" if row.tokens_in else "",
        show.count(row.attempts, "attempt") if row.attempts > 1 else "",
        f"{row.reused:,} from the record" if row.reused else "",
    ]
    return [each for each in told if each]


def run_bar(
    state: RunState, width: int, now: int, place: str, budget_usd: float | None, *, paused: bool = False
) -> Line:
    """Where the run stands, and its totals: cost of the budget, time, tokens."""
    totals = state.totals
    took = ((state.finished or now) - state.started) / 1e6 if state.started else None
    cost = show.cost(totals.cost_nano, totals.cost_known)
    limits = {each.measure: each.limit for each in state.budgets if each.level == "run"}
    used = {each.measure: each.used for each in state.budgets if each.level == "run"}
    usd = limits["usd"] / 1e9 if "usd" in limits else budget_usd
    time = show.seconds(took)
    cells = 8 if width >= 100 else 4
    spent = passed = 0.0
    if usd:
        # what nobody knows the cost of counts as what was set aside for it
        spent = max(totals.cost_nano, used.get("usd", 0)) / 1e9 / usd
        limit = f"${usd:g}" if usd >= 0.001 else show.cost(round(usd * 1e9))
        cost += f" of {limit} {show.bar(spent, cells)}"
    counted = _counted(state, now, paused=paused)
    if counted is not None:
        passed = counted / limits["seconds"]
        time = f"{show.seconds(counted)} of {limits['seconds']:g} s {show.bar(passed, cells)}"
    figures = [
        ink((cost, _share_ink(spent, "bold"))),
        ink((f"saved {show.cost(totals.saved_nano)}" if totals.saved_nano else "", "accent")),
        ink((time, _share_ink(passed, ""))),
        ink((_tokens(state) if width >= 100 else "", "dim")),
    ]
    mode = ink((f"({state.mode})" if state.mode != "live" else "", "dim"))
    name = join(
        [show.state("paused" if paused else state.status), ink((state.recipe, "bold")), mode], (" ", "")
    )
    left = join([(*ink(" "), *name), ink((place, "dim"))])
    return spread(left, (*join(figures, (" · ", "dim")), (" ", "")), width)


def _counted(state: RunState, now: int, *, paused: bool) -> float | None:
    """Seconds that count against the run's limit: none while a person is asked; None without a limit."""
    used = next(
        (each.used for each in state.budgets if (each.level, each.measure) == ("run", "seconds")), None
    )
    if used is None or paused or state.questions or state.finished or not state.budgets_at:
        return used
    return used + max(now - state.budgets_at, 0) / 1e6


def _share_ink(share: float, usual: str) -> str:
    """A limit that comes near is warned of; one that is reached is bad."""
    return "bad" if share >= 1 else "warn" if share >= NEARLY else usual


def _tokens(state: RunState) -> str:
    totals = state.totals
    if not totals.tokens_known:
        return "? tok"
    return f"{show.tokens(totals.tokens_in)}→{show.tokens(totals.tokens_out)} tok"


def halt_line(stop: CallStop | AnswerStop) -> Line:
    """What the run waits for, in one line."""
    if isinstance(stop, AnswerStop):
        return ink(("‖ stopped ", "warn"), (stop.path, "bold"), ": the answer is there and not used yet")
    if stop.recorded:
        return ink(("‖ stopped ", "warn"), (stop.path, "bold"), ": will be answered from the record")
    ready = READY.get(stop.kind, "ready to ask")
    return ink(
        ("‖ stopped ", "warn"), (stop.path, "bold"), f": {ready} ", (stop.target, "bold"), ", nothing sent"
    )
