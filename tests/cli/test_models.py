"""``workbench models``: what is known, what the record says, and whether a model answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.providers.protocols import KINDS, stream
from workbench.cli import checkup
from workbench.settings import Kind

ANSWERS = {
    "/chat/completions": "openai", "/responses": "openai-responses", "/messages": "anthropic",
    "GenerateContent": "gemini", "/api/chat": "ollama",
}  # fmt: skip


class Everything(BaseHTTPRequestHandler):
    """Answers in the protocol that it is asked in."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        kind: Kind = next(each for part, each in ANSWERS.items() if part in self.path)  # type: ignore[assignment]
        body = stream(kind, ("po", "ng"))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server in a thread of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Everything)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def settings(address: str) -> None:
    """A provider of each kind."""
    sections = [
        f'[providers.my-{kind}]\nkind = "{kind}"\nbase_url = "{address}{"/v1" if "openai" in kind else ""}"'
        for kind in KINDS
    ]
    prices = '[prices."my-openai/m"]\ninput = 1.0\noutput = 2.0'
    Path("workbench.toml").write_text("\n".join([*sections, prices]))


def test_every_kind_of_provider_is_one_section(invoke: Invoke, address: str) -> None:
    settings(address)
    names = [f"my-{kind}/m" for kind in KINDS]
    shown = invoke("models", "--ping", *names, "--json")
    assert shown.code == 0, shown.err
    pinged = {each["model"]: each for each in json.loads(shown.out)}
    assert {each["answer"] for each in pinged.values()} == {"pong"}
    assert pinged["my-openai/m"]["cost_usd"] == pytest.approx(13e-6)
    assert pinged["my-gemini/m"]["cost_usd"] is None
    listed = {each["model"]: each for each in json.loads(invoke("models", "--json").out)}
    assert set(names) <= listed.keys()
    record = listed["my-openai/m"]["record"]
    assert (record["calls"], record["errors"], record["cost_known"]) == (1, 0, True)
    assert record["p50_seconds"] > 0
    assert not listed["my-gemini/m"]["record"]["cost_known"]
    assert "pong" in invoke("models", "--ping", "my-ollama/m").out
    assert "$0.000013" in invoke("models").out
    Path("p.toml").write_text('[prices."my-openai/m"]\ninput = 2.0\noutput = 4.0')
    repriced = json.loads(invoke("routes", "reprice", "--prices", "p.toml", "--json").out)
    (mine,) = (each for each in repriced if each["model"] == "my-openai/m")
    assert (mine["cost_usd"], mine["would_cost_usd"]) == (pytest.approx(13e-6), pytest.approx(26e-6))
    assert "my-gemini/m" in invoke("routes", "reprice").out


def test_a_model_that_does_not_answer(invoke: Invoke) -> None:
    Path("workbench.toml").write_text('[providers.acme]\nkind = "anthropic"\nbase_url = "http://127.0.0.1:9"')
    shown = invoke("models", "--ping", "acme/m")
    assert shown.code == 1
    assert "cannot connect" in shown.out
    listed = {each["model"]: each for each in json.loads(invoke("models", "--json").out)}
    assert listed["acme/m"]["record"]["errors"] == 3


def test_a_ping_wants_names(invoke: Invoke) -> None:
    for wanted in ([], ["acme"]):
        shown = invoke("models", "--ping", *wanted)
        assert shown.code == 2
        assert "which models?" in shown.err


def test_prices_and_windows_of_models_that_are_asked_for(invoke: Invoke) -> None:
    (found,) = json.loads(invoke("models", "anthropic/claude-opus-4-1", "--json").out)
    assert found["window"] == 200_000
    assert (found["price"]["input"], found["price"]["output"]) == (15, 75)
    assert found["price"]["source"].startswith("genai-prices ")
    assert json.loads(invoke("models", "bayes", "--json").out)[0]["model"] == "local/bayes"


def test_what_models_can_do(invoke: Invoke) -> None:
    Path("workbench.toml").write_text('[models."anthropic/claude-sonnet-4-5"]\nfiles = false')
    (found,) = json.loads(invoke("models", "anthropic/claude-sonnet-4-5", "--json").out)
    assert found["max_output"] == 64_000
    assert [found["capabilities"][each] for each in ("tools", "files", "embeddings")] == [True, False, False]
    assert "tools images schema reasoning" in invoke("models", "anthropic/claude-sonnet-4-5").out
    (found,) = json.loads(invoke("models", "ollama/x", "--json").out)
    assert set(found["capabilities"].values()) == {None}


def test_the_doctor_says_which_keys_and_servers_are_there(tmp_path: Path, address: str) -> None:
    settings(address)
    (tmp_path / ".env").write_text("GROQ_API_KEY=gsk-secret-1\n")
    found = checkup.settings(tmp_path, {"ANTHROPIC_API_KEY": "sk-secret-2"})
    told = "\n".join(f"{each.topic} {each.state} {each.text}" for each in found)
    assert "key ok ANTHROPIC_API_KEY is set, for anthropic" in told
    assert "key ok GROQ_API_KEY is set, for groq" in told
    assert "OPENAI_API_KEY" in told.split("not set:")[1]
    assert f"server ok my-gemini: a server listens at {address.removeprefix('http://')}" in told
    assert "secret" not in told
