"""A real chat-completions server that counts what it was asked, and runs of the command line against it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

COMMAND = [sys.executable, "-c", "from workbench.cli.main import main; main()"]


class CountingServer:
    """Answers every prompt with itself in upper case, after ``delay`` seconds; counts answers by prompt."""

    def __init__(self, delay: float = 0.004) -> None:
        self.answered: Counter[str] = Counter()
        self.keys: set[str] = set()
        """The idempotency keys seen: what a server that honours them would bill."""
        self.delay = delay
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                prompt = body["messages"][-1]["content"]
                time.sleep(outer.delay)
                with outer._lock:
                    outer.answered[prompt] += 1
                    outer.keys.add(self.headers["idempotency-key"])
                    outer._news.notify_all()
                self._stream(prompt.upper())

            def _stream(self, text: str) -> None:
                chunks: list[dict[str, Any]] = [
                    {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
                    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                    {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
                ]
                lines = "".join(f"data: {json.dumps({'model': 'm', **chunk})}\n\n" for chunk in chunks)
                payload = (lines + "data: [DONE]\n\n").encode()
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:
                return

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                return  # a client killed in the middle is what these tests are about

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def total(self) -> int:
        with self._lock:
            return sum(self.answered.values())

    def reaches(self, answers: int, seconds: float) -> bool:
        """Whether it has answered so often, or does within these seconds."""
        with self._news:
            return self._news.wait_for(lambda: self.answered.total() >= answers, seconds)

    def counts(self) -> Counter[str]:
        with self._lock:
            return Counter(self.answered)

    def __enter__(self) -> CountingServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def make_folder(folder: Path, server: CountingServer, steps: str) -> None:
    """A folder with a priced provider at ``server`` and one recipe, ``many``."""
    (folder / "recipes" / "many").mkdir(parents=True)
    (folder / "workbench.toml").write_text(
        f'[providers.acme]\nkind = "openai"\nbase_url = "{server.url}"\n'
        '[prices."acme/m"]\ninput = 1.0\noutput = 4.0\n',
        encoding="utf-8",
    )
    (folder / "recipes" / "many" / "recipe.yaml").write_text(
        f"schema: workbench/v1\nname: many\nmodels: {{m: acme/m}}\n{steps}", encoding="utf-8"
    )


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def kill_when(process: subprocess.Popen[bytes], server: CountingServer, answers: int) -> bool:
    """Kill a run with signal 9 once the server has answered so often; False when it ended before."""
    while not server.reaches(answers, seconds=0.05):
        if process.poll() is not None:
            return False
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return True


def finished_prompts(db: Path) -> set[str]:
    """The prompts whose answers are on record, read as any other program would."""
    connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()
    from workbench.ledger.store import open_ledger

    ledger = open_ledger(db)
    try:
        rows = ledger.reader().recording("last")
        return {
            row.request["messages"][-1]["text"] for row in rows if row.status == "ok" and row.kind != "hand"
        }
    finally:
        ledger.close()
