"""Reading ``workbench.toml``: all that is wrong with it at once, each with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from workbench.errors import Problem, RecipeError
from workbench.settings.budgets import read_budgets
from workbench.settings.declared import FILE_NAME, Defaults, Settings
from workbench.settings.models import read_models, read_prices
from workbench.settings.places import places
from workbench.settings.providers import read_providers
from workbench.settings.reader import Reader, type_name

MAX_FILE_BYTES = 1024 * 1024


class SettingsError(RecipeError):
    """``workbench.toml`` cannot be used; ``problems`` holds all that is wrong with it."""


def read_settings(folder: Path) -> Settings:
    """The settings of ``folder``; no file is no settings.  SettingsError names every problem at once."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return Settings(folder=folder)
    except OSError as error:
        raise SettingsError([Problem(f"cannot be read: {error.strerror}", file=str(path))]) from None
    if len(content) > MAX_FILE_BYTES:
        raise SettingsError([Problem(f"is larger than {MAX_FILE_BYTES:,} bytes", file=str(path))])
    return parse_settings(content, folder, str(path))


def parse_settings(content: bytes, folder: Path, file: str = FILE_NAME) -> Settings:
    """Settings from the text of a ``workbench.toml``; ``file`` is the name used in problems."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError([Problem("is not UTF-8 text", file=file, line=line, column=1)]) from None
    except RecursionError:
        raise SettingsError([Problem("is nested too deeply", file=file, line=1, column=1)]) from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise SettingsError([_syntax_problem(error, content, file)]) from None
    return _settings(Reader(file, places(text)), document, folder)


def _syntax_problem(error: ValueError, content: bytes, file: str) -> Problem:
    """The problem that a TOML parser's message names."""
    message = str(error)
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if found:
        line, column, message = int(found[1]), int(found[2]), message[: found.start()]
    else:
        lines = content.decode().rstrip("\n").split("\n")
        line, column = len(lines), len(lines[-1]) + 1
        message = message.removesuffix(" (at end of document)")
    return Problem(f"is not TOML: {message}", file=file, line=line, column=column)


def _settings(reader: Reader, document: Mapping[str, Any], folder: Path) -> Settings:
    reader.known((), document, ("budgets", "clearances", "defaults", "models", "prices", "providers"))
    defaults = _defaults(reader, reader.table(("defaults",), document.get("defaults", {})))
    settings = Settings(
        folder,
        read_providers(reader, document.get("providers", {})),
        read_prices(reader, document.get("prices", {})),
        defaults,
        _clearances(reader, document.get("clearances", {})),
        read_budgets(reader, document.get("budgets", {}), defaults.budget_usd),
        read_models(reader, document.get("models", {})),
    )
    if reader.problems:
        raise SettingsError(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))
    return settings


def _clearances(reader: Reader, given: Any) -> dict[str, tuple[str, ...]]:
    path = ("clearances",)
    labels = reader.table(path, given)
    return {label: _cleared(reader, (*path, label), models) for label, models in labels.items()}


def _cleared(reader: Reader, path: tuple[str, ...], given: Any) -> tuple[str, ...]:
    """The models that may see one label."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path[-1]):
        reader.problem(path, f"{path[-1]!r} cannot be a label", "letters, digits and _", path[-1])
    if not isinstance(given, list):
        reader.problem(path, f"{path[-1]} must be a list of models, not {type_name(given)}", 'as ["local/*"]')
        return ()
    for each in given:
        if not isinstance(each, str) or not re.fullmatch(r"[^/]+/.+", each):
            told = f"{each!r} is no model" if isinstance(each, str) else f"{type_name(each)} is no model"
            reader.problem(path, f"{path[-1]}: {told}", 'as "local/*" or "acme/big"', str(each))
    return tuple(str(each) for each in given)


def _defaults(reader: Reader, given: Mapping[str, Any]) -> Defaults:
    path = ("defaults",)
    reader.known(path, given, tuple(each.name for each in fields(Defaults)))
    budget = given.get("budget_usd")
    return Defaults(
        None if budget is None else reader.number((*path, "budget_usd"), budget, zero=True),
        reader.text((*path, "price_table"), given.get("price_table", "")),
    )
