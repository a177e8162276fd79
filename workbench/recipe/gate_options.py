"""Options of the gates that look for patterns in a text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

PiiKind = Literal["card", "iban", "ssn", "email", "phone", "ip", "domain"]


class Pii(TypedDict, total=False):
    """No personal data of these kinds may occur; without ``block``: card, iban and ssn."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    block: Literal["all"] | PiiKind | list[PiiKind]


class Injection(TypedDict, total=False):
    """No instructions to a model may occur; ``lines`` also looks for single lines that give orders.

    With ``at_most``, how much the words are like those of known attacks (0..1) must not exceed it; set it by
    ``workbench calibrate``.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    lines: bool
    at_most: Annotated[float, Field(ge=0, le=1)]
