"""What SQLite's failures mean, and what to do about them."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from workbench.errors import LedgerError

KEPT = "all that was acknowledged before is kept"


def as_ledger_error(error: BaseException, path: Path, doing: str) -> LedgerError:
    """A message for people: what failed, why, and what to do."""
    if isinstance(error, LedgerError):
        return error
    why, hint = _explained(error, path)
    return LedgerError(f"cannot {doing} the ledger {path}: {why}", hint=hint)


def _explained(error: BaseException, path: Path) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if isinstance(code, int) else None:
        case sqlite3.SQLITE_FULL:
            return "the disk is full", f"free some space on the disk that holds {path}, then resume; {KEPT}"
        case sqlite3.SQLITE_IOERR:
            return (
                f"the disk refused ({error})",
                f"check the disk, its quota and file size limits, then resume; {KEPT}",
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return (
                "another process keeps it locked",
                f"end or wait for the program that writes to it (lsof {path} names it), then resume; {KEPT}",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return (
                "it is read-only",
                f"make it and its folder writable (chmod u+w {path.parent}), or choose another with --db",
            )
        case sqlite3.SQLITE_CANTOPEN:
            return (
                "it cannot be opened",
                "check that its folder exists and is yours to write, or choose another with --db",
            )
        case sqlite3.SQLITE_CORRUPT:
            return "the file is damaged", recover_hint(path)
        case sqlite3.SQLITE_NOTADB:
            return "the file is not a ledger", "choose another with --db, or move the file away"
    if isinstance(error, OSError):
        return _of_the_system(error, path)
    return f"{type(error).__name__}: {error}", "run workbench doctor"


def _of_the_system(error: OSError, path: Path) -> tuple[str, str]:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full", f"free some space on the disk that holds {path}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            "it or its folder is not yours to use",
            f"see who may: ls -la {path.parent}; or choose another ledger with --db",
        )
    return error.strerror or str(error), "choose another ledger with --db"


def recover_hint(path: Path) -> str:
    """How to rescue a damaged file."""
    return (
        f"move it away and start a new one, or rescue what can be read: "
        f"sqlite3 {path} .recover | sqlite3 recovered.db"
    )
