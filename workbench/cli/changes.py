"""What is to be different from a past run: the options of rerun, fork and plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.blocks import Line, Span, flat
from workbench.cli.formats import count
from workbench.usage import money

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workbench.cli.launch import Company
    from workbench.cli.session import Session
    from workbench.study.bench import Bench, Result
    from workbench.study.change import Change
    from workbench.study.outcome import Outcome
    from workbench.study.plan import Plan

InputsOption = Annotated[
    list[str] | None,
    typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; NAME=@FILE reads a file."),
]
FileOption = Annotated[
    Path | None, typer.Option("--inputs", metavar="FILE", help="Inputs as one JSON object; - is stdin.")
]
ModelsOption = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="ROLE=MODEL", help="Serve a role with this provider/model."),
]
EditsOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the recipe, as steps.draft.prompt=@draft.md."),
]
RecipeOption = Annotated[
    str | None, typer.Option("--recipe", metavar="RECIPE", help="Run it through this recipe instead.")
]
BudgetOption = Annotated[
    float | None, typer.Option("--budget-usd", metavar="X", min=0, help="Stop before costs exceed this.")
]
StepOption = Annotated[bool, typer.Option("--step", help="Stop at each call and each answer.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Refuse every model that needs a network.")]


def change_of(
    here: Session,
    recipe: str | None,
    given: Sequence[str] | None,
    file: Path | None,
    models: Sequence[str] | None,
    edits: Sequence[str] | None,
    budget: float | None = None,
) -> Change:
    """The change that the options ask for."""
    from workbench.cli import values
    from workbench.recipe.load import find, load
    from workbench.study.change import Change

    changed = values.edits(edits or ())
    return Change(
        recipe=load(find(recipe, here.folder), edits=changed or None) if recipe else None,
        inputs=values.inputs(given or (), file),
        models=values.pairs("--model", models or ()),
        edits=changed,
        budget_usd=budget,
    )


def launch_planned(
    here: Session,
    plan: Callable[[Bench], Awaitable[Plan]],
    run: Callable[[Bench, Company], Awaitable[Result]],
    *,
    step: bool,
    offline: bool,
) -> int:
    """Plan a run, make it, and tell what was reused and how true the plan was."""
    from workbench.cli.launch import launch
    from workbench.cli.output import tell
    from workbench.study.outcome import outcome

    found: list[Outcome] = []

    async def start(bench: Bench, company: Company) -> Result:
        planned = await plan(bench)
        result = await run(bench, company)
        found.append(outcome(bench.reader, planned, result.run, ended=result.status == "done"))
        return result

    code = launch(here, start, step=step, offline=offline)
    tell(*(line for each in found for line in outcome_lines(each)))
    return code


def outcome_lines(outcome: Outcome) -> list[Line]:
    """What a rerun or fork saved, and its plan against what happened."""
    saved = f", saved {money(outcome.saved_nano)}" if outcome.saved_nano else ""
    head = f"{outcome.calls:,} called, {outcome.reused:,} reused{saved}"
    lines = [flat(head, Span(f"   {outcome}", "dim"))]
    if outcome.unplanned:
        more = f" and {count(len(outcome.unplanned) - 3, 'more')}" if len(outcome.unplanned) > 3 else ""
        told = f"not as planned: {', '.join(outcome.unplanned[:3])}{more}"
        lines.append(flat(Span(told, "yellow")))
    return lines
