"""The words of progress: one line for each thing that happens, one status line for a terminal."""

from __future__ import annotations

from workbench.cli.blocks import Line, Piece, Span, flat
from workbench.cli.formats import MARKS, STYLES, count, duration, short
from workbench.cli.progress import Progress, StepProgress
from workbench.events import (
    BudgetUsed,
    CallFinished,
    Event,
    HumanAsked,
    RateLimited,
    RouteDecided,
    RunResumed,
    RunStarted,
    StepFinished,
    now,
)
from workbench.usage import money

MODE_WORDS = {"live": "run", "replay": "replay", "resume": "resume", "rerun": "rerun", "fork": "fork"}
RUNNING_SHOWN = 4
MISSING_SHOWN = 60


def happening(event: Event, step: StepProgress | None, progress: Progress) -> Line | None:
    """The line that tells of ``event``; None when it is not worth one."""
    match event:
        case RunStarted(recipe=recipe, mode=mode):
            return flat(Span(f"{MODE_WORDS[mode]} {event.run}", "bold"), f"  {recipe}")
        case RunResumed():
            return flat(Span(f"resume {event.run}", "bold"))
        case RouteDecided(path=path, chosen=chosen, attempt=attempt):
            again = f"  (try {attempt})" if attempt > 1 else ""
            return flat(Span("→ ", "cyan"), f"{path}  {chosen}{again}")
        case CallFinished(path=path, status="error", error=error, error_class=error_class, gate=gate):
            beside = f"({gate}) " if gate else ""
            return flat(Span("! ", "yellow"), f"{path}  {beside}{error_class}: {short(error or '', 200)}")
        case RateLimited(path=path, reason=reason, seconds=seconds):
            about = f", about {duration(seconds)}" if seconds else ""
            return flat(Span("· ", "dim"), f"{path}  {short(reason, 200)}{about}")
        case BudgetUsed(near=near) if near:
            return flat(Span("! ", "yellow"), "; ".join(near))
        case HumanAsked(path=path):
            return flat(Span("? ", "yellow"), f"{path}  asks a person")
        case StepFinished():
            return finished(event, step, progress)
    return None


def finished(event: StepFinished, step: StepProgress | None, progress: Progress) -> Line:
    """The line of a step that ended."""
    pieces: list[Piece] = [Span(f"{MARKS.get(event.status, '·')} ", STYLES.get(event.status, "")), event.path]
    if event.status == "skipped":
        return flat(*pieces, Span("  skipped", "dim"), Span(_because(event.reason), "dim"))
    details = [event.verb if event.status == "done" else event.status.replace("_", " ")]
    if step:
        details += [step.model, duration((event.at - step.started) / 1e6), _step_cost(step)]
    if step and step.reused and not step.attempts:
        details.append("recorded")
    elif step and step.attempts > 1:
        details.append(count(step.attempts, "attempt"))
    text = "  ".join(detail for detail in details if detail)
    return flat(
        *pieces, f"  {text}", Span(_because(event.error or event.reason), STYLES.get(event.status, ""))
    )


def status_line(progress: Progress, seconds: float) -> Line:
    """Where a run stands, in one line."""
    names = list(progress.running.values())[-RUNNING_SHOWN:]
    hidden = len(progress.running) - len(names)
    running = ", ".join(f"{step.path} {step.model}".strip() for step in names)
    more = f" +{hidden}" if hidden else ""
    if progress.late and not names:
        running = f"waits for {count(progress.late, 'answer')} that nobody needs, to know the cost"
    totals = (
        count(progress.done, "step"),
        count(progress.calls, "call"),
        _money_of(progress),
        _time_of(progress, seconds),
    )
    return flat(Span("▶ ", "cyan"), f"{' · '.join(totals)}   {running}{more}")


def ending(progress: Progress, status: str) -> Line:
    """The last words about a run."""
    figures = [count(progress.calls, "call"), _total(progress), duration(progress.seconds)]
    if progress.reused:
        figures.insert(1, f"{progress.reused:,} recorded")
    head = Span(f"{MARKS.get(status, '·')} {status.replace('_', ' ')}", STYLES.get(status, ""))
    if status == "done" and progress.missing:
        head = Span(f"! done without {short(', '.join(progress.missing), MISSING_SHOWN)}", "bold yellow")
    return flat(head, f"  {' · '.join(figures)}   ", Span(f"workbench show {progress.run}", "dim"))


def _total(progress: Progress) -> str:
    return money(progress.cost_nano, at_least=not progress.cost_known)


def _money_of(progress: Progress) -> str:
    """What is spent, and of how much."""
    limit = progress.of_run("usd")
    return _total(progress) + (f" of {money(round(limit.limit))}" if limit else "")


def _time_of(progress: Progress, seconds: float) -> str:
    """The time a run takes; under a limit that which counts, without a person's."""
    limit = progress.of_run("seconds")
    if limit is None:
        return duration(seconds)
    return f"{duration(limit.used + max(0, now() - progress.told) / 1e6)} of {duration(limit.limit)}"


def _step_cost(step: StepProgress) -> str:
    if not step.attempts:
        return ""
    return money(step.cost_nano, at_least=not step.cost_known)


def _because(reason: str) -> str:
    return f"  {short(reason, 200)}" if reason else ""


def sample_line(number: int, total: int, recipe: str, name: str) -> Line:
    """Which run of the demo begins."""
    return flat(Span(f"▶ {number}/{total}  ", "cyan"), recipe, Span(f"  {name}" if name else "", "dim"))
