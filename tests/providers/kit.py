"""What the tests of providers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.providers.port import Message, ModelRequest
from workbench.providers.server import ServerProvider

CANARY = "sk-canary-4f9a1c7e2b"
"""A key that must never turn up anywhere."""
MakeProvider = Callable[..., ServerProvider]


def question(text: str = "Hello?", **more: Any) -> ModelRequest:
    """A simple request."""
    return ModelRequest("prompt", (Message("system", "Be brief."), Message("user", text)), **more)


def unheard(text: str) -> None:
    """Takes pieces of an answer and does nothing."""
