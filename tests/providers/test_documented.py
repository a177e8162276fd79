"""What the pages on providers tell people to write works as written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.providers.known import BUILT_IN
from workbench.providers.registry import Providers
from workbench.recipe.load import load
from workbench.settings import Settings, parse_settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "providers.md").read_text("utf-8")
PAGES = sorted((DOCS / "providers").glob("*.md"))
NAMES = {
    "openai", "responses", "azure", "openrouter", "groq", "mistral", "deepseek", "xai", "together", "vllm",
    "llamacpp", "lmstudio", "ollama", "anthropic", "gemini",
}  # fmt: skip


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def check_settings(section: str, folder: Path) -> Settings:
    settings = parse_settings(section.encode(), folder)
    providers = Providers(settings, fetch_env={})
    for name in settings.providers:
        provider, _ = providers.provider(f"{name}/m")
        assert provider.name == name
        assert provider.info("m").name == f"{name}/m"
    return settings


@pytest.mark.parametrize("section", blocks(PAGE, "toml"))
def test_sections(section: str, tmp_path: Path) -> None:
    check_settings(section, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages(page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    settings = Settings()
    for section in blocks(text, "toml"):
        settings = check_settings(section, tmp_path)
    (models,) = blocks(text, "yaml")
    role = re.findall(r"^  (\w+):", models, re.MULTILINE)[0]
    recipe = tmp_path / "recipe.yaml"
    step = f"steps:\n  ask: {{prompt: Hello, model: {role}}}\n"
    recipe.write_text(f"schema: workbench/v1\nname: x\n{models}{step}outputs: {{a: '{{{{ ask.text }}}}'}}\n")
    (model,) = load(recipe).document.models[role].candidates
    provider, name = Providers(settings, fetch_env={}).provider(model)
    assert provider.info(name).name == model
    assert "## What is recorded" in text


def test_every_provider_has_its_page_and_the_pages_are_linked() -> None:
    assert {page.stem for page in PAGES} == NAMES
    for name in NAMES:
        assert f"(providers/{name}.md)" in PAGE


def test_every_built_in_provider_is_on_the_page() -> None:
    for name, section in BUILT_IN.items():
        if name != "sim":
            assert f"`{name}`" in PAGE
            assert section.api_key_env in PAGE or section.api_key_env.endswith("_API_KEY")
