"""What the page on providers tells people to write works as written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.providers.known import BUILT_IN
from workbench.providers.registry import Providers
from workbench.settings import parse_settings

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
SECTIONS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("section", SECTIONS)
def test_sections(section: str, tmp_path: Path) -> None:
    settings = parse_settings(section.encode(), tmp_path)
    providers = Providers(settings, fetch_env={})
    for name in settings.providers:
        provider, _ = providers.provider(f"{name}/m")
        assert provider.name == name


def test_every_built_in_provider_is_on_the_page() -> None:
    for name, section in BUILT_IN.items():
        if name != "sim":
            assert f"`{name}`" in PAGE
            assert section.api_key_env in PAGE or section.api_key_env.endswith("_API_KEY")
