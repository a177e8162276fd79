"""Looks over the surroundings: the interpreter, SQLite, the terminal, the record, the settings."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.cli.output import is_terminal
from workbench.errors import RecipeError, WorkbenchError

if TYPE_CHECKING:
    from workbench.settings import Settings

State = Literal["ok", "note", "bad"]
WAL_RESET_FIXED = (3, 51, 3)
OLDEST_SQLITE = (3, 40, 0)
NARROW, LOW = 80, 24
SMALL_DISK = 256 * 1024 * 1024
LARGE_WAL = 256 * 1024 * 1024
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    topic: str
    state: State
    text: str


def checkup(folder: Path, database: Path) -> list[Finding]:
    """All findings about this machine, this folder and this record."""
    return [
        _python(),
        sqlite(sqlite3.sqlite_version_info),
        _terminal(),
        _editor(),
        *record(database),
        *settings(folder, os.environ),
        *_recipes(folder),
    ]


def _python() -> Finding:
    return Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")


def sqlite(version: tuple[int, ...]) -> Finding:
    """Old versions of SQLite have a rare fault with several writers; the workbench works around it."""
    shown = ".".join(str(part) for part in version[:3])
    if version < OLDEST_SQLITE:
        return Finding("sqlite", "bad", f"{shown} is too old; 3.40 is needed")
    if version < WAL_RESET_FIXED:
        fixed = ".".join(str(part) for part in WAL_RESET_FIXED)
        return Finding(
            "sqlite",
            "note",
            f"{shown}; before {fixed} two programs that write at the same moment can, very rarely, damage "
            "a record: keep a copy of those that matter",
        )
    return Finding("sqlite", "ok", shown)


def _terminal() -> Finding:
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return Finding("terminal", "note", "none: plain output, and the workbench cannot open its screens")
    size = shutil.get_terminal_size()
    told = f"{os.environ.get('TERM', '?')}, {size.columns}x{size.lines}, {sys.stdout.encoding}"
    if os.environ.get("NO_COLOR"):
        told += ", no colours wanted"
    if size.columns < NARROW or size.lines < LOW:
        return Finding("terminal", "note", f"{told}: smaller than {NARROW}x{LOW}, side panes are hidden")
    return Finding("terminal", "ok", told)


def _editor() -> Finding:
    from workbench.cli.editor import editor_command
    from workbench.errors import UsageError

    try:
        return Finding("editor", "ok", " ".join(editor_command()))
    except UsageError as error:
        return Finding("editor", "note", f"{error.message}; {error.hint}")


def record(path: Path) -> list[Finding]:
    """The record: that it opens, its size, who may read it, what is left unfinished."""
    if not path.exists():
        free = shutil.disk_usage(path.parent if path.parent.exists() else Path.cwd()).free
        return [Finding("record", "ok", f"none yet at {path}; {free // MEGABYTE:,} MB free")]
    from workbench.ledger.store import open_ledger

    try:
        ledger = open_ledger(path)
    except WorkbenchError as error:
        return [Finding("record", "bad", f"{error.message}  {error.hint}".rstrip())]
    try:
        reader = ledger.reader()
        runs, unfinished = reader.count_runs(), len(reader.unfinished())
    except WorkbenchError as error:
        return [Finding("record", "bad", f"{error.message}  {error.hint}".rstrip())]
    finally:
        ledger.close()
    told = f"{path}: {runs:,} runs, {path.stat().st_size / MEGABYTE:,.1f} MB, {unfinished:,} unfinished"
    return [Finding("record", "ok", told), _integrity(path), *_file_findings(path)]


def _integrity(path: Path) -> Finding:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        return Finding("integrity", "bad", f"{path} cannot be checked: {error}")
    if answer == "ok":
        return Finding("integrity", "ok", "the record is undamaged")
    return Finding(
        "integrity", "bad", f"the record is damaged: {answer}; sqlite3 {path} .recover may save it"
    )


def _file_findings(path: Path) -> list[Finding]:
    found = []
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        found.append(Finding("privacy", "note", f"others may read the record: chmod 600 {path}"))
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size > LARGE_WAL:
        found.append(Finding("record", "note", f"{log.name} has {log.stat().st_size // MEGABYTE:,} MB"))
    free = shutil.disk_usage(path.parent).free
    if free < SMALL_DISK:
        found.append(Finding("disk", "bad", f"only {free // MEGABYTE:,} MB free beside the record"))
    return found


def settings(folder: Path, environment: Mapping[str, str]) -> list[Finding]:
    """The settings: their problems, the servers they name, whether the keys these need are set."""
    from workbench.settings import FILE_NAME, read_settings

    try:
        found = read_settings(folder)
    except RecipeError as error:
        return [Finding("settings", "bad", str(problem)) for problem in error.problems]
    from workbench.providers.registry import Providers

    providers = Providers(found, fetch_env=environment)
    if (folder / FILE_NAME).exists():
        told = f"{FILE_NAME}: {len(found.providers)} providers, {len(found.prices)} prices"
    else:
        told = f"no {FILE_NAME}; the embedded models need none"
    findings = [Finding("settings", "ok", told)]
    for name, provider in found.providers.items():
        findings.append(Finding("provider", "ok", f"{name}: {provider.kind} {provider.base_url}".rstrip()))
    return [*findings, *_keys(found, providers.keys()), *_servers(found)]


def _keys(settings: Settings, keys: Mapping[str, bool]) -> list[Finding]:
    """Which keys are set; their values are never looked at further."""
    from workbench.providers.known import BUILT_IN

    named = {section.api_key_env for section in settings.providers.values()}
    users: dict[str, list[str]] = {}
    for name, section in {**BUILT_IN, **settings.providers}.items():
        for variable in (section.api_key_env, *section.header_env.values()):
            users.setdefault(variable, []).append(name)
    found = [
        Finding("key", "ok", f"{variable} is set, for {', '.join(users[variable])}")
        for variable, is_set in keys.items()
        if is_set
    ]
    missing = [variable for variable, is_set in keys.items() if not is_set]
    found += [
        Finding("key", "note", f"{variable} is not set; {', '.join(users[variable])} needs it")
        for variable in missing
        if variable in named
    ]
    others = [variable for variable in missing if variable not in named]
    return [*found, Finding("key", "ok", f"not set: {', '.join(others)}")] if others else found


def _servers(settings: Settings) -> list[Finding]:
    """Which model servers of this machine answer; only those set up are missed."""
    from urllib.parse import urlsplit

    from workbench.providers.known import BUILT_IN

    found = []
    for name, section in {**BUILT_IN, **settings.providers}.items():
        url = urlsplit(section.base_url)
        if url.hostname not in ("127.0.0.1", "localhost", "::1"):
            continue
        there = _listens(url.hostname, url.port or 80)
        if there or name in settings.providers:
            told = "a server listens" if there else "nothing listens"
            found.append(Finding("server", "ok" if there else "note", f"{name}: {told} at {url.netloc}"))
    return found


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.3):
            return True
    except OSError:
        return False


def _recipes(folder: Path) -> list[Finding]:
    found = sorted(path.parent.name for path in (folder / "recipes").glob("*/recipe.yaml"))
    if not found:
        return [Finding("recipes", "note", "none under recipes/; workbench new NAME makes one")]
    return [Finding("recipes", "ok", ", ".join(found))]
