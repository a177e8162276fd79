"""Batches and variants side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Column, Grid, Piece, Span, flat, line, title
from workbench.cli.formats import count, duration
from workbench.cli.render_batch import cost_text
from workbench.cli.render_changes import Texts, change_json, changes_page
from workbench.events import Json
from workbench.study.case_figures import PASSED
from workbench.study.figure import figure, interval
from workbench.usage import dollars

if TYPE_CHECKING:
    from workbench.study.case_figures import Figures
    from workbench.study.compare_many import Comparison, Contrast, Measure

SHOWN = 10
STYLES = {"superior": "green", "non-inferior": "green", "worse": "bold red", "not decisive": "yellow"}
PLOT_WIDTH, PLOT_HEIGHT = 48, 8


def comparison_page(found: Comparison, texts: Texts, *, everything: bool) -> list[Block]:
    """Totals, measures with their verdicts, quality against cost, the cases that changed."""
    blocks: list[Block] = [_subjects(found), line(), title(f"paired over {count(found.cases, 'case')}")]
    alone = [
        f"{each:,} only {subject.name}"
        for subject, each in zip(found.subjects, found.alone, strict=True)
        if each
    ]
    if alone:
        blocks.append(flat(f"not in all: {', '.join(alone)}", indent=2))
    shown = [each for each in found.measures if everything or not each.is_of_step]
    blocks.append(_measures(shown))
    hidden = len(found.measures) - len(shown)
    told = "differences to a, 95 % intervals; verdicts corrected for being many"
    more = "; --all adds cost, time and tokens of each step" if hidden else ""
    blocks.append(flat(Span(f"{told}; margin {found.margin:g}{more}", "dim")))
    blocks += _about_more_cases(found.margin, shown)
    blocks += _pareto(found)
    blocks += changes_page("worse than a", found.regressions, texts)
    blocks += changes_page("better than a", found.improvements, texts)
    for subject, cases in zip(found.subjects, found.flaky, strict=True):
        if cases:
            rows = ", ".join(each.rpartition(":")[2] for each in cases[:SHOWN])
            more = ", …" if len(cases) > SHOWN else ""
            told = f"flaky, repeats of {subject.name} disagree in {count(len(cases), 'case')}: {rows}{more}"
            blocks += [line(), flat(told)]
    return blocks


def _about_more_cases(margin: float, measures: Sequence[Measure]) -> list[Block]:
    """What a number of more cases is good for, or how to be told one."""
    open_ = [
        contrast.verdict
        for each in measures
        for contrast in each.contrasts
        if each.unit in ("share", "score") and contrast and contrast.verdict.word == "not decisive"
    ]
    if open_ and not margin:
        told = "about how many more cases can only be known against a margin: --margin 0.05"
    elif any(each.more_cases is not None for each in open_):
        told = f"“about” so many more cases would tell a loss of {margin:g} from none, four times in five"
    else:
        return []
    return [flat(Span(told, "dim"))]


def _subjects(found: Comparison) -> Grid:
    columns = [Column("", shrink=False), Column("variant", below=True), Column("runs", "right")]
    columns += [Column("passed", "right"), Column("failed", "right", spare=1), Column("a run", "right")]
    columns += [Column("cost", "right", spare=2), Column("p50", "right"), Column("p95", "right")]
    columns += [Column("tokens in", "right", spare=3), Column("out", "right", spare=3), Column("")]
    rows: list[list[Piece]] = []
    some = len(found.frontier) < len(found.subjects)
    for subject, each in zip(found.subjects, found.figures, strict=True):
        best = Span("◆ best for its cost", "green") if some and subject.name in found.frontier else ""
        rows.append(
            [
                Span(subject.name, "bold"), subject.label, f"{each.by_status.total():,}",
                figure(each.mean(PASSED), "share"), f"{each.by_status.get('failed', 0):,}",
                figure(each.mean("cost"), "usd"), cost_text(each.cost_nano, each.cost_known),
                duration(each.quantile(0.5)), duration(each.quantile(0.95)),
                f"{each.tokens_in:,}", f"{each.tokens_out:,}", best,
            ]
        )  # fmt: skip
    return Grid(columns, rows)


def _measures(measures: Sequence[Measure]) -> Grid:
    columns = [Column("measure"), Column(""), Column("a", "right"), Column("it", "right")]
    columns += [Column("difference", "right", spare=1), Column("interval"), Column("p", "right", spare=2)]
    columns.append(Column("verdict", below=True))
    rows: list[list[Piece]] = []
    for each in measures:
        known = [(place, contrast) for place, contrast in enumerate(each.contrasts) if contrast is not None]
        for number, (place, contrast) in enumerate(known):
            rows.append(_measure(each, place, contrast, first=number == 0))
    return Grid(columns, rows)


def _measure(each: Measure, place: int, contrast: Contrast, *, first: bool) -> list[Piece]:
    from workbench.study.compare_many import letter

    found = contrast.difference
    return [
        each.name if first else "",
        letter(place),
        figure(each.values[0], each.unit) if first else "",
        figure(each.values[place], each.unit),
        figure(found.mean, each.unit, sign="+"),
        interval(found.low, found.high, each.unit),
        "< 0.001" if found.p < 0.001 else f"{found.p:.3f}",
        Span(contrast.verdict.text, STYLES[contrast.verdict.word]),
    ]


def _pareto(found: Comparison) -> list[Block]:
    """Quality against cost, where there is a cost to speak of."""
    points = pareto_points(found)
    if len({cost for _, _, cost in points}) < 2:
        return []
    rows = plot(points, PLOT_WIDTH, PLOT_HEIGHT)
    costs = [cost for _, _, cost in points]
    blocks: list[Block] = [line(), title("passed against cost of a run (◆ none is better for as little)")]
    blocks += [flat(each) for each in rows]
    scale = f"{figure(min(costs), 'usd')}".ljust(PLOT_WIDTH - 10) + figure(max(costs), "usd")
    blocks.append(flat(Span(" " * 9 + scale, "dim")))
    return blocks


def pareto_points(found: Comparison) -> list[tuple[str, float, float]]:
    """Name (with ◆ on the frontier), share passed and cost of a run of each subject that has both."""
    return [
        (f"{'◆' if subject.name in found.frontier else '·'}{subject.name}", passed, cost)
        for subject, each in zip(found.subjects, found.figures, strict=True)
        if (passed := each.mean(PASSED)) is not None and (cost := each.mean("cost")) is not None
    ]


def plot(points: Sequence[tuple[str, float, float]], width: int, height: int) -> list[str]:
    """Named points as text: upwards the second value as a share, to the right the third."""
    ups, rights = [up for _, up, _ in points], [right for _, _, right in points]
    field = [[" "] * width for _ in range(height)]
    for name, up, right in points:
        row = height - 1 - round(_place(up, ups) * (height - 1))
        column = round(_place(right, rights) * (width - 1 - max(len(each) for each, _, _ in points)))
        for letter in name:
            field[row][column] = letter
            column += 1
    edge = [f"{100 * max(ups):6.1f} %", *[" " * 8] * (height - 2), f"{100 * min(ups):6.1f} %"]
    return [f"{each}│{''.join(row).rstrip()}" for each, row in zip(edge, field, strict=True)] + [
        " " * 8 + "└" + "─" * width
    ]


def _place(value: float, among: Sequence[float]) -> float:
    low, high = min(among), max(among)
    return (value - low) / (high - low) if high > low else 0.5


# --- for programs ----------------------------------------------------------------------------------------


def comparison_json(found: Comparison, texts: Texts) -> dict[str, Json]:
    """The comparison as one object."""
    return {
        "margin": found.margin,
        "cases": found.cases,
        "subjects": [
            {
                "name": subject.name, "label": subject.label,
                "batch": subject.batch.id if subject.batch else None,
                "variant": subject.variant or None, "by_status": dict(each.by_status),
                "pass_rate": each.mean(PASSED), "labels": each.labels,
                "cost_usd": dollars(each.cost_nano) if each.cost_known else None,
                "tokens": {"in": each.tokens_in, "out": each.tokens_out}, "seconds": _seconds(each),
                "only_here": alone, "flaky": list(flaky), "on_frontier": subject.name in found.frontier,
            }
            for subject, each, alone, flaky in zip(
                found.subjects, found.figures, found.alone, found.flaky, strict=True
            )
        ],
        "measures": [_measure_json(found, each) for each in found.measures],
        "regressions": [change_json(each, texts) for each in found.regressions],
        "improvements": [change_json(each, texts) for each in found.improvements],
    }  # fmt: skip


def _seconds(figures: Figures) -> Json:
    if not figures.seconds:
        return None
    return {"p50": figures.quantile(0.5), "p95": figures.quantile(0.95)}


def _measure_json(found: Comparison, each: Measure) -> Json:
    names = [subject.name for subject in found.subjects]
    return {
        "name": each.name,
        "unit": each.unit,
        "values": dict(zip(names, each.values, strict=True)),
        "against_a": {
            name: {
                "difference": contrast.difference.mean, "low": contrast.difference.low,
                "high": contrast.difference.high, "p": contrast.difference.p,
                "cases": contrast.difference.cases, "verdict": contrast.verdict.word,
                "more_cases": contrast.verdict.more_cases, "more_cases_at_least": contrast.verdict.at_least,
                "more_cases_at_most": contrast.verdict.at_most,
            }
            for name, contrast in zip(names, each.contrasts, strict=True)
            if contrast is not None
        },
    }  # fmt: skip
