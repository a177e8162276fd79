"""Text made fit to be handed on: nothing that steers a screen, no keys, no personal data if asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache

from workbench.events import Json
from workbench.gates.pii import find
from workbench.safe_text import safe_text

SECRET = re.compile(
    r"\b(?:sk|pk|rk|xai|gsk|hf|ghp|gho|ghs|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"
    r"|(?i:\bbearer\s+)[A-Za-z0-9._~+/-]{20,}=*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
"""What looks like a key: the well-known beginnings of keys, signed tokens, PEM keys."""

LONGEST_KEPT = 20_000
"""Characters of a text that is kept in case it comes again."""
Hide = Callable[[Json], str]


def hidden(value: Json) -> str:
    """A value as text that can be handed on; texts as they are, the rest as JSON."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return _kept_clean(text) if len(text) < LONGEST_KEPT else _clean(text)


def _clean(text: str) -> str:
    return SECRET.sub("[key]", safe_text(text))


_kept_clean = lru_cache(maxsize=2048)(_clean)
"""Runs of one batch have most of their texts in common."""


def hidden_and_anonymous(value: Json) -> str:
    """The same without personal data: each stretch is replaced by its kind."""
    text, shown, end = hidden(value), [], 0
    for found in find(text):
        shown += [text[end : found.start], f"[{found.kind}]"]
        end = found.end
    return "".join([*shown, text[end:]])
