"""What the tests of study use: a workbench in a folder of its own, with models that answer by a function."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.engine.kit import FakeProvider, Script, echo
from workbench.events import Event
from workbench.ledger.rows import CallRow, StepRow
from workbench.ledger.store import open_ledger
from workbench.providers.registry import Providers
from workbench.recipe.load import load
from workbench.recipe.recipe import Recipe
from workbench.settings import read_settings
from workbench.study.bench import Bench, Result
from workbench.study.change import Change
from workbench.study.plan import Plan, plan_again
from workbench.usage import FREE, Price

HEAD = "schema: workbench/v1\nname: t\n"
ROLES = "models: {m: fake/a}\n"


class FakeProviders(Providers):
    """All models of ``fake/`` answer by the function; others are the usual ones."""

    def __init__(self, folder: Path, fake: FakeProvider) -> None:
        super().__init__(read_settings(folder))
        self._made["fake"] = fake  # type: ignore[assignment]


class Lab:
    """A workbench, and what its models were asked."""

    def __init__(self, folder: Path, script: Script = echo, price: Price | None = FREE) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.fake = FakeProvider(script, price)
        self.bench = Bench(
            folder, open_ledger(folder / "local.db"), read_settings(folder), FakeProviders(folder, self.fake)
        )

    @property
    def reader(self) -> Any:
        return self.bench.reader

    def write(self, text: str, files: Mapping[str, str] | None = None) -> Recipe:
        """The recipe ``text``, in the lab's folder, with files beside it."""
        for name, content in (files or {}).items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(textwrap.dedent(content), encoding="utf-8")
        body = textwrap.dedent(text)
        path = self.folder / "recipe.yaml"
        head = HEAD if "models:" in body else HEAD + ROLES
        path.write_text(head + body, encoding="utf-8")
        return load(path)

    def asked(self) -> list[str]:
        """The prompts sent since the last time this was asked."""
        prompts = self.fake.prompts
        self.fake.asked.clear()
        return prompts

    async def run(self, recipe: Recipe | str, **inputs: Any) -> Result:
        """A live run; what it asked is forgotten."""
        result = await self.bench.run(self.write(recipe) if isinstance(recipe, str) else recipe, inputs)
        self.asked()
        return result

    async def rerun(self, reference: str = "last", **change: Any) -> tuple[Plan, Result]:
        """The plan of a rerun and the rerun."""
        self.asked()
        plan = await plan_again(self.bench, reference, Change(**change))
        assert self.asked() == [], "a plan asks nobody"
        return plan, await self.bench.rerun(reference, Change(**change))

    async def fork(self, at: str, output: str | None = None, reference: str = "last", **change: Any) -> Any:
        """The plan of a fork and the fork."""
        self.asked()
        plan = await plan_again(self.bench, reference, Change(**change), at, output)
        assert self.asked() == [], "a plan asks nobody"
        return plan, await self.bench.fork(reference, at, Change(**change), output=output)

    def calls(self, run: str) -> list[CallRow]:
        """The calls of a run."""
        rows: list[CallRow] = self.reader.recording(run)
        return rows

    def made(self, run: str) -> list[str]:
        """Paths of the calls that a run made itself, sorted."""
        return sorted(row.path for row in self.calls(run) if row.status != "reused" and row.kind != "hand")

    def reused(self, run: str) -> list[str]:
        """Paths of the calls that a run took from a recording, sorted."""
        return sorted(row.path for row in self.calls(run) if row.status == "reused" and row.kind != "hand")

    def steps(self, run: str) -> dict[str, StepRow]:
        """The steps of a run, by path."""
        return {row.path: row for row in self.reader.steps(run, 10_000)}

    async def close(self) -> None:
        await self.bench.close()


def planned(plan: Plan, action: str) -> list[str]:
    """Paths that a plan puts under ``action``, sorted."""
    return sorted(step.path for step in plan.steps if step.action == action)


def reason(plan: Plan, path: str) -> str:
    """Why a plan does what it does at ``path``."""
    return next(step.reason for step in plan.steps if step.path == path)


def of(kind: type[Event], events: Iterable[Event]) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


MakeLab = Callable[..., Lab]
