"""The providers that are there without settings, each with the variable its own tools take the key from."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.settings import Kind, ProviderSettings

_SERVERS: tuple[tuple[str, Kind, str, str], ...] = (
    ("openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    ("openai-responses", "openai-responses", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    ("anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    ("gemini", "gemini", "https://generativelanguage.googleapis.com", "GEMINI_API_KEY"),
    ("google", "gemini", "https://generativelanguage.googleapis.com", "GOOGLE_API_KEY"),
    ("ollama", "ollama", "http://127.0.0.1:11434", ""),
    ("openrouter", "openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    ("groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    ("mistral", "openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    ("deepseek", "openai", "https://api.deepseek.com", "DEEPSEEK_API_KEY"),
    ("xai", "openai", "https://api.x.ai/v1", "XAI_API_KEY"),
    ("together", "openai", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    ("fireworks", "openai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    ("cerebras", "openai", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    ("perplexity", "openai", "https://api.perplexity.ai", "PERPLEXITY_API_KEY"),
    ("moonshot", "openai", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
    ("huggingface", "openai", "https://router.huggingface.co/v1", "HF_TOKEN"),
    ("cohere", "openai", "https://api.cohere.ai/compatibility/v1", "CO_API_KEY"),
    ("nvidia", "openai", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY"),
    ("voyage", "openai", "https://api.voyageai.com/v1", "VOYAGE_API_KEY"),
    ("lmstudio", "openai", "http://127.0.0.1:1234/v1", ""),
    ("llamacpp", "openai", "http://127.0.0.1:8080/v1", ""),
    ("vllm", "openai", "http://127.0.0.1:8000/v1", ""),
)
BUILT_IN: Mapping[str, ProviderSettings] = {
    "sim": ProviderSettings("sim", "sim"),
    **{
        name: ProviderSettings(name, kind, base_url=base_url, api_key_env=variable)
        for name, kind, base_url, variable in _SERVERS
    },
}
"""There without settings."""


def about_of(section: ProviderSettings) -> str:
    """What a provider serves, in a few words."""
    return f"any model of {section.base_url}"
