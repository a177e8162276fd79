"""Where a file lies: SQLite's write-ahead log needs one machine's memory, which a network does not share."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
OVER_NETWORKS = re.compile(
    r"^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|virtiofs|fuse(\..+)?|fuseblk)$"
)


def journal_mode(path: Path) -> str:
    """``WAL``; ``DELETE`` where other machines may share the file, slower and safe there."""
    return "DELETE" if OVER_NETWORKS.match(_kind(path)) else "WAL"


def _kind(path: Path) -> str:
    """The kind of file system that holds ``path``; empty when the system does not say."""
    try:
        lines = MOUNTS.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    place = path.resolve()
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mounted = Path(_unescaped(fields[1]))
        # of two mounts at one place the later hides the earlier
        if place.is_relative_to(mounted) and len(mounted.parts) >= best:
            best, kind = len(mounted.parts), fields[2]
    return kind


def _unescaped(text: str) -> str:
    """Spaces and the like are octal there."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
