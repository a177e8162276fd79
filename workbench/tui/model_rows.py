"""Models as rows of a list, and one of them in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import get_args

from workbench.capabilities import Capabilities
from workbench.providers.port import ModelInfo, Task
from workbench.study.models import ModelLook, Pinged, window_unknown
from workbench.tui import presentation as show
from workbench.tui.ink import Line, Piece, fit, ink
from workbench.usage import UNKNOWN_MONEY, Price, money

Cell = Callable[[ModelLook], str]
COLUMNS: tuple[tuple[str, int, int, Cell], ...] = (
    ("window", 8, 100, lambda look: _window(look)),
    ("in/M", 7, 0, lambda look: f"${look.info.price.input / 1e9:g}" if look.info.price else UNKNOWN_MONEY),
    ("out/M", 7, 0, lambda look: f"${look.info.price.output / 1e9:g}" if look.info.price else UNKNOWN_MONEY),
    ("calls", 7, 0, lambda look: f"{look.figures.calls:,}" if look.figures else ""),
    ("failed", 7, 90, lambda look: _failed(look)),
    ("p50", 7, 0, lambda look: show.seconds(_times(look)[0])),
    ("p95", 7, 90, lambda look: show.seconds(_times(look)[1])),
    ("first", 7, 100, lambda look: show.seconds(look.figures.first_token) if look.figures else ""),
    ("spent", 9, 0, lambda look: _spent(look)),
)
"""Heading, width, the least width of the list that shows it, and its text."""


def heading(width: int) -> Line:
    """The names of the columns."""
    columns = _shown(width)
    cells = "".join(name.rjust(size) for name, size, _, _ in columns)
    return (*fit(ink(("   model", "dim")), width - len(cells) - 1), (f"{cells} ", "dim"))


def model_row(look: ModelLook, width: int, asking: bool = False) -> Line:
    """One model: whether it can be had, its name, prices, and what the record says."""
    columns = _shown(width)
    cells = "".join(cell(look).rjust(size) for _, size, _, cell in columns)
    left = fit((_mark(look, asking), *ink(look.info.name)), width - len(cells) - 1)
    return (*left, (f"{cells} ", ""))


def model_detail(look: ModelLook, pinged: Pinged | None, asking: bool) -> list[Line]:
    """All that is known of one model."""
    info, figures = look.info, look.figures
    lines = [ink((info.name, "bold"), (f"   {info.about}" if info.about else "", "dim")), _usable(look)]
    tasks = "all tasks" if set(get_args(Task)) <= set(info.tasks) else ", ".join(info.tasks)
    lines.append(ink(("does   ", "dim"), " · ".join([tasks, *_limits(info)])))
    lines.append(ink(("can    ", "dim"), *_abilities(info.capabilities)))
    lines.append(ink(("price  ", "dim"), *_price(info.price)))
    if figures is None:
        lines.append(ink(("record ", "dim"), "no calls yet"))
    else:
        half, most = figures.seconds or (None, None)
        told = [
            f"{figures.calls:,} answered", f"{figures.errors:,} failed {_share(look)}".strip(),
            f"p50 {show.seconds(half)}", f"p95 {show.seconds(most)}",
            f"first word {show.seconds(figures.first_token)}" if figures.first_token is not None else "",
            f"spent {_spent(look)}",
        ]  # fmt: skip
        lines.append(ink(("record ", "dim"), " · ".join(each for each in told if each)))
    return [*lines, *_ping(pinged, asking)]


def _window(look: ModelLook) -> str:
    if window_unknown(look.info):
        return "?"
    return "" if look.info.window is None else show.tokens(look.info.window)


def _limits(info: ModelInfo) -> list[str]:
    """How much it takes in and gives out, where there is a limit."""
    if info.window is None and not window_unknown(info):
        return []
    told = ["?" if each is None else f"{each:,}" for each in (info.window, info.max_output)]
    return [f"window {told[0]} tokens, answers up to {told[1]}"]


def _abilities(able: Capabilities) -> list[str | Piece]:
    """What it can, what it cannot, and what nobody knows, each told by a sign too."""
    signs: Mapping[bool | None, tuple[str, str]] = {True: ("✓", ""), False: ("✗", "dim"), None: ("?", "warn")}
    return [(f"{name}\u00a0{signs[each][0]}   ", signs[each][1]) for name, each in able.plain().items()]


def _shown(width: int) -> Sequence[tuple[str, int, int, Cell]]:
    return [column for column in COLUMNS if width >= column[2]]


def _mark(look: ModelLook, asking: bool) -> Piece:
    if asking:
        return ("▶ ", "live")
    if not look.info.available:
        return ("✗ ", "bad")
    return ("~ ", "warn") if look.info.simulated else ("✓ ", "good")


def _usable(look: ModelLook) -> Line:
    if not look.info.available:
        return ink(("✗ ", "bad"), look.info.reason or "cannot be used")
    if look.info.simulated:
        return ink(("~ simulated", "warn"))
    return ink(("✓ can be asked", "good"))


def _price(price: Price | None) -> list[str | Piece]:
    if price is None:
        return [("unknown", "warn"), ("  a call's cost is then ?, never 0", "dim")]
    if price.is_free:
        return ["free"]
    parts = [f"{money(price.input)} in", f"{money(price.output)} out"]
    if price.cached is not None:
        parts.append(f"{money(price.cached)} cached")
    return [" · ".join(parts), (f"  a million tokens; {price.source}", "dim")]


def _ping(pinged: Pinged | None, asking: bool) -> list[Line]:
    if asking:
        return [ink(("ping   ", "dim"), ("asked; it has not answered yet", "live"))]
    if pinged is None:
        return []
    if pinged.status != "done":
        return [ink(("ping   ", "dim"), ("✗ ", "bad"), pinged.error or pinged.status)]
    cost = UNKNOWN_MONEY if pinged.cost_usd is None else f"${pinged.cost_usd:.6f}".rstrip("0").rstrip(".")
    told = f"{show.seconds(pinged.seconds)} · {cost} · run {pinged.run} · {pinged.answer}"
    return [ink(("ping   ", "dim"), ("✓ ", "good"), told)]


def _times(look: ModelLook) -> tuple[float | None, float | None]:
    return (look.figures.seconds if look.figures else None) or (None, None)


def _failed(look: ModelLook) -> str:
    return f"{look.figures.errors:,}" if look.figures and look.figures.errors else ""


def _share(look: ModelLook) -> str:
    figures = look.figures
    if figures is None or not figures.errors:
        return ""
    return f"({figures.errors / (figures.calls + figures.errors):.0%})"


def _spent(look: ModelLook) -> str:
    figures = look.figures
    return "" if figures is None else money(figures.cost_nano, at_least=not figures.cost_known)
