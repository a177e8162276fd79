"""What the screen of many batches or variants draws."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.study.case_figures import PASSED
from workbench.study.compare_many import Change, Comparison, Contrast, Measure
from workbench.study.fail_if import Judged
from workbench.study.figure import figure, interval
from workbench.tui import presentation as show
from workbench.tui.batch_text import WIDE, fit_left
from workbench.tui.ink import Line, cells, fit, ink, spread

VERDICT_INKS = {"superior": "good", "non-inferior": "good", "worse": "bad", "not decisive": "warn"}
PLOT_ROWS = 6


def comparison_lines(found: Comparison, width: int, *, steps: bool) -> list[Line]:
    """The subjects, then each measure with its verdicts."""
    best = found.frontier if len(found.frontier) < len(found.subjects) else frozenset[str]()
    wide = width >= WIDE
    head = f"{'passed':>8} {'a run':>10} {'p50':>8} " + (f"{'p95':>8} " if wide else "")
    mark = "◆ none passes more for as little" if best else ""
    lines: list[Line] = [spread(ink((mark, "dim")), ink((head, "dim")), width)]
    for subject, each in zip(found.subjects, found.figures, strict=True):
        last = f"{show.seconds(each.quantile(0.95)):>8} " if wide else ""
        right = ink(
            f"{figure(each.mean(PASSED), 'share'):>8} ",
            (f"{figure(each.mean('cost'), 'usd'):>10} {show.seconds(each.quantile(0.5)):>8} {last}", "dim"),
        )
        left = ink(
            (f"{subject.name} ", "key"),
            ("◆ " if subject.name in best else "  " if best else "", "good"),
            (subject.label, "bold"),
        )
        lines.append(spread(fit_left(left, width - cells(right) - 1), right, width))
    lines.append(())
    for measure in found.measures:
        if steps or not measure.is_of_step:
            lines += measure_lines(found, measure)
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


def measure_lines(found: Comparison, measure: Measure) -> list[Line]:
    """One measure: its values, and each difference with its verdict; a single line where none differs."""
    told = [figure(value, measure.unit) for value in measure.values]
    same = len(set(told)) == 1
    pairs = (f"{subject.name} {each}" for subject, each in zip(found.subjects, told, strict=True))
    values = f"{told[0]} each" if same else "  ".join(pairs)
    name = (fit_text(measure.name, 22), "bold")
    contrasts = [
        (subject, each)
        for subject, each in zip(found.subjects, measure.contrasts, strict=True)
        if each is not None
    ]
    if same and contrasts and not any(_seen(each) for _, each in contrasts):
        return [ink(name, f" {values}", (", no difference to be seen", "dim"))]
    lines = [ink(name, f" {values}")]
    for subject, contrast in contrasts:
        difference, said = contrast.difference, contrast.verdict.text
        lines.append(
            ink(
                (f"   {subject.name} − a ", "dim"),
                f"{figure(difference.mean, measure.unit, '+'):>9}",
                (f"  {interval(difference.low, difference.high, measure.unit)}  ", "dim"),
                (said.removesuffix(" needed"), VERDICT_INKS[contrast.verdict.word]),
            )
        )
    return lines


def _seen(contrast: Contrast) -> bool:
    """Whether there is a verdict, or something that more cases could decide."""
    return contrast.verdict.word != "not decisive" or contrast.verdict.at_least > 0


def fit_text(text: str, width: int) -> str:
    """A text in exactly so many cells."""
    return "".join(part for part, _ in fit(ink(text), width))


def change_line(change: Change, given: str, width: int) -> Line:
    """One case that changed: its row, how, what it was given; the two runs where there is room."""
    worse = change.loss > 0
    left = ink(
        (f" {change.row:>6} ", ""),
        (f"{change.subject} {'worse ' if worse else 'better'} ", "bad" if worse else "good"),
        (f"{-100 * change.loss:+.0f} % " if abs(change.loss) < 1 else "", ""),
        (given, ""),
        (f"  {', '.join(change.measures)}", "dim"),
    )
    right = ink((f"{change.first_run} {change.run} ", "dim")) if width >= WIDE else ()
    return spread(fit_left(left, width - cells(right) - 1), right, width)


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
