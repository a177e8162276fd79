"""Runs coroutines of the bench from a command: signals, progress, people, and the result as promised."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.cli.blocks import Block, Span, flat
from workbench.cli.conversation import Conversation
from workbench.cli.display import Display, display
from workbench.cli.errors import INTERRUPTED, failure
from workbench.cli.lines import standard_input
from workbench.cli.output import is_terminal, say, say_json, tell
from workbench.cli.person import TerminalPerson
from workbench.cli.render_outputs import output_blocks, waiting_blocks
from workbench.cli.render_progress import ending

if TYPE_CHECKING:
    from workbench.cli.session import Session
    from workbench.engine.control import Controller, Person
    from workbench.study.bench import Bench, Result
    from workbench.study.departures import Departure


@dataclass(frozen=True, slots=True)
class Company:
    """Who follows a run and who may take part in it."""

    display: Display
    controller: Controller | None
    person: Person | None


Start = Callable[["Bench", Company], Awaitable["Result"]]


def launch(
    session: Session, start: Start, *, step: bool = False, offline: bool = False, quiet: bool = False
) -> int:
    """Start a run, follow it (unless ``quiet``), print what it gave; the exit code of the contract."""
    return asyncio.run(_launched(session, start, step=step, offline=offline, quiet=quiet))


async def _launched(session: Session, start: Start, *, step: bool, offline: bool, quiet: bool) -> int:
    bench = session.bench(offline=offline)
    try:
        company = _company(session, step=step, quiet=quiet)
        result = await _watched(bench, start, company)
        return _report(session, bench, company, result)
    finally:
        await bench.close()


def _company(session: Session, *, step: bool, quiet: bool) -> Company:
    """A person can take part where there is a terminal, or where stepping answers are piped in."""
    shown = display(quiet=quiet or (session.json and not is_terminal(sys.stderr)))
    present = is_terminal(sys.stdin) and is_terminal(sys.stderr)
    if not (present or step):
        return Company(shown, None, None)
    talk = Conversation(standard_input(), shown)
    if not step:
        return Company(shown, None, TerminalPerson(talk))
    from workbench.cli.step import Stepper

    return Company(shown, Stepper(talk), TerminalPerson(talk))


async def _watched(bench: Bench, start: Start, company: Company) -> Result | None:
    """The result; None when the run was interrupted."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await start(bench, company)
    except asyncio.CancelledError:
        task.uncancel()
        return None
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
        company.display.close()


def _report(session: Session, bench: Bench, company: Company, result: Result | None) -> int:
    progress = company.display.progress
    run = result.run if result else progress.run
    if not run:
        tell(flat(Span("stopped before the run began", "yellow")))
        return INTERRUPTED
    if session.json:
        from workbench.study.summary import summary

        say_json(summary(bench.reader, run))
    elif result:
        say(*output_blocks(result.outputs))
    status = result.status if result else "cancelled"
    tell(ending(progress, status))
    if result and result.error and status != "cancelled":
        tell(*failure(_place(result), result.hint))
    if result and result.departure:
        tell(*departure_blocks(result.departure))
    if status == "waiting":
        tell(*waiting_blocks(run, bench.reader.questions(run), session.database))
    return result.exit_code if result else INTERRUPTED


def departure_blocks(departure: Departure) -> list[Block]:
    """What a replay asked, beside what was recorded."""
    from workbench.cli.render_differences import difference_blocks, screen_width

    width = screen_width()
    return [block for each in departure.differences for block in difference_blocks(each, width)]


def _place(result: Result) -> str:
    """What went wrong, and at which step."""
    return f"{result.error_path}: {result.error}" if result.error_path else str(result.error)
