"""The user's settings: ``workbench.toml`` next to where one works.  All of it is optional.

```toml
[budgets.run]                         # of every run that sets no budget of its own
usd = 0.10
[budgets.session]                     # of every session that sets none
tokens = 200000
[budgets.day]                         # of all runs of a day (UTC), in all processes that share the record
usd = 5.0
on_exceed = "stop"                    # or ask, or cheaper
unknown_price = "refuse"              # or allow: models of unknown price may run, and are not counted

[defaults]
budget_usd = 0.10                     # the same as [budgets.run] usd
price_table = "prices.json"           # instead of the shipped one; see workbench.providers.make_price_table

[providers.acme]                      # then acme/MODEL in recipes
kind = "openai"                       # any OpenAI-compatible server; or openai-responses | anthropic |
                                      # gemini | ollama | sim
base_url = "http://127.0.0.1:8000/v1"
api_key_env = "ACME_KEY"              # the variable that holds the key, never the key
header_env = {"X-Tenant" = "ACME_TENANT"}
at_once = 16                          # requests in flight
requests_per_minute = 500             # these two: shared by all runs of a process, batches too
tokens_per_minute = 200000
connect = 10                          # seconds
first_token = 60
between_tokens = 60
timeout = 600
max_bytes = 8388608                   # of one answer

[clearances]                          # who may see data with a label; other labels are free
customer = ["local/*", "acme/big"]

[prices."acme/big"]                   # dollars per million tokens
input = 1.0
output = 4.0
cached = 0.1

[prices."ollama/*"]                   # all models of a provider that have no price of their own
input = 0
output = 0

[models."acme/big"]                   # what the shipped table does not know of a model, or has wrong
window = 32768                        # tokens
max_output = 4096
tools = true                          # also images, files, schema, reasoning, embeddings
```
"""

from __future__ import annotations

from workbench.settings.declared import (
    BUILT_IN_KINDS,
    FILE_NAME,
    KINDS,
    Defaults,
    Kind,
    Limits,
    ProviderSettings,
    Settings,
)
from workbench.settings.file import SettingsError, parse_settings, read_settings

__all__ = [
    "BUILT_IN_KINDS",
    "FILE_NAME",
    "KINDS",
    "Defaults",
    "Kind",
    "Limits",
    "ProviderSettings",
    "Settings",
    "SettingsError",
    "parse_settings",
    "read_settings",
]
