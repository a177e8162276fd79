"""Settings: what is read, and that every mistake is named with its place."""

from pathlib import Path

import pytest

from workbench.settings import Limits, SettingsError, parse_settings, read_settings
from workbench.settings.places import places
from workbench.usage import NANO, Price

GOOD = b"""
[defaults]
budget_usd = 0.1

[providers.acme]   # a comment
kind = "openai"
base_url = "http://127.0.0.1:8000/v1/"
api_key_env = "ACME_KEY"
header_env = {"X-Tenant" = "ACME_TENANT"}
at_once = 4
timeout = 20

[providers.rehearsal]
kind = "sim"
seed = 7
speed = 100

[providers.ollama]
base_url = "http://gpu:11434/v1"

[prices."acme/big"]
input = 1.0
output = 4
cached = 0.1
"""


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text.encode(), Path())
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    assert settings.folder == tmp_path
    assert not settings.providers
    assert settings.defaults.budget_usd is None


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_bytes(GOOD)
    settings = read_settings(tmp_path)
    acme = settings.providers["acme"]
    assert acme.base_url == "http://127.0.0.1:8000/v1"
    assert acme.api_key_env == "ACME_KEY"
    assert acme.header_env == {"X-Tenant": "ACME_TENANT"}
    assert acme.limits == Limits(at_once=4, timeout=20)
    assert (settings.providers["rehearsal"].seed, settings.providers["rehearsal"].speed) == (7, 100)
    assert settings.providers["ollama"].kind == "ollama"
    assert settings.prices["acme/big"] == Price(NANO, 4 * NANO, NANO // 10)
    assert settings.defaults.budget_usd == 0.1


def test_every_problem_is_named_with_its_place() -> None:
    text = '[providers.acme]\nkind = "openai"\nbase_url = "ftp://x"\n  timout = 3\nat_once = 1.5\n[defalts]\n'
    assert problems(text) == [
        'workbench.toml:3:1: base_url must be an http or https address (as "http://127.0.0.1:8000/v1")',
        "workbench.toml:4:3: [providers.acme] has no key 'timout' (did you mean timeout?)",
        "workbench.toml:5:1: at_once must be a whole number, not a number",
        "workbench.toml:6:2: workbench.toml has no key 'defalts' (did you mean defaults?)",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = ", "1:5: is not TOML: Invalid value"),
        ("[x\n", "1:3: is not TOML"),
        pytest.param("a = " + "[" * 5000, "is nested too deeply", id="deep"),
        (
            '[providers.x]\nkind = "antropic"',
            "2:1: provider 'x' has an unknown kind 'antropic' (did you mean anthropic?)",
        ),
        ("[providers.x]", "1:2: provider 'x' needs a kind"),
        ('[providers.x]\nkind = "openai"', "provider 'x' needs a base_url"),
        ("[providers.local]\n", "'local' is built in"),
        ('[providers."a/b"]\nkind="sim"', "cannot be a provider's name"),
        ('[providers.sim]\nbase_url="http://x"', "2:1: [providers.sim] has no key 'base_url'"),
        ("[providers.sim]\nspeed=0", "speed must be a number, more than 0, not 0"),
        ("[providers.sim]\nspeed=nan", "speed must be a number"),
        ("[providers.sim]\nseed=true", "seed must be a whole number, not true or false"),
        ("providers = 3", "1:1: providers must be a table, not a number"),
        ("[providers]\nx = []", "2:1: providers.x must be a table, not a list"),
        ("[prices.big]\ninput=1\noutput=1", "1:2: prices are of models named provider/model"),
        ('[prices."a/b"]\ninput=1', "1:2: the price of a/b needs 'output'"),
        ('[prices."a/b"]\ninput=-1\noutput=1', "2:1: input must be a number, 0 or more, not -1"),
        ('[prices."a/b"]\ninput="1"\noutput=1', "2:1: input must be a number, not a text"),
        ('[providers.openai]\nheader_env={"a b"="C"}', "2:13: 'a b' cannot be the name of a header"),
        ("defaults.budget_usd = 1979-05-27", "1:1: budget_usd must be a number, not a date or time"),
    ],
)
def test_mistakes(text: str, expected: str) -> None:
    assert expected in "\n".join(problems(text))


@pytest.mark.parametrize(
    "line",
    [
        'api_key_env = "sk-canary-123456"',
        'base_url = "http://me:canary@host/v1"',
        'base_url = "http://h/?k=canary"',
    ],
)
def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(line: str) -> None:
    said = "\n".join(problems(f"[providers.openai]\n{line}"))
    assert "workbench.toml:2:1" in said
    assert "canary" not in said


def test_bytes_that_are_not_text() -> None:
    with pytest.raises(SettingsError, match=r"workbench.toml:2:1: is not UTF-8"):
        parse_settings(b"a = 1\n\xff", Path())


def test_places() -> None:
    text = (
        'a.b = 1\n[t."x y"] # c = 1\nm = """\nk = 1 \\""" no\n"""\n'
        '  "q\\u0041" = {i = 1, j = {k = [1, {z = 2}]}, l = 3}\n'
        "list = [\n  1, # two\n  {deep = 1},\n]\nlast = '''\n'''\nend = 1\n[[many]]\nv = 1\n"
    )
    found = places(text)
    assert found["a",] == found["a", "b"] == (1, 1)
    assert found["t", "x y"] == (2, 2)
    assert found["t", "x y", "qA"] == (6, 3)
    assert found["t", "x y", "qA", "j", "k"][0] == 6
    assert found["t", "x y", "qA", "l"] == (6, text.splitlines()[5].index("l = 3") + 1)
    assert found["t", "x y", "list"] == (7, 1)
    assert found["t", "x y", "end"] == (13, 1)
    assert ("k",) not in found
    assert found["many", "v"] == (15, 1)
