"""A lab for each test, closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.study.kit import Lab


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A workbench whose models answer with the prompt in upper case, at no cost."""
    made = Lab(tmp_path / "lab")
    yield made
    await made.close()
