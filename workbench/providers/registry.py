"""All providers by name: the built-in ones, those of the settings, those of installed plugins."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points

from workbench.errors import CallError
from workbench.providers.keys import Keys
from workbench.providers.known import BUILT_IN
from workbench.providers.port import ModelInfo, Provider
from workbench.settings import ProviderSettings, Settings

ENTRY_POINTS = "workbench.providers"
"""The group where installed packages offer providers: a callable that takes Settings and gives a Provider."""
WELL_KNOWN = frozenset({"openai", "anthropic", "gemini", "ollama", "sim"})
"""Built-in providers that are listed whether their key is set or not."""
IN_PROCESS = frozenset({"local", "sim"})
"""Kinds that use no network."""


class Providers:
    """Finds providers by name and makes each once.  ``offline`` refuses those that use the network."""

    def __init__(
        self, settings: Settings, offline: bool = False, fetch_env: Mapping[str, str] = os.environ
    ) -> None:
        self._settings = settings
        self._offline = offline
        self._keys = Keys(fetch_env, settings.folder)
        self._made: dict[str, Provider] = {}
        self._plugins: dict[str, EntryPoint] | None = None

    def provider(self, name: str) -> tuple[Provider, str]:
        """From ``provider/model`` to the provider and its own name for the model; CallError if unknown."""
        prefix, slash, model = name.partition("/")
        if not slash or not prefix or not model:
            raise CallError(
                "bad_request", f"{name!r} is not a model",
                hint="name models provider/model, as local/compose", sent=False,
            )  # fmt: skip
        made = self._made.get(prefix)
        if made is None:
            # a thread may make one at the same time: all take the first
            made = self._made.setdefault(prefix, self._make(prefix))
        return made, model

    def names(self) -> list[str]:
        """The names of all providers there are."""
        return list(dict.fromkeys(("local", *BUILT_IN, *self._settings.providers, *self._entry_points())))

    def models(self) -> list[ModelInfo]:
        """The models known without asking anyone, of every provider that is set up or well known."""
        return [info for name in self.names() if self._is_listed(name) for info in self._models_of(name)]

    def keys(self) -> dict[str, bool]:
        """The variables that providers take their keys from, and whether they are set."""
        sections = {**BUILT_IN, **self._settings.providers}
        wanted = [
            variable
            for section in sections.values()
            for variable in (section.api_key_env, *section.header_env.values())
        ]
        return {variable: bool(self._keys.get(variable)) for variable in dict.fromkeys(wanted) if variable}

    def _is_listed(self, name: str) -> bool:
        if name not in BUILT_IN or name in WELL_KNOWN or name in self._settings.providers:
            return True
        return bool(BUILT_IN[name].api_key_env and self._keys.get(BUILT_IN[name].api_key_env))

    async def close(self) -> None:
        """Close all connections."""
        while self._made:
            _, provider = self._made.popitem()
            await provider.close()

    def _models_of(self, name: str) -> Iterator[ModelInfo]:
        try:
            provider, _ = self.provider(f"{name}/*")
        except CallError as error:
            yield ModelInfo(f"{name}/*", available=False, reason=error.message)
            return
        yield from provider.models()

    def _make(self, name: str) -> Provider:
        if name == "local":
            from workbench.providers.local.provider import LocalProvider
            from workbench.providers.local.shelf import usual_shelf

            return LocalProvider(usual_shelf())
        section = self._section(name)
        if section is not None and section.kind == "sim":
            from workbench.providers.simulator import Simulator

            return Simulator(section, self.provider)
        if section is None and name not in self._entry_points():
            raise self._unknown(name)
        if self._offline:
            raise CallError(
                "denied", f"provider {name!r} uses the network, and this run is offline",
                hint="run without --offline, or take a local/ or sim/ model", sent=False,
            )  # fmt: skip
        if section is None:
            return self._plugin(name)
        from workbench.providers.dialects import dialect_of
        from workbench.providers.server import ServerProvider

        return ServerProvider(section, self._settings, self._keys, dialect_of(section.kind))

    def _section(self, name: str) -> ProviderSettings | None:
        """The settings of ``name``, what they leave out filled in from the built-in ones."""
        given = self._settings.providers.get(name)
        if given is None or given.base_url:
            return given or BUILT_IN.get(name)
        built_in = BUILT_IN.get(name) or BUILT_IN.get(given.kind)
        if built_in is None or built_in.kind != given.kind:
            return given
        variable = given.api_key_env or built_in.api_key_env
        return replace(given, base_url=built_in.base_url, api_key_env=variable)

    def _entry_points(self) -> dict[str, EntryPoint]:
        if self._plugins is None:
            self._plugins = {each.name: each for each in entry_points(group=ENTRY_POINTS)}
        return self._plugins

    def _plugin(self, name: str) -> Provider:
        point = self._entry_points()[name]
        try:
            provider: Provider = point.load()(self._settings)
        except Exception as error:
            raise CallError(
                "bug", f"the plugin for provider {name!r} cannot be loaded: {type(error).__name__}: {error}",
                hint=f"it is {point.value}", sent=False,
            ) from error  # fmt: skip
        return provider

    def _unknown(self, name: str) -> CallError:
        names = self.names()
        close = difflib.get_close_matches(name, names, n=1)
        there = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names)}"
        return CallError(
            "bad_request", f"no provider is named {name!r}",
            hint=f"{there} (others need a [providers.{name}] section in workbench.toml)", sent=False,
        )  # fmt: skip
