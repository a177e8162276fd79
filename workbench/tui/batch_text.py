"""What the batch screens draw: rows, totals, and distributions as small charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from workbench.batch.shard import read_shard
from workbench.batch.tally import Tally
from workbench.ledger.batch_rows import BatchFigures, BatchRow, BatchRun, BatchTotals
from workbench.study.agreement import Agreement
from workbench.tui import presentation as show
from workbench.tui.ink import Line, cells, fit, ink, spread

BLOCKS = " ▁▂▃▄▅▆▇█"
CHART_BINS = 24
WIDE = 100
"""Columns from which on the bar of a batch has room for its id."""
LABELS = {"good": "+good ", "bad": "-bad "}


def batch_row(row: BatchRow, width: int, now: int, mark: str = "") -> Line:
    """One batch in a list."""
    variants = len(row.options.get("variants") or ())
    told = f"{row.told_rows} row{'s'[: row.rows != 1]}" + (f" × {row.repeat}" if row.repeat > 1 else "")
    told += f" × {show.count(variants, 'variant')}" if variants else ""
    left = ink(
        (f"{mark or ' '} ", "key"),
        (f"{show.glyph(row.status)} {show.word(row.status)}".ljust(12), show.state_ink(row.status)),
        " ",
        (row.recipe, "bold"),
        f"  {told}  ",
        (row.data.rpartition("/")[2], "dim"),
    )
    right = ink((f"{row.id} {show.when(row.started, now)} ", "dim"))
    return spread(fit_left(left, width - cells(right) - 1), right, width)


def fit_left(line: Line, width: int) -> Line:
    """A line cut to a width, not filled."""
    return fit(line, width) if sum(len(text) for text, _ in line) > width else line


def run_line(run: BatchRun, given: str, width: int, label: str = "") -> Line:
    """One run of a batch: its row in the data, state, why it failed, what it was given, cost, time."""
    case, _, rest = run.key.partition(":")
    left = ink(
        (f"{rest or case:>7} ", ""),
        (f"{show.glyph(run.status)} {show.word(run.status):<9} ", show.state_ink(run.status)),
        (LABELS.get(label, ""), "good" if label == "good" else "bad"),
        (f"{run.error_class} " if run.error_class not in (None, run.status) else "", "bad"),
        (given, ""),
    )
    right = ink(
        f" {show.cost(run.cost_nano, run.cost_known):>8} {show.seconds(run.seconds):>8} ",
        (f"{run.run} " if width >= WIDE else "", "dim"),
    )
    return spread(fit_left(left, width - cells(right)), right, width)


def run_heading(width: int) -> Line:
    """The heading above the runs."""
    told = f" {'cost':>8} {'time':>8} " + ("run        " if width >= WIDE else "")
    return spread(ink(("    row state      given", "dim")), ink((told, "dim")), width)


def progress_line(row: BatchRow, totals: BatchTotals, tally: Tally | None, width: int) -> Line:
    """The bar of the screen: how far it is, how fast, how long it will take; its id where there is room."""
    wide = width >= WIDE
    shard = read_shard(row.options.get("shard") or "")
    whole = shard.share_of(row.rows) * row.whole // max(1, row.rows)
    done = sum(
        number
        for status, number in totals.by_status.items()
        if status not in ("running", "crashed", "cancelled")
    )
    left = ink(
        " ",
        (f"{show.glyph(row.status)} {show.word(row.status)} ", show.state_ink(row.status)),
        (show.bar(done / whole if whole else 1.0, 20 if wide else 10), "live"),
        f" {done:,}/{whole:,}",
    )
    told = show.cost(totals.cost_nano, totals.cost_known)
    if tally is not None and tally.speed:
        told += f" · {tally.speed:,.1f} runs/s"
        if tally.seconds_left is not None and row.status == "running":
            told += f" · {show.seconds(tally.seconds_left)} left"
    return spread(left, ink((f"{row.id} · {told} " if wide else f"{told} ", "dim")), width)


def totals_lines(row: BatchRow, totals: BatchTotals, failure: str) -> list[Line]:
    """Counts, costs, tokens, and the last failure."""
    lines: list[Line] = [ink((row.recipe, "bold"), " over ", row.data.rpartition("/")[2]), ()]
    for status, number in sorted(totals.by_status.items(), key=lambda each: -each[1]):
        share = number / max(1, sum(totals.by_status.values()))
        mark = f"{show.glyph(status)} {show.word(status)}".ljust(14)
        lines.append(ink((mark, show.state_ink(status)), f"{number:>7,}  ", (show.bar(share, 14), "dim")))
    lines += [
        (),
        ink(("cost     ", "dim"), show.cost(totals.cost_nano, totals.cost_known)),
        ink(("saved    ", "dim"), show.cost(totals.saved_nano), (" by answers used again", "dim")),
        ink(("calls    ", "dim"), f"{totals.calls:,} made, {totals.reused:,} used again"),
        ink(
            ("tokens   ", "dim"), f"{show.tokens(totals.tokens_in)} in, {show.tokens(totals.tokens_out)} out"
        ),
    ]
    for number, variant in enumerate(row.options.get("variants") or (), 1):
        lines.append(ink((f"@{number:<7} ", "key"), variant["name"]))
    if failure:
        lines += [(), ink(("last failure ", "bad"), failure[:400])]
    return lines


def chart_lines(figures: BatchFigures, width: int) -> list[Line]:
    """The distributions of cost, time and scores, and how often each gate passed."""
    lines: list[Line] = []
    if figures.costs and max(figures.costs) > 0:
        lines += _chart("cost of a run", figures.costs, lambda value: show.cost(round(value)), width)
    if figures.seconds:
        lines += _chart("time of a run", figures.seconds, show.seconds, width)
    for name, (passed, scores) in gates_of(figures).items():
        told = f"{fmean(passed):.0%} of {len(passed):,} passed"
        lines.append(ink((name, "bold"), (f"  {told}", "good" if all(passed) else "warn")))
        if len(set(scores)) > 2:
            lines += _chart("", scores, lambda value: f"{value:.2f}", width)
    return lines or [ink(("nothing has ended yet", "dim"))]


def agreement_lines(found: Sequence[Agreement]) -> list[Line]:
    """How far the gates agree with labels by hand; nothing where there are none."""
    if not found:
        return []
    lines: list[Line] = [(), ink(("gates against labels", "bold"), ("  good and bad answers", "dim"))]
    for each in found:
        bad, good = each.bad_passed + each.bad_stopped, each.good_passed + each.good_stopped
        lines.append(ink((f"{each.path}: {each.gate}", "bold")))
        lines.append(
            ink(
                "  stops ", (f"{each.bad_stopped:,} of {bad:,} bad", "warn" if each.bad_passed else "good"),
                ", ", (f"{each.good_stopped:,} of {good:,} good", "warn" if each.good_stopped else "good"),
            )
        )  # fmt: skip
        if each.better is not None:
            told = f"{each.better.catches:.0%} of the bad, {each.better.stops:.0%} of the good"
            lines.append(
                ink(("  better ", "dim"), (f"at_least: {each.better.at_least:g}", "good"), f" {told}")
            )
    return lines


def gates_of(figures: BatchFigures) -> Mapping[str, tuple[list[bool], list[float]]]:
    """The verdicts and scores of each gate, by step and gate."""
    found: dict[str, tuple[list[bool], list[float]]] = {}
    for name, passed, score in figures.gates:
        verdicts, scores = found.setdefault(name, ([], []))
        verdicts.append(passed)
        if score is not None:
            scores.append(score)
    return found


def _chart(name: str, values: Sequence[float], word: Callable[[float], str], width: int) -> list[Line]:
    """A histogram of one line, with its ends and its median."""
    ordered = sorted(values)
    middle = word(ordered[len(ordered) // 2])
    head = [ink((name, "bold"), (f"  median {middle}, {len(values):,} runs", "dim"))] if name else []
    bins = max(8, min(CHART_BINS, width - 26))
    line = ink((f"{word(ordered[0]):>9} ", "dim"), (histogram(ordered, bins), "live"))
    return [*head, (*line, *ink((f" {word(ordered[-1])}", "dim"))), ()]


def histogram(values: Sequence[float], bins: int) -> str:
    """How often values fall into each of ``bins`` equal parts of their range, as blocks."""
    low, high = min(values), max(values)
    if high <= low:
        return BLOCKS[-1].center(bins, "·")
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value - low) / (high - low) * bins))] += 1
    most = max(counts)
    return "".join(BLOCKS[-(-each * (len(BLOCKS) - 1) // most)] for each in counts)
