"""A lab for each test, closed afterwards."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.study.kit import Lab
from workbench.study import identity


@pytest.fixture(autouse=True)
def same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are named alike each time: a ``split`` draws from the names, and an interval may miss."""
    monkeypatch.setattr(identity, "secrets", random.Random(7))


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A workbench whose models answer with the prompt in upper case, at no cost."""
    made = Lab(tmp_path / "lab")
    yield made
    await made.close()
