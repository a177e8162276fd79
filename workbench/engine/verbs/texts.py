"""What several verbs do with texts."""

from __future__ import annotations

import json
from typing import Literal

from workbench.engine.scope import Scope
from workbench.errors import CallError
from workbench.events import Json
from workbench.providers.port import Message
from workbench.recipe.expressions import render


def rendered_message(role: Literal["system", "user"], template: str, scope: Scope) -> Message:
    """A template as a message that knows where its parts came from."""
    rendered = render(template, scope.values)
    return Message(role, rendered.text, scope.segments(rendered))


def parsed(text: str) -> Json:
    """The JSON value of an answer given as text (by hand, say); raises CallError ``malformed``."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise CallError("malformed", f"the answer is not JSON: {error}") from error


def as_text(value: Json) -> str:
    """A value as text: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
