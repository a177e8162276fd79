"""What the screen of many batches or variants draws."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.study.case_figures import PASSED
from workbench.study.compare_many import Change, Comparison, Measure
from workbench.study.fail_if import Judged
from workbench.tui import presentation as show
from workbench.tui.batch_text import fit_left
from workbench.tui.ink import Line, fit, ink, spread

VERDICT_INKS = {"superior": "good", "non-inferior": "good", "worse": "bad", "not decisive": "warn"}
PLOT_ROWS = 6


def figure(value: float | None, unit: str, sign: str = "") -> str:
    """A figure in its unit."""
    if value is None:
        return "?"
    match unit:
        case "share":
            return f"{100 * value:{sign}.1f} %"
        case "s":
            return f"{1000 * value:{sign}.0f} ms" if abs(value) < 1 else f"{value:{sign}.2f} s"
        case "usd":
            return f"{'-' if value < 0 else sign}${abs(value):.5f}"
        case "tokens":
            return f"{value:{sign},.0f}"
    return f"{value:{sign}.3f}"


def comparison_lines(found: Comparison, width: int, *, steps: bool) -> list[Line]:
    """The subjects, then each measure with its verdicts."""
    lines: list[Line] = []
    best = found.frontier if len(found.frontier) < len(found.subjects) else frozenset[str]()
    for subject, each in zip(found.subjects, found.figures, strict=True):
        right = ink(
            f"{figure(each.mean(PASSED), 'share'):>8} ",
            (f"{figure(each.mean('cost'), 'usd'):>10} ", "dim"),
            (f"{show.seconds(each.quantile(0.5)):>8} ", "dim"),
        )
        left = ink(
            (f"{subject.name} ", "key"), (subject.label, "bold"),
            (" ◆ best for its cost" if subject.name in best else "", "good"),
        )  # fmt: skip
        lines.append(spread(fit_left(left, width - 30), right, width))
    lines.append(())
    for measure in found.measures:
        if steps or not measure.is_of_step:
            lines += measure_lines(found, measure, width)
    return [*lines, ()]


def judged_lines(judged: Sequence[Judged]) -> list[Line]:
    """What became of conditions."""
    lines: list[Line] = []
    for each in judged:
        word = {True: "✗ holds ", False: "✓ does not hold ", None: "✗ cannot be said "}[each.holds]
        colour = "bad" if each.fails else "good"
        lines.append(ink((word, colour), (each.condition, "bold"), (f"  {each.told}", "dim")))
    return [*lines, ()] if lines else []


def closing_lines(found: Comparison, width: int) -> list[Line]:
    """Quality against cost, and the flaky cases."""
    lines = pareto_lines(found, width)
    for subject, cases in zip(found.subjects, found.flaky, strict=True):
        if cases:
            rows = ", ".join(each.rpartition(":")[2] for each in cases[:8])
            told = f" in {show.count(len(cases), 'case')}: rows {rows}{' …' if len(cases) > 8 else ''}"
            lines.append(ink(("flaky ", "warn"), f"repeats of {subject.name} disagree{told}"))
    return lines


def measure_lines(found: Comparison, measure: Measure, width: int) -> list[Line]:
    """One measure: its values, and each difference with its verdict."""
    values = "  ".join(
        f"{subject.name} {figure(value, measure.unit)}"
        for subject, value in zip(found.subjects, measure.values, strict=True)
    )
    lines = [ink((fit_text(measure.name, 22), "bold"), f" {values}")]
    for subject, contrast in zip(found.subjects, measure.contrasts, strict=True):
        if contrast is None:
            continue
        difference = contrast.difference
        low, high = (figure(each, measure.unit, "+") for each in (difference.low, difference.high))
        lines.append(
            ink(
                (f"   {subject.name} − a ", "dim"),
                f"{figure(difference.mean, measure.unit, '+'):>9}",
                (f"  {low} … {high}  ", "dim"),
                (contrast.verdict.text, VERDICT_INKS[contrast.verdict.word]),
            )
        )
    return lines


def fit_text(text: str, width: int) -> str:
    """A text in exactly so many cells."""
    return "".join(part for part, _ in fit(ink(text), width))


def change_line(change: Change, width: int) -> Line:
    """One case that changed."""
    worse = change.loss > 0
    left = ink(
        (f" {change.row:>6} ", ""),
        (f"{change.subject} {'worse ' if worse else 'better'} ", "bad" if worse else "good"),
        (f"{-100 * change.loss:+.0f} %  ", ""),
        (", ".join(change.measures), "dim"),
    )
    return spread(fit_left(left, width - 24), ink((f"{change.first_run} {change.run} ", "dim")), width)


def pareto_lines(found: Comparison, width: int) -> list[Line]:
    """Share passed (upwards) against cost of a run (to the right); ◆ is on the frontier."""
    points = [
        (("◆" if subject.name in found.frontier else "·") + subject.name, passed, cost)
        for subject, each in zip(found.subjects, found.figures, strict=True)
        if (passed := each.mean(PASSED)) is not None and (cost := each.mean("cost")) is not None
    ]
    costs = [cost for _, _, cost in points]
    if len(set(costs)) < 2:
        return []
    shares = [passed for _, passed, _ in points]
    room = max(20, min(60, width - 12))
    rows = [[" "] * room for _ in range(PLOT_ROWS)]
    high, low = max(shares), min(shares)
    for name, passed, cost in points:
        up = (passed - low) / (high - low) if high > low else 0.5
        row = PLOT_ROWS - 1 - round(up * (PLOT_ROWS - 1))
        column = round((cost - min(costs)) / (max(costs) - min(costs)) * (room - 4))
        rows[row][column : column + len(name)] = list(name)
    lines = [ink(("passed against cost of a run", "bold"), ("  ◆ none passes more for as little", "dim"))]
    for number, letters in enumerate(rows):
        edge = high if number == 0 else low if number == PLOT_ROWS - 1 else None
        told = figure(edge, "share") if edge is not None else ""
        lines.append(ink((f"{told:>8} │", "dim"), "".join(letters)))
    scale = figure(min(costs), "usd").ljust(room - 10) + figure(max(costs), "usd")
    return [*lines, ink((f"{'':>8} └ {scale}", "dim")), ()]
