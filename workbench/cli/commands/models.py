"""``workbench models``: the models that recipes can name here, and what the record says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.session import DatabaseOption, JsonOption, Session, session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.ledger.rows import ModelFigures
    from workbench.providers.port import ModelInfo


def models(
    context: typer.Context,
    wanted: Annotated[
        list[str] | None,
        typer.Argument(metavar="MODEL", help="Only these: provider/model, or part of a name."),
    ] = None,
    ping: Annotated[
        bool, typer.Option("--ping", help="Make one small recorded call to each named model.")
    ] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> int:
    """List models with their windows and prices, and what the record says of them."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_models import model_json, models_table

    here = session(context, database, json)
    if ping:
        from workbench.cli.ping import ping_models

        return ping_models(here, wanted or ())
    figures = recorded(here)
    known = known_models(here, wanted or (), figures)
    if here.json:
        say_json([model_json(info, figures.get(info.name)) for info in known])
    else:
        say(models_table(known, figures))
    return 0


def recorded(here: Session) -> Mapping[str, ModelFigures]:
    """What the record says of each model; nothing where there is no record."""
    if not here.path.exists():
        return {}
    with here.record() as reader:
        return {each.model: each for each in reader.models()}


def known_models(
    here: Session, wanted: Sequence[str], figures: Mapping[str, ModelFigures]
) -> Sequence[ModelInfo]:
    """All models known without asking anyone: of the providers, named, or on record."""
    import asyncio

    from workbench.providers.registry import Providers
    from workbench.settings import read_settings
    from workbench.study.models import known_models as all_known
    from workbench.study.models import model_info

    providers = Providers(read_settings(here.folder))
    try:
        listed = all_known(providers, figures)
        if not wanted:
            return list(listed.values())
        chosen = [info for info in listed.values() if any(part in info.name for part in wanted)]
        named = [info for name in wanted if name not in listed and (info := model_info(providers, name))]
        return [*named, *chosen]
    finally:
        asyncio.run(providers.close())
