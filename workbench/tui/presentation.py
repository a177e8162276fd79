"""How values read on a screen: states, money, times, counts, models.  Pure functions from values to words."""

from __future__ import annotations

import json
from datetime import datetime

from workbench.events import Json
from workbench.study.case_texts import one_line as one_line
from workbench.tui.ink import Line, ink
from workbench.usage import money

STATES: dict[str, tuple[str, str, str]] = {
    "done": ("✓", "good", "done"),
    "failed": ("✗", "bad", "failed"),
    "running": ("▶", "live", "running"),
    "paused": ("‖", "warn", "paused"),
    "skipped": ("·", "dim", "skipped"),
    "waiting": ("?", "warn", "waiting"),
    "cancelled": ("■", "warn", "cancelled"),
    "over_budget": ("$", "bad", "over budget"),
    "crashed": ("!", "bad", "crashed"),
    "pending": ("○", "dim", "not yet"),
    "ok": ("✓", "good", "ok"),
    "error": ("✗", "bad", "error"),
    "started": ("▶", "live", "sent"),
    "unknown": ("!", "warn", "outcome unknown, may have been billed"),
    "reused": ("↺", "accent", "reused"),
}
"""Per state: its glyph, its ink, its word.  Colour never stands alone."""


def glyph(status: str) -> str:
    """The one-cell sign of a state."""
    return STATES.get(status, ("?", "", ""))[0]


def state_ink(status: str) -> str:
    """The ink of a state."""
    return STATES.get(status, ("?", "", ""))[1]


def word(status: str) -> str:
    """The word for a state."""
    return STATES.get(status, ("?", "", status))[2]


def state(status: str) -> Line:
    """Glyph and word of a state."""
    return ink((f"{glyph(status)} {word(status)}", state_ink(status)))


def seconds(value: float | None) -> str:
    """A duration: ``3 ms``, ``12.1 s``, ``3:05 min``, ``2:10 h``, ``166 h``; nothing when unknown."""
    if value is None:
        return ""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    if value < 99.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    hours = minutes // 60
    return f"{hours}:{minutes % 60:02} h" if hours < 100 else f"{hours:,} h"


def when(at: int, now: int) -> str:
    """A time, the nearer the finer: ``12 s ago``, ``5 min ago``, ``14:02``, ``2024-05-03``."""
    age = (now - at) / 1e6
    if 0 <= age < 60:
        return f"{age:.0f} s ago"
    if 0 <= age < 3600:
        return f"{age / 60:.0f} min ago"
    then, today = datetime.fromtimestamp(at / 1e6), datetime.fromtimestamp(now / 1e6)
    if then.date() == today.date():
        return then.strftime("%H:%M")
    if then.year == today.year:
        return f"{then.day} {then.strftime('%b %H:%M')}"
    return then.strftime("%Y-%m-%d")


def cost(nano: int | None, known: bool = True) -> str:
    """Money for people; ``≥`` marks a lower bound."""
    return money(nano, at_least=not known)


def cost_within(room: int, nano: int | None, known: bool = True) -> str:
    """Money for people, with one digit where two have no room."""
    text = cost(nano, known)
    if len(text) <= room or not nano:
        return text
    digit = 10 ** (len(str(nano)) - 1)
    return cost(round(nano / digit) * digit, known)


def count(number: int, one: str, many: str = "") -> str:
    """``1 step``, ``2 steps``, ``10,000 steps``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tokens(number: int | None) -> str:
    """A number of tokens, short: ``412``, ``12.3k``, ``1.20M``."""
    if number is None:
        return "?"
    if number < 10_000:
        return str(number)
    return f"{number / 1000:.1f}k" if number < 1_000_000 else f"{number / 1e6:.2f}M"


def short_model(model: str) -> str:
    """A model's name without its provider and version."""
    return model.rpartition("/")[2].partition("@")[0] or model


def bar(share: float, width: int) -> str:
    """A bar of ``width`` cells, filled by ``share`` (0..1)."""
    filled = round(min(1.0, max(0.0, share)) * width)
    return "▓" * filled + "░" * (width - filled)


def json_text(value: Json) -> str:
    """A value as indented JSON, whatever it holds."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def value_text(value: Json) -> str:
    """A value for people: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json_text(value)
