"""Runs as OpenTelemetry traces: OTLP in its JSON form, with the GenAI conventions.

A run is a trace; its steps and calls are spans in it.  Ids come from the run's, so that the same run is the
same trace every time.  What was asked and answered stays in the record: the conventions have such content
sent only by choice.  Sources: the OTLP/JSON encoding and file format; ``conventions`` names the words' own.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from workbench import __version__
from workbench.errors import CallError, UsageError
from workbench.events import CallFinished, CallReused, CallStarted
from workbench.export.bundle import refuse_running
from workbench.export.choice import Choice
from workbench.export.conventions import INTERNAL, Attributes, of_answer, of_call, of_run, of_step
from workbench.export.files import write_whole
from workbench.export.hiding import hidden
from workbench.export.run_view import all_steps
from workbench.ledger.reader import Reader
from workbench.ledger.rows import RunRow, StepRow
from workbench.settings.providers import web_address

if TYPE_CHECKING:
    from workbench.providers.transport import Transport

Span = dict[str, Any]
ERROR = 2
BAD = ("failed", "crashed", "error", "unknown")
HOLDER = re.compile(r"(?:/[^/]+|\[\d+\]|#\d+)\Z")
NAME = re.compile(r"[A-Za-z0-9_-]+")
PATH = "/v1/traces"
HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
"""Where OpenTelemetry's own exporters look for what a collector wants to be told, such as a key."""
PATIENCE = 10.0
"""Seconds until a collector must have answered, as exporters have it by default."""


def write_trace(choice: Choice, path: Path, heard: Callable[[int], None]) -> int:
    """Write one line of OTLP JSON a run to ``path``; its size in bytes."""
    refuse_running(choice.reader, choice.runs)
    return write_whole(path, _lines(choice, heard))


def _lines(choice: Choice, heard: Callable[[int], None]) -> Iterator[str]:
    for done, run in enumerate(choice.runs, start=1):
        yield json.dumps(traces(choice.reader, run), separators=(",", ":")) + "\n"
        heard(done)


def send_trace(choice: Choice, endpoint: str) -> int:
    """Send the runs to a collector over OTLP/HTTP; how many spans there were.  Raises CallError."""
    url, headers = _address(endpoint), _headers(os.environ)
    refuse_running(choice.reader, choice.runs)
    return asyncio.run(_send(choice, url, headers))


def _address(endpoint: str) -> str:
    """Where a collector takes traces; UsageError for what is no address."""
    if web_address(endpoint) is None:
        raise UsageError("--endpoint must be an http or https address", hint="as http://127.0.0.1:4318")
    return endpoint if endpoint.endswith(PATH) else endpoint.rstrip("/") + PATH


def _headers(environment: Mapping[str, str]) -> dict[str, str]:
    """The headers that the environment asks for, as ``name=value``; UsageError, which tells no value."""
    variable = next((name for name in HEADERS if environment.get(name)), "")
    found = {}
    for pair in filter(None, (each.strip() for each in environment.get(variable, "").split(","))):
        name, equals, value = (unquote(each).strip() for each in pair.partition("="))
        if not equals or not NAME.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise UsageError(f"{variable} is not name=value, name=value", hint="with signs as in a URL: %20")
        found[name] = value
    return found


async def _send(choice: Choice, url: str, headers: Mapping[str, str]) -> int:
    from workbench.providers.transport import Transport
    from workbench.settings import Limits

    transport, sent = Transport(Limits(connect=PATIENCE, first_token=PATIENCE, timeout=3 * PATIENCE)), 0
    try:
        for run in choice.runs:
            told = traces(choice.reader, run)
            body = json.dumps(told, separators=(",", ":")).encode()
            await _post(transport, url, {**headers, "Content-Type": "application/json"}, body)
            sent += len(told["resourceSpans"][0]["scopeSpans"][0]["spans"])
    finally:
        await transport.close()
    return sent


async def _post(transport: Transport, url: str, headers: Mapping[str, str], body: bytes) -> None:
    try:
        async with transport.post(url, headers, body) as (answer, _):
            said = (await answer.read()).decode("utf-8", "replace")
    except CallError as error:
        told = f"no answer within {PATIENCE:g} s" if error.error_class == "timeout" else str(error)
        raise CallError(
            error.error_class, f"{url}: {told}", hint="is a collector listening there?"
        ) from error
    if not 200 <= answer.status < 300:
        raise CallError("server", f"{url} answered {answer.status}: {hidden(said[:200])}")


def traces(reader: Reader, run: str) -> dict[str, Any]:
    """A run as one TracesData object."""
    scope = {"name": "workbench", "version": __version__}
    resource = {"attributes": _attributes({"service.name": "workbench", "service.version": __version__})}
    spans = list(_spans(reader, reader.run(run)))
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": spans}]}]}


def _spans(reader: Reader, row: RunRow) -> Iterator[Span]:
    trace = blake2b(row.id.encode(), digest_size=16).hexdigest()
    end = row.finished or row.started
    session = {"gen_ai.conversation.id": reader.snapshot(row.id).session}
    run = {
        **of_run(row), **session, "workbench.run": row.id,
        "workbench.mode": row.mode, "workbench.status": row.status, "workbench.recipe.hash": row.recipe_hash,
        "workbench.cost_nano_usd": row.cost_nano if row.cost_known else None,
    }  # fmt: skip
    yield _span(trace, "", None, f"invoke_workflow {row.recipe}", (row.started, end), run,
                (row.status, row.error, row.error_class))  # fmt: skip
    steps = {step.path: step for step in all_steps(reader, row.id)}
    for step in steps.values():
        yield _step(trace, step, steps, end)
    started: dict[tuple[int, int], CallStarted] = {}
    for event in reader.events(row.id):
        if isinstance(event, CallStarted):
            started[event.call, event.attempt] = event
        elif isinstance(event, CallFinished):
            yield _call(trace, started.pop((event.call, event.attempt)), event, session)
        elif isinstance(event, CallReused):
            yield _reused(trace, event, session)


def _step(trace: str, step: StepRow, steps: Mapping[str, StepRow], end: int) -> Span:
    holder = HOLDER.sub("", step.path)
    while holder and holder not in steps and HOLDER.search(holder):
        holder = HOLDER.sub("", holder)
    parent = f"step {holder}" if holder in steps and holder != step.path else ""
    name, words = of_step(step)
    told = {
        **words, "workbench.step": step.path, "workbench.verb": step.verb, "workbench.status": step.status,
        "workbench.gates.passed": step.gates_passed, "workbench.gates.failed": step.gates_failed,
    }  # fmt: skip
    return _span(trace, f"step {step.path}", parent, name, (step.started, step.finished or end), told,
                 (step.status, step.error, step.error_class))  # fmt: skip


def _call(trace: str, asked: CallStarted, event: CallFinished, session: Attributes) -> Span:
    name, kind, words = of_call(asked)
    told = {
        **words, **of_answer(asked.kind, event), **(session if words else {}), **_own(asked),
        "workbench.attempt": event.attempt, "workbench.cost_nano_usd": event.cost_nano,
    }  # fmt: skip
    times = (asked.at, asked.at + round(event.seconds * 1e6))
    return _span(trace, f"call {event.call} {event.attempt}", f"step {asked.path}", name, times, told,
                 (event.status, event.error, event.error_class), kind)  # fmt: skip


def _reused(trace: str, event: CallReused, session: Attributes) -> Span:
    """An answer of the record: nobody was asked, so there are no tokens and no time."""
    name, _, words = of_call(event)
    told = {
        **words, **(session if words else {}), **_own(event), "workbench.reused_from": event.source[0],
        "workbench.saved_nano_usd": event.saved_nano,
    }  # fmt: skip
    return _span(trace, f"call {event.call} 1", f"step {event.path}", name, (event.at, event.at), told,
                 ("reused", event.error, event.error_class))  # fmt: skip


def _own(asked: CallStarted | CallReused) -> Attributes:
    return {"workbench.fingerprint": asked.fingerprint, "workbench.kind": asked.kind}


def _span(
    trace: str, id: str, parent: str | None, name: str, times: tuple[int, int], told: Mapping[str, Any],
    ending: tuple[str, str | None, str | None], kind: int = INTERNAL,
) -> Span:  # fmt: skip
    """One span; ``id`` and ``parent`` name it within its trace, ``times`` are microseconds."""
    status, error, error_class = ending
    span: Span = {
        "traceId": trace,
        "spanId": _span_id(trace, id),
        "name": hidden(name),
        "kind": kind,
        "startTimeUnixNano": str(times[0] * 1000),
        "endTimeUnixNano": str(max(times) * 1000),
        "attributes": _attributes({**told, "error.type": error_class}),
        "status": {"code": ERROR, "message": hidden(error)} if status in BAD else {},
    }
    return span if parent is None else {**span, "parentSpanId": _span_id(trace, parent)}


def _span_id(trace: str, name: str) -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, key=trace.encode()).hexdigest()


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _any(value)} for name, value in values.items() if value is not None]


def _any(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any(each) for each in value]}}
    return {"stringValue": hidden(value)}
