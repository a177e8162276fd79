"""Traces: each run whole, in the words of the conventions, and taken by a collector."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.study.kit import Lab
from workbench.errors import CallError, UsageError
from workbench.export.choice import choose
from workbench.export.trace import _headers, _send, send_trace, traces, write_trace
from workbench.providers.port import Reply
from workbench.usage import Usage

USAGE = Usage(input=10, cached=3, output=7, reasoning=2, state="reported")


def spans_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = told["resourceSpans"][0]["scopeSpans"][0]["spans"]
    return spans


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


async def test_every_call_is_a_span_under_its_step(lab: Lab) -> None:
    for row in lab.reader.runs():
        spans = spans_of(traces(lab.reader, row.id))
        by_id = {span["spanId"]: span for span in spans}
        assert len(by_id) == len(spans)
        assert {span["traceId"] for span in spans} == {spans[0]["traceId"]}
        assert "parentSpanId" not in spans[0]
        assert all(span["parentSpanId"] in by_id for span in spans[1:])
        calls = [span for span in spans if "workbench.fingerprint" in attributes(span)]
        assert len(calls) == len(lab.reader.recording(row.id))
        for span in calls:
            assert "workbench.step" in attributes(by_id[span["parentSpanId"]])
        for span in spans:
            assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])


async def test_models_speak_the_conventions(lab: Lab) -> None:
    run = lab.reader.runs()[-1].id
    called = [
        attributes(span) for span in spans_of(traces(lab.reader, run)) if span["name"].startswith("chat")
    ]
    answered = next(each for each in called if "gen_ai.response.finish_reasons" in each)
    assert answered["gen_ai.operation.name"] == "chat"
    assert answered["gen_ai.provider.name"] == "fake"
    assert answered["gen_ai.usage.input_tokens"] == "12"
    assert answered["gen_ai.usage.output_tokens"] == "5"
    assert next(each for each in called if "error.type" in each)["error.type"] == "refused"


async def test_what_a_model_was_told_is_in_the_words_of_the_conventions(lab: Lab) -> None:
    recipe = lab.write(
        "models: {m: {candidates: [fake/a], params: {max_tokens: 64, temperature: 0, user: me}}}\n"
        'steps: {one: {prompt: "hello"}}\n'
    )
    run = (await lab.run(recipe)).run
    span = next(each for each in spans_of(traces(lab.reader, run)) if each["name"].startswith("chat"))
    found = {key: value for key, value in attributes(span).items() if key.startswith("gen_ai.request.")}
    assert found == {
        "gen_ai.request.model": "a", "gen_ai.request.max_tokens": "64", "gen_ai.request.temperature": 0.0,
    }  # fmt: skip


async def test_only_models_answer_in_the_words_of_models(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "words", lambda model, request: Reply("4", usage=USAGE))
    files = {"tools.py": "def two():\n    return 2\n", "kb/a.md": "Two and two make four.\n"}
    text = """
        models: {m: fake/a, n: local/lead}
        tools: {two: {python: "tools.py:two"}}
        data: {kb: {folder: kb}}
        steps:
          sum: {tool: two}
          find: {retrieve: two, from: kb, needs: [sum]}
          ask: {agent: "{{ find.text }}", model: m, tools: [two]}
          near: {prompt: "{{ ask.text }}", model: n}
    """
    recipe = lab.write(text, files)
    run = (await lab.run(recipe)).run
    spans = {span["name"]: span for span in spans_of(traces(lab.reader, run))}
    assert attributes(spans["invoke_workflow t"])["gen_ai.workflow.name"] == "t"
    assert attributes(spans["invoke_agent ask"])["gen_ai.agent.name"] == "ask"
    for name, kind in (("execute_tool two", 1), ("retrieval kb", 3), ("chat a", 3), ("chat lead", 1)):
        found = attributes(spans[name])
        assert (found["gen_ai.operation.name"], spans[name]["kind"]) == (name.split()[0], kind)
        assert ("gen_ai.response.model" in found) == name.startswith("chat")
    assert attributes(spans["retrieval kb"])["gen_ai.data_source.id"] == "kb"
    asked = attributes(spans["chat a"])
    told = {name.removeprefix("gen_ai.usage."): asked[name] for name in asked if ".usage." in name}
    assert told == {
        "input_tokens": "13", "cache_read.input_tokens": "3", "output_tokens": "7",
        "reasoning.output_tokens": "2",
    }  # fmt: skip
    await lab.close()


def test_what_a_collector_wants_to_be_told_comes_from_the_environment() -> None:
    given = {"OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%3Db%2C%20c , x-team = blue,"}
    assert _headers(given) == {"x-key": "a=b, c", "x-team": "blue"}
    assert _headers(given | {"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "x-key=1"}) == {"x-key": "1"}
    assert _headers({}) == {}


@pytest.mark.parametrize("told", ["secret", "x-key=secret%0d%0aHost: evil", "x key=secret", "=secret"])
def test_headers_that_are_none_are_told_without_their_values(told: str) -> None:
    with pytest.raises(UsageError, match="OTEL_EXPORTER_OTLP_HEADERS is not name=value") as caught:
        _headers({"OTEL_EXPORTER_OTLP_HEADERS": told})
    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x", ""])
async def test_what_is_no_address_is_told(lab: Lab, endpoint: str) -> None:
    with pytest.raises(UsageError, match="--endpoint must be an http or https address"):
        send_trace(choose(lab.bench.ledger, ["last"]), endpoint)


async def test_an_item_lies_within_its_step(lab: Lab) -> None:
    spans = spans_of(traces(lab.reader, lab.reader.runs()[-1].id))
    by_name = {span["name"]: span for span in spans}
    assert by_name["many[1]"]["parentSpanId"] == by_name["many"]["spanId"]


async def test_a_file_holds_a_line_a_run(lab: Lab, tmp_path: Path) -> None:
    choice = choose(lab.bench.ledger, [row.id for row in lab.reader.runs()])
    write_trace(choice, tmp_path / "t.json", lambda _: None)
    lines = (tmp_path / "t.json").read_text().splitlines()
    assert len(lines) == len(choice.runs)
    protobuf = pytest.importorskip(
        "opentelemetry.proto.trace.v1.trace_pb2", reason="opentelemetry-proto is absent"
    )
    from google.protobuf.json_format import Parse  # type: ignore[import-untyped]

    for line in lines:
        Parse(line, protobuf.TracesData())


async def test_a_collector_takes_it_or_its_refusal_is_told(lab: Lab) -> None:
    got: list[tuple[str, dict[str, Any]]] = []
    heads: list[bytes] = []

    async def collector(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(
                int(each.split(b":")[1])
                for each in head.split(b"\r\n")
                if each.lower().startswith(b"content-length")
            )
            body = json.loads(await reader.readexactly(length))
            path = head.split()[1].decode()
            got.append((path, body))
            heads.append(head)
            status = b"200 OK" if path == "/v1/traces" else b"404 Not Found"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}" % status)
            await writer.drain()
            writer.close()
            return

    server = await asyncio.start_server(collector, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    choice = choose(lab.bench.ledger, ["last"])
    try:
        sent = await _send(choice, f"http://127.0.0.1:{port}/v1/traces", {"X-Team": "blue"})
        assert b"\r\nX-Team: blue\r\n" in heads[0]
        assert sent == len(spans_of(got[0][1]))
        assert got[0][1] == traces(lab.reader, choice.runs[0])
        with pytest.raises(CallError, match="404"):
            await _send(choice, f"http://127.0.0.1:{port}/other", {})
    finally:
        server.close()
        await server.wait_closed()


async def test_a_collector_that_never_answers_is_given_up(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr("workbench.export.trace.PATIENCE", 0.2)
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(CallError, match=r"/v1/traces: no answer within 0\.2 s"):
        await _send(choose(lab.bench.ledger, ["last"]), f"http://127.0.0.1:{port}/v1/traces", {})
    server.close()
    await server.wait_closed()
