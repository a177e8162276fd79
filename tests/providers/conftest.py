"""A local server, and providers that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.providers.kit import CANARY, MakeProvider
from tests.providers.wire_server import WireServer, serving
from workbench.providers.dialects import dialect_of
from workbench.providers.keys import Keys
from workbench.providers.server import ServerProvider
from workbench.settings import Kind, Limits, ProviderSettings, Settings


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    """A server that answers as told."""
    async with serving() as server:
        yield server


@pytest.fixture
async def make(wire: WireServer, tmp_path: Path) -> AsyncIterator[MakeProvider]:
    """Makes providers that ask ``wire`` with the canary key; keyword arguments are limits."""
    made: list[ServerProvider] = []

    def build(settings: Settings | None = None, kind: Kind = "openai", **limits: Any) -> ServerProvider:
        section = ProviderSettings("acme", kind, f"{wire.url}/v1", "ACME_KEY", limits=Limits(**limits))
        keys = Keys({"ACME_KEY": CANARY}, tmp_path)
        made.append(ServerProvider(section, settings or Settings(), keys, dialect_of(kind)))
        return made[-1]

    yield build
    for provider in made:
        await provider.close()
