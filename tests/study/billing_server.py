"""A real local server that speaks the chat protocol, counts what it is asked, and bills it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.waiting import LONG


@dataclass
class Billing:
    """What was asked; an answer costs ``tokens`` (no more than ``max_tokens``) dollars a million."""

    tokens: int = 100
    unseen: int = 0
    """Tokens that it counts with every request."""
    seconds: float = 0.05
    url: str = ""
    billed: int = 0
    """Tokens of all answers."""
    together: int = 1
    """Nobody is answered until so many have been at it side by side."""
    at_once: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds by model, where they differ."""
    _now: int = 0
    _lock: threading.Condition = field(default_factory=threading.Condition)

    def take(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request."""
        with self._lock:
            self._now += 1
            self.at_once = max(self.at_once, self._now)
            self.requests.append(request)
            self._lock.notify_all()
            self._lock.wait_for(lambda: self.at_once >= self.together, LONG)
        time.sleep(self.slow.get(request["model"], self.seconds))
        most = request.get("max_tokens") or request.get("max_completion_tokens") or self.tokens
        answered = min(self.tokens, most)
        with self._lock:
            self._now -= 1
            self.billed += answered + self.unseen
        usage = {"prompt_tokens": self.unseen, "completion_tokens": answered}
        message = {"role": "assistant", "content": f"from {request['model']}"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "x", "object": "chat.completion", "model": request["model"], "choices": [choice],
                "usage": usage}  # fmt: skip


@contextmanager
def billing(**given: Any) -> Iterator[Billing]:
    """The server, while it runs."""
    bill = Billing(**given)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps(bill.take(request)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # who asked may be gone
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return None

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    bill.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bill
    finally:
        server.shutdown()
        server.server_close()
