"""What models can do: the user's word, then the shipped table; what neither says is unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.capabilities import CAPABILITIES, NOTHING, TEXT_ONLY, Capabilities, ModelFacts
from workbench.providers.facts import TABLE, facts_of
from workbench.providers.registry import Providers
from workbench.settings import Settings, SettingsError, parse_settings


@pytest.mark.parametrize(
    ("model", "window", "most", "told"),
    [
        ("openai/gpt-4o", 128_000, 16_384, "tools images files schema reasoning?"),
        ("openai/gpt-4o-2024-08-06", 128_000, 16_384, "tools images files schema reasoning?"),
        ("openai-responses/gpt-5", 400_000, 128_000, "tools images files schema reasoning"),
        ("anthropic/claude-sonnet-4-5", 200_000, 64_000, "tools images files schema reasoning"),
        ("gemini/gemini-2.5-flash", 1_048_576, 65_536, "tools images files schema reasoning"),
        ("openai/text-embedding-3-small", 8192, None, "images? files? embeddings"),
    ],
)
def test_shipped(model: str, window: int, most: int | None, told: str) -> None:
    facts = facts_of(model, Settings())
    assert (facts.window, facts.max_output, facts.capabilities.told()) == (window, most, told)


@pytest.mark.parametrize("model", ["acme/gpt-4o", "openai/no-such-model", "ollama/llama3", "acme/x"])
def test_unknown_is_unknown(model: str) -> None:
    assert facts_of(model, Settings()) == NOTHING
    assert NOTHING.capabilities.told() == "?"
    assert set(NOTHING.capabilities.plain().values()) == {None}


def test_the_user_knows_better() -> None:
    settings = parse_settings(
        b'[models."openai/gpt-4o"]\nimages = false\nmax_output = 100\n[models."acme/*"]\ntools = true\n',
        Path(),
    )
    mine = facts_of("openai/gpt-4o", settings)
    assert (mine.window, mine.max_output) == (128_000, 100)
    assert mine.capabilities.told() == "tools files schema reasoning?"
    assert facts_of("acme/x", settings) == ModelFacts(capabilities=Capabilities(tools=True))


def test_what_the_protocol_cannot_no_model_can() -> None:
    settings = parse_settings(
        b'[providers.a]\nkind = "anthropic"\nbase_url = "http://127.0.0.1:9"\n'
        b'[models."a/m"]\nembeddings = true\n',
        Path(),
    )
    provider, model = Providers(settings).provider("a/m")
    assert provider.info(model).capabilities == Capabilities(embeddings=False)


def test_models_of_which_the_user_says_something_are_listed() -> None:
    provider, _ = Providers(parse_settings(b'[models."ollama/x"]\ntools = true', Path())).provider("ollama/y")
    assert [each.name for each in provider.models()] == ["ollama/x", "ollama/*"]


def test_embedded_and_simulated_models_know_themselves() -> None:
    found = {each.name: each.capabilities for each in Providers(Settings()).models()}
    assert found["local/compose"] == TEXT_ONLY
    assert (found["local/facts"].schema, found["sim/calm"].tools) == (True, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[models."acme/m"]\ntool = true', "no key 'tool'; did you mean tools?"),
        ('[models."acme/m"]\ntools = "yes"', "tools must be true or false, not 'yes'"),
        ('[models."acme/m"]\nwindow = 1.5', "window must be a whole number"),
        ("[models.gpt]\ntools = true", "models are of models named provider/model, not 'gpt'"),
    ],
)
def test_what_the_user_says_is_checked(content: str, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_settings(content.encode(), Path())
    (problem,) = raised.value.problems
    assert told in f"{problem.message}; {problem.suggestion}"
    assert problem.line in (1, 2)


def test_the_table_is_made_from_open_data(tmp_path: Path) -> None:
    rows = {
        "gpt-x": {
            "litellm_provider": "openai", "mode": "chat", "max_input_tokens": 9, "max_output_tokens": 3,
            "supports_function_calling": True, "supports_vision": False,
        },
        "mistral/embed-x": {"litellm_provider": "mistral", "mode": "embedding", "max_input_tokens": 5},
        "dall-e": {"litellm_provider": "openai", "mode": "image_generation"},
        "nobody/x": {"litellm_provider": "nobody", "mode": "chat"},
    }  # fmt: skip
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    made = subprocess.run(
        [
            sys.executable, "-m", "workbench.providers.make_capability_table",
            str(tmp_path / "rows.json"), str(tmp_path / "out.json"),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "2 models of 2 providers" in made.stdout
    providers = json.loads((tmp_path / "out.json").read_text())["providers"]
    assert providers == {"openai": {"gpt-x": [9, 3, "Tie"]}, "mistral": {"embed-x": [5, None, "tsrE"]}}


def test_the_shipped_table_says_nothing_else() -> None:
    table = json.loads(TABLE.read_text())
    assert table["source"].startswith("litellm ")
    assert "MIT License" in table["notice"]
    rows = [row for models in table["providers"].values() for row in models.values()]
    assert len(rows) > 1000
    assert all(len(row) == 3 and set(row[2].lower()) <= set("tifsre") for row in rows)
    assert all(limit is None or limit > 0 for row in rows for limit in row[:2])
    assert len(CAPABILITIES) == 6
