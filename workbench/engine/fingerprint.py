"""Fingerprints: equal ones asked the same thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b

from workbench.events import Json

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII (so lone surrogates survive)."""
    return _encode(value)


def fingerprint(kind: str, target: str, identity: Mapping[str, Json]) -> str:
    """Hash (32 hex characters) of what is asked: the kind of call, whom, and the request's identity."""
    return blake2b(canonical([kind, target, identity]).encode(), digest_size=16).hexdigest()
