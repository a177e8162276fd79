"""Makes the table of what models can do that is shipped, from a litellm wheel or its JSON file.

    pip download --no-deps litellm
    python -m workbench.providers.make_capability_table litellm-*.whl [OUT]

What a model can do is a fact; the collection is litellm's (MIT, notice kept in the table).  Nothing is
fetched or run: the JSON in the wheel is read.  What it does not say stays unknown.  The providers are named
as in the price table, which knows their addresses.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "capability_table.json"
INSIDE = "litellm/model_prices_and_context_window_backup.json"
PROVIDERS = {
    "openai": "openai", "anthropic": "anthropic", "gemini": "google", "vertex_ai-language-models": "google",
    "vertex_ai-embedding-models": "google", "mistral": "mistral", "xai": "x-ai", "deepseek": "deepseek",
    "groq": "groq", "together_ai": "together", "fireworks_ai": "fireworks", "perplexity": "perplexity",
    "cohere": "cohere", "cohere_chat": "cohere", "cerebras": "cerebras", "moonshot": "moonshotai",
    "azure_ai": "azure", "novita": "novita", "zai": "zai", "voyage": "voyageai", "cloudflare": "cloudflare",
    "baseten": "baseten", "minimax": "minimax", "ovhcloud": "ovhcloud",
    "databricks": "databricks", "github_copilot": "github-copilot",
}  # fmt: skip
"""Where providers are called otherwise; the first that names a model is believed."""
LETTERS = {
    "t": ("supports_function_calling",), "i": ("supports_vision", "supports_image_input"),
    "f": ("supports_pdf_input",), "s": ("supports_response_schema", "supports_native_structured_output"),
    "r": ("supports_reasoning",),
}  # fmt: skip
"""A letter for each capability: large where the model has it, small where it has not, none where unknown."""
ANSWERS = ("chat", "responses", "completion")


def read(path: Path) -> tuple[dict[str, Any], str, str]:
    """The table, its version, and the notice of its licence."""
    if path.suffix != ".whl":
        return json.loads(path.read_text("utf-8")), "unknown", ""
    with zipfile.ZipFile(path) as wheel:
        licence = next(name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))
        return json.loads(wheel.read(INSIDE)), path.name.split("-")[1], wheel.read(licence).decode()


def letters(row: Mapping[str, Any]) -> str:
    """What the model can do, cannot do; nothing of what is not said."""
    if row["mode"] == "embedding":
        return "tsrE"
    told = {letter: [row[key] for key in keys if key in row] for letter, keys in LETTERS.items()}
    return "".join(letter.upper() if any(said) else letter for letter, said in told.items() if said) + "e"


def table(rows: Mapping[str, Any], version: str, notice: str) -> dict[str, Any]:
    """The whole table: by provider and model the window, the longest answer, and the letters."""
    kept: dict[str, dict[str, Any]] = {}
    for ours in PROVIDERS:
        for name, row in rows.items():
            if row.get("litellm_provider") != ours or row.get("mode") not in (*ANSWERS, "embedding"):
                continue
            model = name.removeprefix(f"{ours}/").lower()
            limits = [row.get(key) or None for key in ("max_input_tokens", "max_output_tokens")]
            if row["mode"] == "embedding":
                limits[1] = None
            kept.setdefault(PROVIDERS[ours], {}).setdefault(model, [*limits, letters(row)])
    return {
        "about": "What models can do; made by workbench.providers.make_capability_table, not by hand.",
        "source": f"litellm {version}", "notice": notice, "providers": kept,
    }  # fmt: skip


def main() -> None:
    """Write the table."""
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    made = table(*read(Path(sys.argv[1])))
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else OUT
    lines = json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace('"],"', '"],\n"')
    out.write_text(lines + "\n", "utf-8")
    counted = sum(map(len, made["providers"].values()))
    print(f"{out}: {counted} models of {len(made['providers'])} providers, {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
