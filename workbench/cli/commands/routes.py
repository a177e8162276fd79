"""``workbench routes``: what the record says of models; ``backtest``: what others would have done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.ages import begun_since
from workbench.cli.plain_help import PlainCommand, PlainGroup
from workbench.cli.roles import FirstArgument, RoleArgument, named_role, role_in, with_policy
from workbench.cli.session import DatabaseOption, JsonOption, Session, session

if TYPE_CHECKING:
    from workbench.events import Json
    from workbench.providers.port import ModelInfo
    from workbench.providers.registry import Providers
    from workbench.study.what_if import WhatIf

SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="AGE", help="Only runs begun since: 7d, 12h, 2w; else the latest 200."),
]

routes = typer.Typer(
    cls=PlainGroup,
    help="What each role's models did by the record; backtest: what another policy would have done.",
    invoke_without_command=True,
)


OfRecipeOption = Annotated[str, typer.Option("--recipe", metavar="NAME", help="Only runs of this recipe.")]


@routes.callback()
def table(
    context: typer.Context,
    recipe: OfRecipeOption = "",
    since: SinceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """What each role's models did by the record: share, cost, latency, gates passed, failures."""
    here = session(context, database, json)
    if context.invoked_subcommand is not None:
        context.find_root().obj = here
        return 0
    return _table(here, recipe, since)


@routes.command(cls=PlainCommand)
def show(
    context: typer.Context,
    recipe: OfRecipeOption = "",
    since: SinceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """What each role's models did by the record; the same as routes alone."""
    return _table(session(context, database, json), recipe, since)


def _table(here: Session, recipe: str, since: str | None) -> int:
    from workbench.cli.output import say, say_json
    from workbench.cli.render_routes import latest_runs, route_json, routes_table
    from workbench.ledger.rows import RunFilter
    from workbench.study.routes import LATEST_RUNS, figures, routed

    with here.record() as reader:
        begun = begun_since("--since", since) if since else None
        rows = figures(list(routed(reader, recipe, since=begun, runs=None if since else LATEST_RUNS)))
        runs = reader.count_runs(RunFilter(recipe=recipe))
    if here.json:
        say_json([route_json(row) for row in rows])
    else:
        say(*routes_table(rows), *([latest_runs(runs)] if runs > LATEST_RUNS and not since else []))
    return 0


@routes.command(cls=PlainCommand)
def backtest(
    context: typer.Context,
    recipe: FirstArgument,
    role: RoleArgument = None,
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="NAME", help="Try this policy in place of the role's own."),
    ] = None,
    edits: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Change the recipe, as models.m.at_least.chance=0.8."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="AGE", help="Only runs begun since: 7d, 12h, 2w; else the latest 1,500 calls."
        ),
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """What the role's policy, as the recipe has it now, would have done with its recorded requests.

    Gates judge the recorded answers as they are in the recipe now.  Asks nobody and pays nothing.
    """
    from workbench.cli import values
    from workbench.cli.output import say, say_json
    from workbench.cli.render_routes import backtest_json, backtest_page
    from workbench.recipe.load import load

    here = session(context, database, json)
    here.need_record()
    path, name = named_role(here.folder, recipe, role)
    changes = values.edits(edits or [])
    if policy is not None:
        own = role_in(load(path).document, name)
        changes = {f"models.{name}": with_policy(own, policy), **changes}
    found = _what_if(here, path, name, changes, begun_since("--since", since) if since else None)
    if here.json:
        say_json(backtest_json(found))
    else:
        say(*backtest_page(found))
    return 0


@routes.command(cls=PlainCommand)
def train(
    context: typer.Context,
    recipe: FirstArgument,
    role: RoleArgument = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """What the record teaches of a role's models: chances by step, and what promises of quality would save.

    Nothing is stored: the policy learned learns the same from the record when a run first needs it.
    """
    from workbench.cli.output import say, say_json
    from workbench.cli.render_lessons import lesson_json, lesson_page
    from workbench.recipe.load import load
    from workbench.study.lessons import lesson

    here = session(context, database, json)
    here.need_record()
    path, name = named_role(here.folder, recipe, role)
    document = load(path).document
    with here.record() as reader:
        found = lesson(reader, document.name, name, role_in(document, name))
    if here.json:
        say_json(lesson_json(found))
    else:
        say(*lesson_page(found))
    return 0


@routes.command(cls=PlainCommand)
def reprice(
    context: typer.Context,
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices", metavar="FILE", help="Prices as in workbench.toml, or a price table (JSON)."
        ),
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """What the calls on record would have cost with other prices; without FILE with those known now."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_reprice import repriced_json, repriced_table
    from workbench.settings import read_settings
    from workbench.study.reprice import reprice as repriced
    from workbench.study.reprice import table_of

    here = session(context, database, json)
    with here.record() as reader:
        found = repriced(reader, table_of(prices, read_settings(here.folder)))
    if here.json:
        say_json([repriced_json(each) for each in found])
    else:
        say(repriced_table(found))
    return 0


def _what_if(here: Session, path: Path, role: str, edits: dict[str, Json], since: int | None) -> WhatIf:
    import asyncio
    from dataclasses import replace

    from workbench.providers.registry import Providers
    from workbench.recipe.load import load
    from workbench.settings import read_settings
    from workbench.study.routes import LEARNT_FROM, MOST_ATTEMPTS, routed
    from workbench.study.thresholds import as_it_is
    from workbench.study.what_if import what_if

    document = load(path, edits=edits or None).document
    spec = role_in(document, role)
    providers = Providers(read_settings(here.folder))
    try:
        with here.record() as reader:
            most = LEARNT_FROM if since is None else MOST_ATTEMPTS
            judge = as_it_is(document)
            attempts = list(routed(reader, document.name, most, role=role, since=since, judge=judge))
        found = what_if(attempts, role, spec, lambda model: _info(providers, model))
        return replace(found, is_latest=len(attempts) == most)
    finally:
        asyncio.run(providers.close())


def _info(providers: Providers, model: str) -> ModelInfo:
    from workbench.errors import CallError
    from workbench.providers.port import ModelInfo

    try:
        provider, name = providers.provider(model)
    except CallError as error:
        return ModelInfo(model, available=False, reason=error.message)
    return provider.info(name)
