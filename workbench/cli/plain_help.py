"""Help without Python types: a flag takes no value, and an argument says itself what it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command whose help names no Python types."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its options and arguments, without ``<bool>`` and ``<list[str]>``."""
        return _plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of commands, in the same way."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its options, without ``<bool>``."""
        return _plain(super().get_params(ctx))


def _plain(parameters: Iterable[Any]) -> list[Any]:
    found = list(parameters)
    for each in found:
        if getattr(each, "is_flag", False) and each.metavar is None:
            each.metavar = ""
        elif isinstance(each, TyperArgument):
            vars(each)["display_type_rich"] = _nothing  # typer makes arguments of this one class only
    return found


def _nothing(ctx: Any) -> None:
    """The type of an argument, as help shows it."""
