"""Past calls under other prices."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from workbench.cli.blocks import plain
from workbench.cli.render_reprice import repriced_table
from workbench.errors import UsageError
from workbench.settings import Settings
from workbench.study.reprice import reprice, table_of
from workbench.usage import Price

NOON = 1_790_000_000_000_000


class Record:
    """A record that holds these attempts."""

    def __init__(self, *rows: tuple[Any, ...]) -> None:
        self.paid = lambda: list(rows)


ROWS = (
    ("acme/m", NOON, 5, 1000, 0, 0, 100),
    ("acme/m", NOON, None, 1000, None, None, 100),
    ("acme/m", NOON, 0, None, None, None, None),
    ("other/m", NOON, None, 1, 0, 0, 1),
)


def test_sums_and_what_is_unknown() -> None:
    settings = Settings(prices={"acme/m": Price(10**6, 2 * 10**6)})
    acme, other = reprice(Record(*ROWS), table_of(None, settings))  # type: ignore[arg-type]
    assert (acme.calls, acme.recorded, acme.recorded_unknown) == (3, 5, 1)
    assert (acme.would_cost, acme.unknown) == (2400, 1)
    assert (other.would_cost, other.unknown) == (0, 1)
    shown = plain([repriced_table([acme, other])])
    assert "≥$0.0000024" in shown
    assert "other/m" in shown
    assert "?" in shown


def test_files_of_prices(tmp_path: Path) -> None:
    toml, table = tmp_path / "p.toml", tmp_path / "p.json"
    toml.write_text('[prices."acme/m"]\ninput = 1\noutput = 1\n')
    section = {"address": "x", "also": [], "models": [{"id": "m", "prices": [{"input": 2, "output": 2}]}]}
    table.write_text(json.dumps({"source": "t", "providers": {"acme": section}}))
    record: Any = Record(ROWS[0])
    mine = Settings(folder=tmp_path / "elsewhere", prices={"acme/m": Price(1, 1)})
    assert reprice(record, table_of(toml, mine))[0].would_cost == 1_100_000
    assert reprice(record, table_of(table, mine))[0].would_cost == 2_200_000
    with pytest.raises(UsageError, match="cannot be read"):
        table_of(tmp_path / "none.toml", mine)


def test_a_hundred_thousand_calls() -> None:
    record: Any = Record(
        *(("openai/gpt-4o", NOON + at * 1_000_000, 1, 1000, 0, 0, at) for at in range(100_000))
    )
    began = time.process_time()
    (found,) = reprice(record, table_of(None, Settings()))
    assert found.calls == 100_000
    assert found.unknown == 0
    assert time.process_time() - began < 10
