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

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from workbench.budget_settings import BudgetSettings, read_budgets
from workbench.capabilities import ModelFacts
from workbench.errors import Problem, RecipeError
from workbench.model_settings import read_models, read_prices
from workbench.toml_places import Place, places
from workbench.usage import Price

FILE_NAME = "workbench.toml"
MAX_FILE_BYTES = 1024 * 1024
Kind = Literal["openai", "openai-responses", "anthropic", "gemini", "ollama", "sim"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_WHOLE = frozenset({"at_once", "max_bytes", "requests_per_minute", "tokens_per_minute"})
_COMPATIBLE = (
    "openai", "openrouter", "groq", "mistral", "deepseek", "xai", "together", "fireworks", "cerebras",
    "perplexity", "moonshot", "huggingface", "cohere", "nvidia", "voyage", "lmstudio", "llamacpp", "vllm",
)  # fmt: skip
BUILT_IN_KINDS: Mapping[str, Kind] = {
    "sim": "sim", "openai-responses": "openai-responses", "anthropic": "anthropic", "gemini": "gemini",
    "google": "gemini", "ollama": "ollama", **dict.fromkeys(_COMPATIBLE, "openai"),
}  # fmt: skip
"""Providers that are there without settings; their section may leave ``kind`` out.
One of another name may leave ``base_url`` out too when its kind has a home of its own."""
RESERVED = {"local": "the embedded models need no settings"}


class SettingsError(RecipeError):
    """``workbench.toml`` cannot be used; ``problems`` holds all that is wrong with it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one provider may be asked at once; how long (seconds) and large (bytes) an answer may be."""

    at_once: int = 1000
    connect: float = 10.0
    first_token: float = 120.0
    between_tokens: float = 60.0
    timeout: float = 600.0
    max_bytes: int = 8 * 1024 * 1024
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Of requests and answers together; None is no limit of ours."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One ``[providers.NAME]`` section."""

    name: str
    kind: Kind
    base_url: str = ""
    api_key_env: str = ""
    header_env: Mapping[str, str] = field(default_factory=dict)
    """Further headers: each name with the environment variable that holds its value."""
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    """Simulator: another seed draws other delays and failures."""
    speed: float = 1.0
    """Simulator: 100 answers a hundred times faster than a real provider."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a recipe or a command says nothing."""

    budget_usd: float | None = None
    price_table: str = ""
    """A file of prices instead of the one that is shipped."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings.  ``folder`` is where they were looked for; ``.env`` is read there too."""

    folder: Path = field(default_factory=Path)
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    clearances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By label: the models that may see it, as names or patterns such as ``local/*``."""
    budgets: Mapping[str, BudgetSettings] = field(default_factory=dict)
    """By level: ``run``, ``session``, ``day``."""
    models: Mapping[str, ModelFacts] = field(default_factory=dict)
    """What the user says that models take and can do; ``provider/*`` is for all its others."""


def read_settings(folder: Path) -> Settings:
    """The settings of ``folder``; no file is no settings.  SettingsError names every problem at once."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return Settings(folder=folder)
    except OSError as error:
        raise SettingsError([Problem(f"cannot be read: {error.strerror}", file=str(path))]) from None
    if len(content) > MAX_FILE_BYTES:
        raise SettingsError([Problem(f"is larger than {MAX_FILE_BYTES:,} bytes", file=str(path))])
    return parse_settings(content, folder, str(path))


def parse_settings(content: bytes, folder: Path, file: str = FILE_NAME) -> Settings:
    """Settings from the text of a ``workbench.toml``; ``file`` is the name used in problems."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError([Problem("is not UTF-8 text", file=file, line=line, column=1)]) from None
    except RecursionError:
        raise SettingsError([Problem("is nested too deeply", file=file, line=1, column=1)]) from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise SettingsError([_syntax_problem(error, content, file)]) from None
    return _Reader(file, places(text)).settings(document, folder)


def _syntax_problem(error: ValueError, content: bytes, file: str) -> Problem:
    """The problem that a TOML parser's message names."""
    message = str(error)
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if found:
        line, column, message = int(found[1]), int(found[2]), message[: found.start()]
    else:
        lines = content.decode().rstrip("\n").split("\n")
        line, column = len(lines), len(lines[-1]) + 1
        message = message.removesuffix(" (at end of document)")
    return Problem(f"is not TOML: {message}", file=file, line=line, column=column)


@dataclass(slots=True)
class _Reader:
    """Reads the parsed document, collecting problems instead of stopping at the first."""

    file: str
    places: Mapping[tuple[str, ...], Place]
    problems: list[Problem] = field(default_factory=list)

    def settings(self, document: Mapping[str, Any], folder: Path) -> Settings:
        self.known((), document, ("budgets", "clearances", "defaults", "models", "prices", "providers"))
        defaults = self.defaults(self.table(("defaults",), document.get("defaults", {})))
        providers = {
            name: section
            for name, given in self.table(("providers",), document.get("providers", {})).items()
            if (section := self.provider(name, given)) is not None
        }
        prices = read_prices(self, document.get("prices", {}))
        models = read_models(self, document.get("models", {}))
        budgets = read_budgets(self, document.get("budgets", {}), defaults.budget_usd)
        clearances = {
            label: self.cleared(("clearances", label), given)
            for label, given in self.table(("clearances",), document.get("clearances", {})).items()
        }
        if self.problems:
            raise SettingsError(sorted(self.problems, key=lambda problem: (problem.line, problem.column)))
        return Settings(folder, providers, prices, defaults, clearances, budgets, models)

    def cleared(self, path: tuple[str, ...], given: Any) -> tuple[str, ...]:
        """The models that may see one label."""
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path[-1]):
            self.problem(path, f"{path[-1]!r} cannot be a label", "letters, digits and _", path[-1])
        if not isinstance(given, list):
            self.problem(
                path, f"{path[-1]} must be a list of models, not {_type_name(given)}", 'as ["local/*"]'
            )
            return ()
        for each in given:
            if not isinstance(each, str) or not re.fullmatch(r"[^/]+/.+", each):
                told = f"{each!r} is no model" if isinstance(each, str) else f"{_type_name(each)} is no model"
                self.problem(path, f"{path[-1]}: {told}", 'as "local/*" or "acme/big"', str(each))
        return tuple(str(each) for each in given)

    def problem(self, path: tuple[str, ...], message: str, suggestion: str = "", text: str = "") -> None:
        place = Place(1, 1)
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                place = self.places[path[:length]]
                break
        self.problems.append(Problem(message, self.file, place.line, place.column, text, suggestion))

    def known(self, path: tuple[str, ...], given: Mapping[str, Any], names: tuple[str, ...]) -> None:
        where = f"[{'.'.join(path)}]" if path else FILE_NAME
        for key in given:
            if key in names:
                continue
            close = difflib.get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]}?" if close else "known: " + ", ".join(sorted(names))
            self.problem((*path, key), f"{where} has no key {key!r}", hint, key)

    def table(self, path: tuple[str, ...], given: Any) -> Mapping[str, Any]:
        if isinstance(given, dict):
            return given
        self.problem(path, f"{'.'.join(path)} must be a table, not {_type_name(given)}")
        return {}

    def text(self, path: tuple[str, ...], given: Any) -> str:
        if isinstance(given, str):
            return given
        self.problem(path, f"{path[-1]} must be a text, not {_type_name(given)}")
        return ""

    def number(self, path: tuple[str, ...], given: Any, *, whole: bool = False, zero: bool = False) -> float:
        """A finite number above zero (or from zero on); 1 stands in for a wrong one."""
        kind = "a whole number" if whole else "a number"
        wrong = isinstance(given, bool) or not isinstance(given, int if whole else (int, float))
        if wrong:
            self.problem(path, f"{path[-1]} must be {kind}, not {_type_name(given)}", text=str(given))
            return 1
        if not isfinite(given) or given < 0 or (given == 0 and not zero) or given > 1e15:
            least = "0 or more" if zero else "more than 0"
            self.problem(path, f"{path[-1]} must be {kind}, {least}, not {given}", text=str(given))
            return 1
        return int(given) if whole else float(given)

    def defaults(self, given: Mapping[str, Any]) -> Defaults:
        path = ("defaults",)
        self.known(path, given, tuple(each.name for each in fields(Defaults)))
        budget = given.get("budget_usd")
        return Defaults(
            None if budget is None else self.number((*path, "budget_usd"), budget, zero=True),
            self.text((*path, "price_table"), given.get("price_table", "")),
        )

    def provider(self, name: str, given: Any) -> ProviderSettings | None:
        path = ("providers", name)
        section = self.table(path, given)
        if name in RESERVED:
            self.problem(path, f"provider {name!r} is built in: {RESERVED[name]}", text=name)
            return None
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            self.problem(path, f"{name!r} cannot be a provider's name", "letters, digits, - _ .", name)
            return None
        kind = section.get("kind", BUILT_IN_KINDS.get(name))
        if kind not in KINDS:
            said = "needs a kind" if kind is None else f"has an unknown kind {kind!r}"
            close = difflib.get_close_matches(str(kind), KINDS, n=1)
            hint = f"did you mean {close[0]}?" if close else "kinds: " + ", ".join(KINDS)
            self.problem((*path, "kind"), f"provider {name!r} {said}", hint, str(kind))
            return None
        if kind == "sim":
            return self.simulator(name, section)
        return self.server(name, kind, section)

    def simulator(self, name: str, section: Mapping[str, Any]) -> ProviderSettings:
        path = ("providers", name)
        rates = ("at_once", "requests_per_minute", "tokens_per_minute")
        self.known(path, section, ("kind", "seed", "speed", *rates))
        seed = self.number((*path, "seed"), section.get("seed", 0), whole=True, zero=True)
        speed = self.number((*path, "speed"), section.get("speed", 1.0))
        limits: dict[str, Any] = {
            key: self.number((*path, key), section[key], whole=True) for key in rates if key in section
        }
        return ProviderSettings(name, "sim", limits=Limits(**limits), seed=int(seed), speed=speed)

    def server(self, name: str, kind: Kind, section: Mapping[str, Any]) -> ProviderSettings:
        path = ("providers", name)
        limit_names = tuple(each.name for each in fields(Limits))
        self.known(path, section, ("kind", "base_url", "api_key_env", "header_env", *limit_names))
        limits: dict[str, Any] = {
            key: self.number((*path, key), section[key], whole=key in _WHOLE)
            for key in limit_names
            if key in section
        }
        headers = self.table((*path, "header_env"), section.get("header_env", {}))
        return ProviderSettings(
            name,
            kind,
            base_url=self.base_url((*path, "base_url"), section.get("base_url"), name, kind),
            api_key_env=self.variable((*path, "api_key_env"), section.get("api_key_env", "")),
            header_env={
                header: self.variable((*path, "header_env", header), variable)
                for header, variable in headers.items()
                if self.is_header((*path, "header_env", header), header)
            },
            limits=Limits(**limits),
        )

    def base_url(self, path: tuple[str, ...], given: Any, name: str, kind: Kind) -> str:
        if given is None:
            if name not in BUILT_IN_KINDS and kind == "openai":
                self.problem(
                    path[:-1], f"provider {name!r} needs a base_url", 'as "http://127.0.0.1:8000/v1"'
                )
            return ""
        text = self.text(path, given)
        try:
            url = urlsplit(text)
            fine = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
        except ValueError:
            fine = False
        if not fine:
            self.problem(path, "base_url must be an http or https address", 'as "http://127.0.0.1:8000/v1"')
            return ""
        if url.username or url.password or url.query or url.fragment:
            # The address itself is not repeated: it may hold a key.
            self.problem(
                path, "base_url must not hold a name, a key or a query", "use api_key_env for the key"
            )
            return ""
        return text.rstrip("/")

    def variable(self, path: tuple[str, ...], given: Any) -> str:
        text = self.text(path, given)
        if text and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
            # Not repeated either: people do paste keys here.
            hint = "put the key into the environment or .env, and its variable's name here"
            self.problem(path, f"{path[-1]} must be the name of an environment variable", hint)
            return ""
        return text

    def is_header(self, path: tuple[str, ...], name: str) -> bool:
        if re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            return True
        self.problem(path, f"{name!r} cannot be the name of a header", text=name)
        return False


def _type_name(value: Any) -> str:
    """A TOML type in words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return "a table" if isinstance(value, dict) else names.get(type(value), "a date or time")
