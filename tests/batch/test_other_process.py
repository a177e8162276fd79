"""The executor port with workers that are other processes: their events come to one writer, also twice."""

from __future__ import annotations

import asyncio
import json
import pickle
import sqlite3
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

from workbench.batch.executor import Ended, Job, Lease
from workbench.ledger.store import Ledger, open_ledger

RECIPE = """
schema: workbench/v1
name: two
inputs: {text: string}
models: {m: sim/echo}
steps:
  first: {prompt: "one {{ text }}"}
  second: {prompt: "two {{ first.text }}", gate: {contains: one}}
outputs: {said: "{{ second.text }}"}
"""
WORKER = """
import asyncio, pickle, struct, sys
from dataclasses import replace
from pathlib import Path
from workbench.batch.executor import Ended
from workbench.engine.run import Surroundings, run_recipe
from workbench.providers.registry import Providers
from workbench.recipe.load import load
from workbench.settings import read_settings
from workbench.study import starts

folder, batch = Path(sys.argv[1]), sys.argv[2]
recipe, providers = load(folder / "recipe.yaml"), Providers(read_settings(folder))

def send(what):
    content = pickle.dumps(what)
    sys.stdout.buffer.write(struct.pack(">I", len(content)) + content)
    sys.stdout.buffer.flush()

class Wire:
    def receive(self, event):
        send(event)
    async def durable(self):
        pass

async def work(lease):
    for job in lease.jobs:
        setup = starts.live(recipe, job.inputs, {}, {}, None)
        start = replace(setup.start, run=job.run, batch=batch, batch_key=job.key)
        ending = await run_recipe(start, Surroundings(providers.provider, Wire(), budget=setup.budget))
        send(Ended(job, ending.status))

while size := sys.stdin.buffer.read(4):
    asyncio.run(work(pickle.loads(sys.stdin.buffer.read(struct.unpack(">I", size)[0]))))
    send(None)
"""


class OtherProcesses:
    """Does each lease in one of two other processes; what they tell goes to the one writer, twice."""

    def __init__(self, folder: Path, ledger: Ledger, batch: str, die_in: int = 0) -> None:
        self.folder, self.ledger, self.batch = folder, ledger, batch
        self.die_in = die_in
        """The lease in which a worker is killed, once."""

    async def execute(self, leases: AsyncIterator[Lease], ended: Callable[[Ended], None]) -> None:
        turn = asyncio.Lock()

        async def work() -> None:
            worker = await self._start()
            try:
                while True:
                    async with turn:
                        lease = await anext(leases, None)
                    if lease is None:
                        return
                    while not await self._lease(worker, lease, ended):
                        worker = await self._start()
            finally:
                if worker.returncode is None:
                    worker.kill()
                await worker.wait()

        await asyncio.gather(work(), work())

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, str(self.folder), self.batch,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def _lease(
        self, worker: asyncio.subprocess.Process, lease: Lease, ended: Callable[[Ended], None]
    ) -> bool:
        """Have a lease done; False when the worker died in it."""
        assert worker.stdin and worker.stdout
        content = pickle.dumps(lease)
        worker.stdin.write(struct.pack(">I", len(content)) + content)
        told: list[Ended] = []
        while True:
            try:
                (size,) = struct.unpack(">I", await worker.stdout.readexactly(4))
                what = pickle.loads(await worker.stdout.readexactly(size))
            except asyncio.IncompleteReadError:
                return False
            if what is None:
                for each in told:
                    ended(each)
                return True
            if isinstance(what, Ended):
                told.append(what)
                if lease.number == self.die_in:
                    self.die_in = 0
                    worker.kill()
            else:
                self.ledger.writer().receive(what)
                self.ledger.writer().receive(what)


async def leases(number: int) -> AsyncIterator[Lease]:
    for place in range(number):
        names = [f"{place}-{i}" for i in range(3)]
        yield Lease(place + 1, tuple(Job(f"c:{name}", f"run-{name}", {"text": name}) for name in names))


def prepared(folder: Path) -> Ledger:
    folder.mkdir()
    (folder / "recipe.yaml").write_text(RECIPE)
    return open_ledger(folder / "local.db")


async def record(folder: Path, die_in: int) -> tuple[list[str], dict[str, int]]:
    """The runs that ended, and how many rows of each table the record holds."""
    ledger = prepared(folder)
    done: list[str] = []
    executor = OtherProcesses(folder, ledger, "b", die_in)
    await executor.execute(leases(4), lambda one: done.append(f"{one.job.run} {one.status}"))
    await ledger.writer().durable()
    ledger.close()
    with closing(sqlite3.connect(folder / "local.db")) as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("runs", "steps", "calls", "gates")
        }
        said = connection.execute("SELECT outputs FROM runs WHERE id = 'run-2-1'").fetchone()[0]
    assert json.loads(said) == {"said": "two one 2-1"}
    return sorted(done), counts


async def test_what_comes_twice_changes_nothing(tmp_path: Path) -> None:
    done, counts = await record(tmp_path / "w", die_in=0)
    assert done == sorted(f"run-{place}-{i} done" for place in range(4) for i in range(3))
    assert counts == {"runs": 12, "steps": 24, "calls": 24, "gates": 12}


async def test_a_lease_of_a_dead_worker_is_done_again(tmp_path: Path) -> None:
    done, counts = await record(tmp_path / "w", die_in=2)
    assert done == sorted(f"run-{place}-{i} done" for place in range(4) for i in range(3))
    assert counts == {"runs": 12, "steps": 24, "calls": 24, "gates": 12}
