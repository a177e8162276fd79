"""A process that writes to a ledger until it is killed or fails, and tells what was acknowledged.

python -m tests.ledger.victim LEDGER RUN CALLS [--file-limit BYTES] [--text BYTES]
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import sys
from pathlib import Path

from tests.ledger.kit import Story
from workbench.errors import LedgerError
from workbench.ledger.store import open_ledger


async def chain(given: argparse.Namespace) -> None:
    """Sequential calls; each acknowledged start and end is told at once."""
    writer = open_ledger(given.ledger).writer()
    story = Story(given.run, writer.receive).start()
    await writer.durable()
    print("run", flush=True)
    if given.file_limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (given.file_limit, given.file_limit))
    for call in range(1, given.calls + 1):
        story.begin(f"s{call}").ask(f"s{call}", call, durable=call % 2 == 0)
        await writer.durable()
        print("started", call, flush=True)
        story.answer(f"s{call}", call, f"answer {call} " + "x" * given.text, durable=call % 2 == 0)
        story.end(f"s{call}", {"text": f"answer {call}"})
        await writer.durable()
        print("ended", call, flush=True)
    story.finish(outputs={"calls": given.calls})
    await writer.durable()
    print("done", flush=True)


def main() -> int:
    """Write until the end, or until the ledger refuses."""
    options = argparse.ArgumentParser()
    options.add_argument("ledger", type=Path)
    options.add_argument("run")
    options.add_argument("calls", type=int)
    options.add_argument("--file-limit", type=int, default=0)
    options.add_argument("--text", type=int, default=0)
    try:
        asyncio.run(chain(options.parse_args()))
    except LedgerError as error:
        print("refused", error.message, "|", error.hint, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
