"""Makes the price table that is shipped, from a genai-prices wheel or its data.py.

    pip download --no-deps genai-prices
    python -m workbench.providers.make_price_table genai_prices-*.whl [OUT]

Prices are facts; the collection is genai-prices' (MIT, notice kept in the table).  Nothing is fetched or run:
the module in the wheel is read as text.  Without OUT the table in workbench/providers/ is written anew.  A
user can do the same, and name the file in workbench.toml as ``price_table``.
"""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "workbench" / "providers" / "price_table.json"
RATES = {
    "input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
}  # fmt: skip
CLAUSES = {
    "ClauseEquals": ("=", "equals"), "ClauseStartsWith": ("^", "starts_with"),
    "ClauseEndsWith": ("$", "ends_with"), "ClauseContains": ("~", "contains"), "ClauseRegex": ("re", "regex"),
    "ClauseOr": ("any", "or_"), "ClauseAnd": ("all", "and_"),
}  # fmt: skip
NO_OUTPUT = ("embed", "rerank", "moderation", "voyage")
"""Models that give no text, which therefore has no price."""


def read(path: Path) -> tuple[str, str, str]:
    """The module's text, its version, and the notice of its licence."""
    if path.suffix != ".whl":
        return path.read_text("utf-8"), "unknown", ""
    with zipfile.ZipFile(path) as wheel:
        version = path.name.split("-")[1]
        licence = next(name for name in wheel.namelist() if name.endswith("/LICENSE"))
        return wheel.read("genai_prices/data.py").decode(), version, wheel.read(licence).decode()


def value(node: ast.expr) -> Any:
    """What an expression of the module says: its calls become dictionaries with the name under ``_``."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List):
        return [value(each) for each in node.elts]
    if isinstance(node, ast.Dict):
        return {value(key): value(each) for key, each in zip(node.keys, node.values, strict=True) if key}
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        given = [value(each) for each in node.args]
        if name == "Decimal":
            return Decimal(str(given[0]))
        if name in ("datetime.date", "date"):
            return "{:04}-{:02}-{:02}".format(*given)
        if name in ("datetime.time", "time"):
            return "{:02}:{:02}".format(*(*given, 0)[:2])
        return {"_": name, **{each.arg: value(each.value) for each in node.keywords if each.arg}}
    if isinstance(node, ast.Attribute):
        return ast.unparse(node)
    raise ValueError(f"not understood: {ast.unparse(node)[:80]}")


def providers(text: str) -> list[dict[str, Any]]:
    """The list of providers that the module defines."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "providers":
            assert statement.value is not None
            return list(value(statement.value))
    raise ValueError("the module defines no providers")


def clause(given: dict[str, Any]) -> list[Any]:
    """A condition on a name, short."""
    sign, key = CLAUSES[given["_"]]
    inner = given[key]
    return [sign, *map(clause, inner)] if isinstance(inner, list) else [sign, inner]


def short(dollars: Decimal) -> int | float:
    """Dollars per million tokens, as short as JSON can say it."""
    return int(dollars) if dollars == int(dollars) else float(dollars)


def rates(given: dict[str, Any], model: str) -> dict[str, Any] | None:
    """Prices in dollars per million tokens, with their tiers.

    None where that is not all: fees by request come in sizes, and the providers that take them bill in the
    answer.
    """
    known = {RATES[key]: each for key, each in given.items() if key in RATES}
    if (
        "requests_kcount" in given
        or "input" not in known
        or ("output" not in known and not any(word in model for word in NO_OUTPUT))
    ):
        return None
    known.setdefault("output", Decimal(0))
    starts = sorted(
        {tier["start"] for each in known.values() if isinstance(each, dict) for tier in each["tiers"]}
    )
    found: dict[str, Any] = {name: short(_above(each, 0)) for name, each in known.items()}
    if starts:
        found["tiers"] = [
            {"above": start, **{name: short(_above(each, start + 1)) for name, each in known.items()}}
            for start in starts
        ]
    return found


def _above(given: Decimal | dict[str, Any], tokens: int) -> Decimal:
    if isinstance(given, Decimal):
        return given
    price: Decimal = given["base"]
    for tier in sorted(given["tiers"], key=lambda each: each["start"]):
        if tokens > tier["start"]:
            price = tier["price"]
    return price


def periods(prices: Any, model: str) -> list[dict[str, Any]]:
    """The prices of a model with the dates or hours they hold; the last that holds is the price."""
    given = prices if isinstance(prices, list) else [{"prices": prices}]
    found = []
    for each in given:
        read_rates = rates(each["prices"], model)
        if read_rates is None:
            return []
        when = each.get("constraint") or {}
        kept = {key: when[key] for key in ("start_date", "start_time", "end_time") if key in when}
        found.append({**kept, **read_rates})
    return found


def table(text: str, version: str, notice: str) -> dict[str, Any]:
    """The whole table."""
    kept = {}
    for provider in providers(text):
        models = []
        for model in provider["models"]:
            prices = periods(model["prices"], model["id"].lower())
            window = model.get("context_window")
            if prices or window:
                row = {"id": model["id"], "match": clause(model["match"]), "prices": prices, "window": window}
                if row["match"] == ["=", model["id"]]:
                    del row["match"]
                models.append({key: each for key, each in row.items() if each})
        kept[provider["id"]] = {
            "address": provider["api_pattern"], "also": provider.get("fallback_model_providers") or [],
            "models": models,
        }  # fmt: skip
    return {
        "about": "Dollars per million tokens; made by workbench.providers.make_price_table, not by hand.",
        "source": f"genai-prices {version}", "notice": notice, "providers": kept,
    }  # fmt: skip


def main() -> None:
    """Write the table."""
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    made = table(*read(Path(sys.argv[1])))
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else OUT
    lines = json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace('{"id":', '\n{"id":')
    out.write_text(lines + "\n", "utf-8")
    counted = sum(len(each["models"]) for each in made["providers"].values())
    print(f"{out}: {counted} models of {len(made['providers'])} providers, {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
