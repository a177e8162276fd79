"""``workbench models``: the models that recipes can name here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.session import DatabaseOption, JsonOption, session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.providers.port import ModelInfo


def models(context: typer.Context, database: DatabaseOption = None, json: JsonOption = False) -> int:
    """List the models known here, with their tasks and prices."""
    from workbench.cli.output import say, say_json
    from workbench.cli.render_models import model_json, models_table

    here = session(context, database, json)
    known = known_models(here.folder)
    if here.json:
        say_json([model_json(info) for info in known])
    else:
        say(models_table(known))
    return 0


def known_models(folder: Path) -> Sequence[ModelInfo]:
    """All models known without asking anyone."""
    import asyncio

    from workbench.providers.registry import Providers
    from workbench.settings import read_settings

    providers = Providers(read_settings(folder))
    try:
        return providers.models()
    finally:
        asyncio.run(providers.close())
