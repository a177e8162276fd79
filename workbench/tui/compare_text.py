"""Two runs side by side as lines: the row of a step, its detail, the totals.  Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.events import Json
from workbench.ledger.rows import DecisionRow, GateRow, RunRow
from workbench.study.compare import Comparison, Pair, Side, Standing
from workbench.tui import presentation as show
from workbench.tui.diff_text import side_by_side, unified
from workbench.tui.ink import Line, Piece, fit, ink, join, paragraphs, spread

SIGNS: dict[Standing, tuple[str, str, str]] = {
    "same": ("=", "dim", "same"),
    "differs": ("≠", "warn", "differs"),
    "only left": ("−", "bad", "only in A"),
    "only right": ("+", "add", "only in B"),
}
"""Per standing: its sign, its ink, its words."""

Decisions = tuple[DecisionRow, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """How details are drawn: for which width, and whether one beneath the other."""

    width: int
    unified: bool


def sign(pair: Pair) -> Piece:
    """The sign of a pair of steps."""
    glyph, name, _ = SIGNS[pair.standing]
    return glyph, name


def pair_row(pair: Pair, width: int) -> Line:
    """One step of both runs."""
    told = ", ".join(pair.differs) if pair.standing == "differs" else SIGNS[pair.standing][2]
    room = max(0, min(len(told), width - 24))
    right = fit(ink((told, "dim")), room) if room > 3 else ()
    return spread(ink(" ", sign(pair), " ", pair.path), right, width)


def heading(comparison: Comparison, width: int) -> Line:
    """The bar: who is compared, and how much differs."""
    left, right = comparison.left, comparison.right
    same = left.recipe == right.recipe
    names = join([_run_name("A", left, not same), _run_name("B", right, not same)], (" ↔ ", "dim"))
    recipe = ink((f"  {left.recipe}", "dim")) if same else ()
    changed = len(comparison.pairs) - comparison.count("same")
    told = f"{changed:,} of {show.count(len(comparison.pairs), 'step')} differ{'s' if changed == 1 else ''} "
    return spread((*ink(" "), *names, *recipe), ink((f"  {told}", "warn" if changed else "good")), width)


def _run_name(letter: str, run: RunRow, with_recipe: bool) -> Line:
    recipe = f" {run.recipe}" if with_recipe else ""
    return ink((f"{letter} ", "key"), (run.id, "bold"), (f"{recipe} {run.mode}", "dim"))


def split_line(comparison: Comparison, width: int) -> Line:
    """Where the two first part, and why."""
    split = comparison.split
    if split is None:
        return fit(ink(" ", ("= ", "good"), "the two runs never part: every step is the same"), width)
    return fit(ink(" ", ("first split  ", "dim"), (split.path, "bold"), "  ", split.cause), width)


# -- one step ---------------------------------------------------------------------------------------


def pair_lines(pair: Pair, decisions: tuple[Decisions, Decisions], form: Form) -> list[Line]:
    """A step of both runs in full: what differs first in words, then figures, then the texts."""
    told = ", ".join(pair.differs) if pair.differs else ""
    head = ink(sign(pair), " ", (SIGNS[pair.standing][2], "bold"), (f"  {told}" if told else "", "dim"))
    lines: list[Line] = [head, (), *_figures(pair, form.width), *_reasons(decisions, form.width)]
    lines += _texts("prompt", _side(pair.left, _prompt), _side(pair.right, _prompt), form)
    lines += _texts("answer", _side(pair.left, _answer), _side(pair.right, _answer), form)
    if "output" in pair.differs and "answer" not in pair.differs:
        lines += _texts("output", _side(pair.left, _output), _side(pair.right, _output), form)
    return lines


def _side(side: Side | None, take: Callable[[Side], str]) -> str:
    return "" if side is None else take(side)


def _prompt(side: Side) -> str:
    return side.prompt


def _answer(side: Side) -> str:
    return side.answer or ("" if side.calls else _output(side))


def _output(side: Side) -> str:
    output = side.output
    if isinstance(output, dict):
        for key in ("text", "answer"):
            if isinstance(output.get(key), str):
                return str(output[key])
        common = ("cost", "model", "gates", "status", "failed", "skipped")
        output = {key: value for key, value in output.items() if key not in common and value is not None}
    return show.value_text(output) if output not in (None, {}, []) else ""


def _texts(name: str, left: str, right: str, form: Form) -> list[Line]:
    """One text of both runs: once where it is the same, else as a diff."""
    if not left and not right:
        return []
    if left == right:
        return [(), ink((name, "key"), ("  the same", "dim")), *paragraphs(left)]
    draw = unified if form.unified else side_by_side
    return [(), ink((name, "key"), ("  differs", "warn")), *draw(left, right, form.width)]


def _figures(pair: Pair, width: int) -> list[Line]:
    """Model, state, cost, time, tokens and gates of both sides, a column each."""
    rows: list[tuple[str, Callable[[Side], str]]] = [
        ("model", lambda side: side.model or "none"),
        ("state", lambda side: show.word(side.step.status)),
        ("cost", _cost),
        ("time", lambda side: show.seconds(side.step.seconds)),
        ("tokens", lambda side: _tokens(side.step.tokens_in, side.step.tokens_out)),
        ("gates", lambda side: "  ".join(_gate(gate) for gate in side.gates)),
    ]
    sides = (pair.left, pair.right)
    table = [(name, *(("" if side is None else take(side)) for side in sides)) for name, take in rows]
    return [_columns(row, width) for row in table if row[1] or row[2]]


def _columns(row: tuple[str, ...], width: int) -> Line:
    name, left, right = row
    column = max(8, (width - 10) // 2)
    ours, theirs = ("", "") if left == right else ("drop", "add")
    if not left or not right:
        ours = theirs = ""
    return (
        *fit(ink((name, "dim")), 8),
        *fit(ink((left or "·", ours)), column),
        ("  ", ""),
        *fit(ink((right or "·", theirs)), column),
    )


def _cost(side: Side) -> str:
    reused = " (reused)" if side.step.reused and not side.step.attempts else ""
    return f"{show.cost(side.step.cost_nano)}{reused}"


def _tokens(given: int, made: int) -> str:
    return f"{show.tokens(given)} in, {show.tokens(made)} out" if given or made else ""


def _gate(gate: GateRow) -> str:
    score = f" {gate.score:.2f}" if gate.score is not None else ""
    return f"{show.glyph('done' if gate.passed else 'failed')} {gate.label}{score}"


def _reasons(decisions: tuple[Decisions, Decisions], width: int) -> list[Line]:
    """Why each side asked whom it asked; once where both chose for the same reason."""
    told = [" · ".join(dict.fromkeys(f"{each.chosen}: {each.reason}" for each in side)) for side in decisions]
    if not any(told):
        return []
    if told[0] == told[1]:
        return [ink(("why     ", "dim"), told[0])]
    return [
        ink(("why A   ", "dim"), told[0] or "no choice was made"),
        ink(("why B   ", "dim"), told[1] or "no choice was made"),
    ]


# -- totals -----------------------------------------------------------------------------------------


def totals_lines(comparison: Comparison, width: int) -> list[Line]:
    """Both runs in sum, what changed, and which outputs differ."""
    left, right = comparison.left, comparison.right
    rows: list[tuple[str, str, str, str]] = [
        (
            "cost",
            show.cost(left.cost_nano, left.cost_known),
            show.cost(right.cost_nano, right.cost_known),
            _change(left.cost_nano, right.cost_nano),
        ),
        (
            "time",
            show.seconds(left.seconds),
            show.seconds(right.seconds),
            _change(left.seconds or 0, right.seconds or 0),
        ),
        (
            "tokens",
            _tokens(left.tokens_in, left.tokens_out) or "0",
            _tokens(right.tokens_in, right.tokens_out) or "0",
            _change(left.tokens_in + left.tokens_out, right.tokens_in + right.tokens_out),
        ),
        ("calls", _calls(left), _calls(right), ""),
        ("state", show.word(left.status), show.word(right.status), ""),
    ]
    lines = [_total(row, width) for row in rows]
    counts = [f"{comparison.count(each)} {words}" for each, (_, _, words) in SIGNS.items()]
    lines.append(ink(("steps   ", "dim"), " · ".join(counts)))
    return [*lines, *(_output_line(*each) for each in comparison.outputs)]


def _calls(run: RunRow) -> str:
    return f"{run.calls:,}" + (f", {run.reused:,} reused" if run.reused else "")


def _change(before: float, after: float) -> str:
    """By how much the right is more (``+``) or less (``−``) than the left."""
    if before == after or not before:
        return ""
    share = (after - before) / before * 100
    return f"{'+' if share > 0 else '−'}{abs(share):,.0f} %"


def _total(row: tuple[str, str, str, str], width: int) -> Line:
    name, left, right, change = row
    column = max(8, min(24, (width - 18) // 2))
    return (
        *fit(ink((name, "dim")), 8),
        *fit(ink(left), column),
        *fit(ink(right), column),
        *ink((change, "bold")),
    )


def _output_line(name: str, left: Json, right: Json) -> Line:
    same = left == right
    return ink(("output  ", "dim"), ("= " if same else "≠ ", "good" if same else "warn"), name)


def text_of(lines: Sequence[Line]) -> str:
    """Lines as plain text, for the clipboard."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)
