"""What ``[providers.NAME]`` of ``workbench.toml`` may hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import SplitResult, urlsplit

from workbench.settings.declared import BUILT_IN_KINDS, KINDS, Kind, Limits, ProviderSettings
from workbench.settings.reader import Reader

_WHOLE = frozenset({"at_once", "max_bytes", "requests_per_minute", "tokens_per_minute"})
RESERVED = {"local": "the embedded models need no settings"}


def read_providers(reader: Reader, given: Any) -> dict[str, ProviderSettings]:
    """The sections by name, those that can be used."""
    sections = reader.table(("providers",), given)
    read = {name: _provider(reader, name, each) for name, each in sections.items()}
    return {name: section for name, section in read.items() if section is not None}


def _provider(reader: Reader, name: str, given: Any) -> ProviderSettings | None:
    path = ("providers", name)
    section = reader.table(path, given)
    if name in RESERVED:
        reader.problem(path, f"provider {name!r} is built in: {RESERVED[name]}", text=name)
        return None
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        reader.problem(path, f"{name!r} cannot be a provider's name", "letters, digits, - _ .", name)
        return None
    kind = section.get("kind", BUILT_IN_KINDS.get(name))
    if kind not in KINDS:
        said = "needs a kind" if kind is None else f"has an unknown kind {kind!r}"
        close = difflib.get_close_matches(str(kind), KINDS, n=1)
        hint = f"did you mean {close[0]}?" if close else "kinds: " + ", ".join(KINDS)
        reader.problem((*path, "kind"), f"provider {name!r} {said}", hint, str(kind))
        return None
    if kind == "sim":
        return _simulator(reader, name, section)
    return _server(reader, name, kind, section)


def _simulator(reader: Reader, name: str, section: Mapping[str, Any]) -> ProviderSettings:
    path = ("providers", name)
    rates = ("at_once", "requests_per_minute", "tokens_per_minute")
    reader.known(path, section, ("kind", "seed", "speed", *rates))
    seed = reader.number((*path, "seed"), section.get("seed", 0), whole=True, zero=True)
    speed = reader.number((*path, "speed"), section.get("speed", 1.0))
    limits: dict[str, Any] = {
        key: reader.number((*path, key), section[key], whole=True) for key in rates if key in section
    }
    return ProviderSettings(name, "sim", limits=Limits(**limits), seed=int(seed), speed=speed)


def _server(reader: Reader, name: str, kind: Kind, section: Mapping[str, Any]) -> ProviderSettings:
    path = ("providers", name)
    limit_names = tuple(each.name for each in fields(Limits))
    reader.known(path, section, ("kind", "base_url", "api_key_env", "header_env", *limit_names))
    limits: dict[str, Any] = {
        key: reader.number((*path, key), section[key], whole=key in _WHOLE)
        for key in limit_names
        if key in section
    }
    headers = reader.table((*path, "header_env"), section.get("header_env", {}))
    return ProviderSettings(
        name,
        kind,
        base_url=_base_url(reader, (*path, "base_url"), section.get("base_url"), name, kind),
        api_key_env=_variable(reader, (*path, "api_key_env"), section.get("api_key_env", "")),
        header_env={
            header: _variable(reader, (*path, "header_env", header), variable)
            for header, variable in headers.items()
            if _is_header(reader, (*path, "header_env", header), header)
        },
        limits=Limits(**limits),
    )


def web_address(text: str) -> SplitResult | None:
    """The parts of an http or https address; None for what is none."""
    try:
        url = urlsplit(text)
        fine = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        return None
    return url if fine else None


def _base_url(reader: Reader, path: tuple[str, ...], given: Any, name: str, kind: Kind) -> str:
    if given is None:
        if name not in BUILT_IN_KINDS and kind == "openai":
            reader.problem(path[:-1], f"provider {name!r} needs a base_url", 'as "http://127.0.0.1:8000/v1"')
        return ""
    text = reader.text(path, given)
    url = web_address(text)
    if url is None:
        reader.problem(path, "base_url must be an http or https address", 'as "http://127.0.0.1:8000/v1"')
        return ""
    if url.username or url.password or url.query or url.fragment:
        # The address itself is not repeated: it may hold a key.
        reader.problem(path, "base_url must not hold a name, a key or a query", "use api_key_env for the key")
        return ""
    return text.rstrip("/")


def _variable(reader: Reader, path: tuple[str, ...], given: Any) -> str:
    text = reader.text(path, given)
    if text and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        # Not repeated either: people do paste keys here.
        hint = "put the key into the environment or .env, and its variable's name here"
        reader.problem(path, f"{path[-1]} must be the name of an environment variable", hint)
        return ""
    return text


def _is_header(reader: Reader, path: tuple[str, ...], name: str) -> bool:
    if re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
        return True
    reader.problem(path, f"{name!r} cannot be the name of a header", text=name)
    return False
