"""Fitted classifiers kept on disk, so that a new process need not fit them again.

A fit is found by the hash of all that it came from: the examples, the labels, and the code itself.  It is
kept as JSON (numbers are exact, so answers stay the same to the last digit), never as anything that could
run, in the user's own cache folder: what lies beside a recipe may be anybody's.  It holds words of the
examples, and only the user may read it.  A file that is not whole is ignored.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

from workbench.events import Json

MOST_BYTES = 64 << 20
"""Of one fit, packed; larger ones are fitted anew."""
MOST_IN_ALL = 512 << 20
"""Of the folder; the least recently used go first."""
LONGEST_UNPACKED = 1 << 30
_CODE = ("centroid.py", "classifiers.py", "features.py", "naive_bayes.py", "passive_aggressive.py")
_SIGN = 16


def usual_shelf() -> Shelf | None:
    """The shelf in ``$XDG_CACHE_HOME/workbench/fits``, or ``~/.cache/…``; None without a home."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        base = base if base.is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return Shelf(base / "workbench" / "fits")


class Shelf:
    """A folder of fits.  Whatever goes wrong with it costs time, never an answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: Sequence[Json]) -> Json:
        """The fit under ``key``; None when there is none, or none that is whole."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            sign, packed = content[:_SIGN], content[_SIGN:]
            if len(packed) > MOST_BYTES or blake2b(packed, digest_size=_SIGN).digest() != sign:
                return None
            found = json.loads(zlib.decompressobj().decompress(packed, LONGEST_UNPACKED))
        except (OSError, ValueError, zlib.error, RecursionError):
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def keep(self, key: Sequence[Json], fit: Json) -> None:
        """Put a fit under ``key``, whole or not at all."""
        packed = zlib.compress(json.dumps(fit, separators=(",", ":")).encode(), 1)
        if len(packed) > MOST_BYTES:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, draft = tempfile.mkstemp(dir=self.folder, suffix=".new")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(blake2b(packed, digest_size=_SIGN).digest() + packed)
                Path(draft).replace(self._path(key))
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            self._make_room()

    def _path(self, key: Sequence[Json]) -> Path:
        told = json.dumps([_code(), *key], ensure_ascii=True)
        return self.folder / f"{blake2b(told.encode(), digest_size=16).hexdigest()}.fit"

    def _make_room(self) -> None:
        found = [(each.stat(), each) for each in self.folder.glob("*.fit")]
        kept = sorted(found, key=lambda one: one[0].st_mtime)
        left = sum(stat.st_size for stat, _ in kept)
        for stat, path in kept:
            if left <= MOST_IN_ALL:
                return
            path.unlink(missing_ok=True)
            left -= stat.st_size


@cache
def _code() -> str:
    """The hash of the code that fits: changed code finds nothing that other code has left."""
    here = Path(__file__).parent
    texts = [(here / name).read_bytes() for name in _CODE] + [(here.parent.parent / "words.py").read_bytes()]
    return blake2b(b"\0".join(texts), digest_size=16).hexdigest()
