"""Prices and windows from the shipped table, and from one of the user's."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import UsageError
from workbench.providers.catalogue import NAMES, SHIPPED, Catalogue, catalogue
from workbench.providers.facts import facts_of
from workbench.providers.known import BUILT_IN
from workbench.providers.prices import price_of
from workbench.settings import BUILT_IN_KINDS, Defaults, Settings, parse_settings
from workbench.usage import NANO, Price, Usage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def table(tmp_path: Path, *models: dict[str, Any], **more: Any) -> Catalogue:
    section = {"address": "https://api\\.acme\\.com", "also": [], "models": list(models), **more}
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"source": "test 1", "providers": {"acme": section}}))
    return Catalogue(path)


@pytest.mark.parametrize(
    ("model", "dollars_in", "dollars_out"),
    [
        ("openai/gpt-4o", 2.5, 10),
        ("openai-responses/gpt-4o", 2.5, 10),
        ("anthropic/claude-sonnet-4-5-20250929", 3, 15),
        ("gemini/gemini-2.5-flash", 0.3, 2.5),
        ("google/gemini-2.5-flash", 0.3, 2.5),
        ("openrouter/openai/gpt-4o", 2.5, 10),
        ("voyage/voyage-3-lite", 0.02, 0),
    ],
)
def test_shipped(model: str, dollars_in: float, dollars_out: float) -> None:
    price = price_of(model, Settings(), at=NOW)
    assert price is not None
    assert (price.input / NANO, price.output / NANO) == (dollars_in, dollars_out)
    assert price.source.startswith("genai-prices ")


@pytest.mark.parametrize(
    "model", ["acme/gpt-4o", "openai/no-such-model", "ollama/llama3", "perplexity/sonar"]
)
def test_unknown_is_unknown(model: str) -> None:
    assert price_of(model, Settings()) is None


def test_an_address_says_more_than_a_name() -> None:
    assert price_of("work/gpt-4o", Settings(), "https://api.openai.com/v1") is not None
    assert price_of("openai/claude-opus-4-1", Settings(), "https://api.anthropic.com") is not None
    assert facts_of("work/claude-opus-4-1", Settings(), "https://api.anthropic.com").window == 200_000


def test_the_users_own_prices_come_first() -> None:
    mine = Price(1, 2)
    assert price_of("openai/gpt-4o", Settings(prices={"openai/gpt-4o": mine})) is mine
    assert price_of("openai/gpt-4o", Settings(prices={"openai/*": mine})) is mine


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    table(tmp_path, {"id": "big", "prices": [{"input": 1, "output": 2}], "window": 9})
    settings = parse_settings(b'[defaults]\nprice_table = "prices.json"', tmp_path)
    assert price_of("acme/big", settings) == Price(NANO, 2 * NANO, source="test 1")
    assert facts_of("acme/big", settings).window == 9


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"source": "x", "providers": 1}'])
def test_a_table_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    settings = Settings(folder=tmp_path, defaults=Defaults(price_table="p.json"))
    with pytest.raises(UsageError, match=r"p\.json cannot be used"):
        price_of("acme/big", settings)


@pytest.mark.parametrize(
    ("at", "dollars"),
    [("2026-01-01T12:00", 1), ("2026-03-01T12:00", 2), ("2026-03-01T23:30", 3), ("2026-03-01T00:29", 3)],
)
def test_dates_and_hours(tmp_path: Path, at: str, dollars: int) -> None:
    periods = [
        {"input": 1, "output": 1},
        {"start_date": "2026-02-01", "input": 2, "output": 1},
        {"start_time": "23:30", "end_time": "00:30", "input": 3, "output": 1},
    ]
    known = table(tmp_path, {"id": "m", "prices": periods}).model("acme", "", "m")
    assert known is not None
    price = known.price(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert price is not None
    assert price.input == dollars * NANO


@pytest.mark.parametrize(
    ("clause", "fits", "not_this"),
    [
        (["=", "Big"], "big", "bigger"),
        (["^", "big"], "bigger", "a big"),
        (["$", "-big"], "very-BIG", "big-one"),
        (["~", "big"], "a-big-one", "small"),
        (["re", "^big-\\d$"], "big-1", "big-10"),
        (["any", ["=", "a"], ["=", "b"]], "b", "c"),
        (["all", ["^", "a"], ["$", "z"]], "a..z", "a"),
    ],
)
def test_names(tmp_path: Path, clause: list[Any], fits: str, not_this: str) -> None:
    made = table(tmp_path, {"id": "m", "match": clause, "prices": [{"input": 1, "output": 1}]})
    assert made.model("acme", "", fits) is not None
    assert made.model("acme", "", not_this) is None


def test_tiers_hold_for_the_whole_request() -> None:
    price = price_of("gemini/gemini-2.5-pro", Settings(), at=NOW)
    assert price is not None
    small, large = Usage(200_000, 0, 0, 1000, 0), Usage(100_001, 100_000, 0, 1000, 0)
    assert price.cost(small) == round((0.2 * 1.25 + 0.001 * 10) * NANO)
    assert price.cost(large) == round((0.100001 * 2.5 + 0.1 * 0.25 + 0.001 * 15) * NANO)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_more_tokens_never_cost_less(fewer: int, more: int) -> None:
    price = price_of("gemini/gemini-2.5-pro", Settings(), at=NOW)
    assert price is not None
    low, high = sorted((fewer, more))
    cheap, dear = price.cost(Usage(low, 0, 0, 9)), price.cost(Usage(high, 0, 0, 9))
    assert cheap is not None
    assert dear is not None
    assert cheap <= dear


def test_every_price_in_the_table_can_be_read() -> None:
    shipped = json.loads(SHIPPED.read_text("utf-8"))
    assert "MIT License" in shipped["notice"]
    made = catalogue()
    for name, section in shipped["providers"].items():
        for model in section["models"]:
            known = made.model(name, "", model["id"])
            if known is not None and known.prices:
                known.price(NOW)


def test_built_in_providers_are_named_once() -> None:
    assert {name: section.kind for name, section in BUILT_IN.items()} == BUILT_IN_KINDS
    assert set(NAMES) <= set(BUILT_IN)


def test_the_table_is_made_anew_from_a_module(tmp_path: Path) -> None:
    source = """
providers: list[Provider] = [Provider(id="acme", api_pattern="https://x", models=[
    ModelInfo(id="m", match=ClauseOr(or_=[ClauseEquals(equals="m"), ClauseStartsWith(starts_with="m-")]),
        context_window=8, prices=[
            ConditionalPrice(prices=ModelPrice(input_mtok=Decimal("1"), output_mtok=TieredPrices(
                base=Decimal("2"), tiers=[Tier(start=100, price=Decimal("2.5"))]))),
            ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2026, 2, 1)),
                prices=ModelPrice(input_mtok=Decimal("3"), output_mtok=Decimal("4"))),
        ]),
    ModelInfo(id="fee", match=ClauseEquals(equals="fee"),
        prices=ModelPrice(input_mtok=Decimal("1"), output_mtok=Decimal("1"), requests_kcount=Decimal("5"))),
])]
"""
    (tmp_path / "data.py").write_text(source)
    script = Path(__file__).parents[2] / "workbench" / "providers" / "make_price_table.py"
    out = tmp_path / "out.json"
    subprocess.run([sys.executable, script, tmp_path / "data.py", out], check=True, capture_output=True)
    known = Catalogue(out).model("acme", "", "m-2")
    assert known is not None
    assert known.window == 8
    before = known.price(datetime(2026, 1, 1, tzinfo=UTC))
    assert before is not None
    assert (before.output, before.at(101).output) == (2 * NANO, 2.5 * NANO)
    after = known.price(NOW)
    assert after is not None
    assert after.input == 3 * NANO
    assert Catalogue(out).model("acme", "", "fee") is None
