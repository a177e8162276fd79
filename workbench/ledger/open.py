"""Opening the file: made whole or not at all, checked before it is trusted, read-only where it must be."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from workbench.errors import LedgerError
from workbench.ledger.crashes import mark_dead_runs
from workbench.ledger.failures import as_ledger_error, recover_hint
from workbench.ledger.filesystem import journal_mode
from workbench.ledger.schema import APPLICATION_ID, MAJOR, VERSION

MAGIC = b"SQLite format 3\0"
BUSY_SECONDS = 60.0
PAGE_SIZE = 1024
"""Small: a text takes no more pages than it needs, and texts of 2 KB do not waste half of each."""
LOG_LIMIT = 64 * 1024 * 1024
CHECKED_AFTER_CRASH = 256 * 1024 * 1024
"""A file up to this size is checked whole when a process that wrote it died."""

Access = Literal["rw", "ro", "immutable"]


@dataclass(frozen=True, slots=True)
class Opened:
    """How the file can be used, and why no better."""

    access: Access
    reason: str = ""


def prepare(path: Path) -> Opened:
    """Make, check and migrate the ledger at ``path``; raises LedgerError with what to do."""
    _check_place(path)
    try:
        if not path.exists():
            _create(path)
        _check_header(path)
        opened = _ladder(path)
        connection = connect(path, opened.access)
        try:
            _bring_up_to_date(connection, path, opened)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise as_ledger_error(error, path, "open") from error
    return opened


def connect(path: Path, access: Access) -> sqlite3.Connection:
    """A connection for any one thread at a time; transactions are opened by hand."""
    if access == "rw":
        target = f"{_uri(path)}?mode=rw"
    else:
        target = f"{_uri(path)}?mode=ro" + ("&immutable=1" if access == "immutable" else "")
    connection = sqlite3.connect(
        target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    if access == "rw":
        try:
            connection.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT}")
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def _uri(path: Path) -> str:
    return "file:" + quote(str(path.absolute()))


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise LedgerError(
            f"the ledger {path} is a folder", hint=f"name a file in it: --db {path / 'local.db'}"
        )
    if not path.parent.is_dir():
        raise LedgerError(
            f"the folder of the ledger {path} does not exist", hint=f"make it: mkdir -p {path.parent}"
        )


# --- making -------------------------------------------------------------------------------------------


def _create(path: Path) -> None:
    """Make the file under another name and give it its own when it is whole: nobody sees half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        connection = connect(draft, "rw")
        try:
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            _migrate(connection)
            connection.execute(f"PRAGMA journal_mode = {journal_mode(path)}")
        finally:
            connection.close()
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was faster: its file is as good
        except OSError:
            draft.rename(path)  # no hard links here
    finally:
        draft.unlink(missing_ok=True)


def _migrate(connection: sqlite3.Connection) -> None:
    from workbench.ledger.migrations import migrate

    migrate(connection)


# --- checking -----------------------------------------------------------------------------------------


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(100)
        size = file.seek(0, os.SEEK_END)
    if not header:
        raise LedgerError(
            f"the ledger {path} is empty (0 bytes)", hint="delete it, or choose another with --db"
        )
    if not header.startswith(MAGIC) or len(header) < 100:
        raise LedgerError(
            f"the file {path} is not a ledger: it is no SQLite database",
            hint="choose another with --db, or move the file away",
        )
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    # with a log beside it the file may be behind its header: the log holds the rest
    if size < page * int.from_bytes(header[28:32], "big") and not _log_size(path):
        raise LedgerError(
            f"the ledger {path} is cut short: part of the file is missing", hint=recover_hint(path)
        )


def _log_size(path: Path) -> int:
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except OSError:
        return 0


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, opened: Opened) -> None:
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark != APPLICATION_ID:
        raise LedgerError(
            f"the file {path} is a SQLite database, but not a ledger",
            hint="choose another with --db, or move the file away",
        )
    if version // 1000 > MAJOR:
        raise LedgerError(
            f"the ledger {path} was written by a newer workbench (its format is {version // 1000}, this one"
            f" knows {MAJOR})",
            hint="update the workbench, or choose another ledger with --db",
        )
    if opened.access != "rw":
        return
    if version < VERSION:
        _migrate(connection)
    mode = journal_mode(path)
    if connection.execute("PRAGMA journal_mode").fetchone()[0].upper() != mode:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    try:
        marked = mark_dead_runs(connection)
    except sqlite3.OperationalError:
        return  # full or locked: what there is can still be read, and the reader shows these runs as they are
    if marked and path.stat().st_size <= CHECKED_AFTER_CRASH:
        _check_whole(connection, path)


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise LedgerError(f"the ledger {path} is damaged: {found}", hint=recover_hint(path))


# --- read-only ----------------------------------------------------------------------------------------


def _ladder(path: Path) -> Opened:
    """The most that is allowed: writing, reading beside a writer, reading a file that nobody changes."""
    folder = path.parent
    if _writable(path) and _writable(folder):
        return Opened("rw")
    reason = f"{path if not _writable(path) else folder} is read-only: nothing new can be recorded"
    for access in ("ro", "immutable"):
        try:
            connection = connect(path, access)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            finally:
                connection.close()
        except sqlite3.OperationalError:
            continue
        if access == "immutable" and _log_size(path):
            reason += "; its newest part is still in its log and is not shown"
        return Opened(access, reason)
    raise LedgerError(f"the ledger {path} cannot be read", hint=f"check who may read it: ls -l {path}")


def _writable(path: Path) -> bool:
    """Whether this process may write there; the system is asked about mounts as well as permissions."""
    return os.access(path, os.W_OK)
