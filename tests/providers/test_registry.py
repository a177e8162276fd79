"""Providers by name: built-in, from the settings, from plugins; offline; names nobody knows."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from workbench.errors import CallError
from workbench.providers import registry
from workbench.providers.port import ModelInfo
from workbench.providers.registry import Providers
from workbench.providers.server import ServerProvider
from workbench.providers.simulator import Simulator
from workbench.settings import Settings, parse_settings

TOML = b"""
[providers.acme]
kind = "openai"
base_url = "http://127.0.0.1:1/v1"

[providers.openai]
timeout = 7

[providers.rehearsal]
kind = "sim"
seed = 3
"""


def providers(text: bytes = TOML, **more: Any) -> Providers:
    return Providers(parse_settings(text, Path()), fetch_env={}, **more)


def failure(found: Providers, name: str) -> CallError:
    with pytest.raises(CallError) as caught:
        found.provider(name)
    return caught.value


def test_names_lead_to_providers() -> None:
    found = providers()
    acme, model = found.provider("acme/org/big")
    assert isinstance(acme, ServerProvider)
    assert (acme.name, model) == ("acme", "org/big")
    assert found.provider("acme/other")[0] is acme
    assert isinstance(found.provider("rehearsal/typical")[0], Simulator)
    assert found.provider("local/bayes")[0].name == "local"


def test_settings_fill_in_a_built_in_provider() -> None:
    found, _ = providers().provider("openai/gpt")
    assert isinstance(found, ServerProvider)
    assert found._section.base_url == "https://api.openai.com/v1"
    assert found._section.api_key_env == "OPENAI_API_KEY"
    assert found._section.limits.timeout == 7


def test_another_address_never_gets_the_built_in_key() -> None:
    found, _ = providers(b'[providers.openai]\nbase_url = "http://elsewhere/v1"').provider("openai/x")
    assert isinstance(found, ServerProvider)
    assert found._section.api_key_env == ""


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("acm/x", "no provider is named 'acm'", "did you mean acme?"),
        ("zzz/x", "no provider is named 'zzz'", "[providers.zzz]"),
        ("gpt-4", "'gpt-4' is not a model", "provider/model"),
        ("acme/", "is not a model", ""),
        ("/x", "is not a model", ""),
        ("", "is not a model", ""),
    ],
)
def test_unknown_names(name: str, said: str, hint: str) -> None:
    error = failure(providers(), name)
    assert (error.error_class, error.sent) == ("bad_request", False)
    assert said in error.message
    assert hint in error.hint


def test_offline_refuses_the_network() -> None:
    found = providers(offline=True)
    for name in ("acme/x", "openai/x", "ollama/x"):
        assert failure(found, name).error_class == "denied"
    for name in ("sim/echo", "rehearsal/calm", "local/bayes"):
        found.provider(name)


def test_all_models_that_are_known() -> None:
    names = {each.name: each for each in providers().models()}
    assert {"sim/typical", "sim/echo", "acme/*", "openai/*", "ollama/*", "rehearsal/calm"} <= names.keys()
    assert any(name.startswith("local/") for name in names)
    assert names["openai/*"].reason == "OPENAI_API_KEY not set"
    assert not names["openai/*"].available
    offline = {each.name: each for each in providers(offline=True).models()}
    assert "offline" in offline["acme/*"].reason


def test_two_threads_get_the_same_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    found, both, make = providers(), Barrier(2), Providers._make

    def together(self: Providers, name: str) -> Any:
        both.wait(60)
        return make(self, name)

    monkeypatch.setattr(Providers, "_make", together)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: found.provider("sim/calm")[0], range(2))
    assert first is second


def test_listing_models_loads_no_network_code() -> None:
    code = (
        "import sys; from workbench.providers.registry import Providers;"
        "from workbench.settings import Settings; Providers(Settings()).models();"
        "print([name for name in ('httpx', 'h11', 'httptools', 'tenacity') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Plugin:
    """A provider as a plugin brings it."""

    def __init__(self, settings: Settings) -> None:
        self.name = "plugged"
        self.closed = False

    def models(self) -> list[ModelInfo]:
        return [ModelInfo("plugged/a")]

    async def close(self) -> None:
        self.closed = True


def broken(settings: Settings) -> None:
    raise OSError("no luck")


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("plugged", f"{__name__}:Plugin", registry.ENTRY_POINTS),
        EntryPoint("broken", f"{__name__}:broken", registry.ENTRY_POINTS),
    ]
    classes = {"plugged": Plugin, "broken": broken}
    monkeypatch.setattr(EntryPoint, "load", lambda self: classes[self.name])
    monkeypatch.setattr(registry, "entry_points", lambda group: points)


@pytest.mark.usefixtures("plugged")
async def test_plugins() -> None:
    found = providers()
    plugin, model = found.provider("plugged/a")
    assert isinstance(plugin, Plugin)
    assert model == "a"
    assert "plugged/a" in {each.name for each in found.models()}
    error = failure(found, "broken/x")
    assert error.error_class == "bug"
    assert "OSError: no luck" in error.message
    assert failure(providers(offline=True), "plugged/a").error_class == "denied"
    await found.close()
    assert plugin.closed
