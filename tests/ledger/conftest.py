"""A ledger in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.ledger.store import Ledger, open_ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger lies."""
    return tmp_path / "local.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """An open ledger, closed afterwards."""
    opened = open_ledger(path)
    yield opened
    opened.close()
