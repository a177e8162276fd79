"""The cases of a recipe as rows and lines: how each went, once or over repeats, and what came instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from workbench.events import Json
from workbench.recipe.tests_file import Case
from workbench.study.case_runs import CaseResult
from workbench.study.expected import value_at
from workbench.tui import presentation as show
from workbench.tui.composing.gate_values import gate_words
from workbench.tui.diff_text import unified
from workbench.tui.ink import Line, ink, paragraphs, spread

Found = Callable[[str], Mapping[str, Json]]
"""What a run came to, by its id."""
BAR = 10
MOST_KINDS = 6
"""Different values of one output that are shown over repeats."""
LONGEST = 400


def passes(results: Sequence[CaseResult]) -> int:
    """How many repeats came as expected."""
    return sum(result.passed for result in results)


def state_of(results: Sequence[CaseResult]) -> str:
    """``done``, ``failed``, or ``waiting`` for a case that is flaky; ``pending`` before it ran."""
    if not results:
        return "pending"
    good = passes(results)
    return "done" if good == len(results) else "flaky" if good else "failed"


def case_row(case: Case, results: Sequence[CaseResult], *, running: bool, wanted: int, width: int) -> Line:
    """A case: its sign, name, and how long it took or how often it passed."""
    state = "running" if running else state_of(results)
    sign = ("≈ ", "warn") if state == "flaky" else (f"{show.glyph(state)} ", show.state_ink(state))
    if wanted > 1:
        share = passes(results) / len(results) if results else 0.0
        right = ink(
            (f"{show.bar(share, BAR)} ", "good" if share == 1 else "warn" if share else "bad"),
            f"{passes(results)} of {len(results)} passed",
            (f", {wanted - len(results)} to go " if len(results) < wanted else " ", "dim"),
        )
    else:
        right = ink((f"{show.seconds(results[-1].seconds)} ", "dim")) if results else ()
    return spread(ink(sign, case.name), right, width)


def totals(results: Sequence[Sequence[CaseResult]]) -> Line:
    """``3 passed  1 flaky  1 failed``."""
    states = Counter(state_of(each) for each in results)
    words = (("done", "passed", "good"), ("flaky", "flaky", "warn"), ("failed", "failed", "bad"))
    pieces = [(f"{states[state]} {word}  ", name) for state, word, name in words if states[state]]
    return ink(*pieces)


def case_lines(case: Case, results: Sequence[CaseResult], found: Found, width: int) -> list[Line]:
    """A case in full: how it went, its inputs, what it expects; differences in ``width`` cells."""
    lines: list[Line] = [ink((case.name, "bold"))]
    if not results:
        lines += [ink(("not run yet: enter runs it, r all", "dim"))]
    elif len(results) > 1:
        lines += _repeated(case, results, found, width)
    elif results[0].passed:
        told = ", from the record: nobody was asked" if results[0].from_record else ""
        lines += [ink(("✓ passed", "good"), (f"  run {results[0].run}{told}", "dim"))]
    else:
        lines += _missed(case, results[0], found, width)
    lines += [(), ink(("inputs", "dim"))] if case.inputs else []
    for name, value in case.inputs.items():
        lines += [ink((f"{name}  ", "bold"), show.one_line(value, 300))]
    lines += [(), ink(("expects", "dim"))]
    for each in case.expect:
        gates = ", ".join(
            f"{name} {show.one_line(gate_words(_plain(spec)), 200)}"
            for name, spec in each.gate.given().items()
        )
        lines += [ink((f"{each.target}  ", "bold"), gates)]
    return lines


def _repeated(case: Case, results: Sequence[CaseResult], found: Found, width: int) -> list[Line]:
    """How often it passed, and which values came how often."""
    good = passes(results)
    state = state_of(results)
    told = {"done": ("✓ passed", "good"), "failed": ("✗ failed", "bad"), "flaky": ("≈ flaky", "warn")}[state]
    lines: list[Line] = [ink(told, f"  {good} of {len(results)} repeats passed")]
    came = [(found(result.run), result.passed) for result in results]
    for target in dict.fromkeys(each.target for each in case.expect):
        kinds = Counter(show.value_text(value_at(values, target)) for values, _ in came)
        wrong = {show.value_text(value_at(values, target)) for values, passed in came if not passed}
        if len(kinds) == 1 and state == "done":
            continue
        lines += [(), ink((target, "bold"), (f"  {len(kinds)} different" if len(kinds) > 1 else "", "warn"))]
        for text, times in kinds.most_common(MOST_KINDS):
            sign = ("✗", "bad") if text in wrong else ("✓", "good")
            lines.append(ink(sign, (f" {times} × ", "dim"), show.one_line(text, LONGEST) or "(nothing)"))
        if len(kinds) > MOST_KINDS:
            lines.append(ink((f"… and {len(kinds) - MOST_KINDS} more", "dim")))
    missed = next((result for result in results if not result.passed), None)
    return [*lines, (), *_missed(case, missed, found, width)] if missed is not None else lines


def _missed(case: Case, result: CaseResult, found: Found, width: int) -> list[Line]:
    """What came otherwise, with the difference where a text was wanted."""
    lines: list[Line] = [ink(("✗ failed", "bad"), (f"  run {result.run}", "dim"))]
    values = found(result.run)
    for miss in result.misses:
        lines += [(), ink((f"{miss.target} ", "bold"), (miss.gate, "dim"))]
        lines += paragraphs(miss.reason, "bad")
        wanted = _wanted(case, miss.target, miss.gate)
        value = value_at(values, miss.target)
        if isinstance(wanted, str) and isinstance(value, str):
            lines += unified(wanted, value, width)
    return lines


def _plain(spec: object) -> object:
    """A gate's value as it was written: what was given, whole numbers as such."""
    dump = getattr(spec, "model_dump", None)
    value = dump(exclude_unset=True, by_alias=True) if dump is not None else spec
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _wanted(case: Case, target: str, gate: str) -> object:
    for each in case.expect:
        spec = each.gate.given().get(gate)
        if each.target == target and spec is not None:
            return getattr(spec, "to", spec)
    return None
