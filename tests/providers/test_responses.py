"""Responses as servers other than OpenAI's send them."""

from __future__ import annotations

from typing import Any

from tests.providers.kit import MakeProvider
from tests.providers.test_answers import asked, read
from tests.providers.wire_server import WireServer

KIND = "openai-responses"


def said(item: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "item_id": item, "delta": text, **more}


def message(text: str) -> dict[str, Any]:
    return {"type": "message", "id": "m1", "content": [{"type": "output_text", "text": text}]}


def completed(*output: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"status": "completed", "output": list(output)}}


async def test_events_without_numbers_belong_to_their_items(wire: WireServer, make: MakeProvider) -> None:
    thinking = {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "Hm."}]}
    calls = [
        {"type": "function_call", "id": f"fc{number}", "call_id": f"c{number}", "name": name, "arguments": ""}
        for number, name in enumerate(("find", "send"))
    ]
    whole = [{**call, "arguments": f'{{"a": {number}}}'} for number, call in enumerate(calls)]
    reply = await asked(
        wire, make, KIND,
        {"type": "response.output_item.added", "item": thinking},
        {"type": "response.reasoning_summary_text.delta", "item_id": "rs", "delta": "Hm."},
        {"type": "response.output_item.added", "item": {"type": "message", "id": "m1"}},
        said("m1", "Let me "), said("m1", "look."),
        {"type": "response.output_item.added", "item": calls[0]},
        {"type": "response.function_call_arguments.delta", "item_id": "fc0", "delta": '{"a": '},
        {"type": "response.output_item.added", "item": calls[1]},
        {"type": "response.function_call_arguments.delta", "item_id": "fc1", "delta": '{"a": 1}'},
        {"type": "response.function_call_arguments.delta", "item_id": "fc0", "delta": "0}"},
        completed(thinking, message("Let me look."), *whole),
    )  # fmt: skip
    assert (reply.text, reply.reasoning, reply.finish) == ("Let me look.", "Hm.", "tool_calls")
    assert [(each.id, each.name, each.given) for each in reply.tool_calls] == [
        ("c0", "find", {"a": 0}), ("c1", "send", {"a": 1}),
    ]  # fmt: skip


def test_calls_that_are_not_told_again_at_the_end() -> None:
    call = {"type": "function_call", "id": "f", "call_id": "c", "name": "find", "arguments": ""}
    reader = read(
        KIND,
        {"type": "response.output_item.added", "item": call},
        {"type": "response.function_call_arguments.delta", "item_id": "f", "delta": "{}"},
        completed(),
    )
    assert [(each.name, each.arguments) for each in reader.calls()] == [("find", "{}")]


def test_what_only_the_done_items_say() -> None:
    done = {"type": "response.output_item.done", "output_index": 0, "item": message("All of it.")}
    assert "".join(read(KIND, done, completed()).text) == "All of it."


def test_the_end_adds_what_was_missing_and_is_right() -> None:
    assert "".join(read(KIND, said("a", "One "), completed(message("One two."))).text) == "One two."
    assert "".join(read(KIND, said("a", "One two."), completed(message("One two."))).text) == "One two."
    assert "".join(read(KIND, said("a", "Eins."), completed(message("One two."))).text) == "One two."
    refused = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
    reader = read(KIND, {"type": "response.refusal.delta", "delta": "No."}, completed(refused))
    assert ("".join(reader.refusal), reader.outcome) == ("No.", "refused")


def test_only_what_is_completed_is() -> None:
    for status in ("expired", "cancelled", "failed"):
        reader = read(KIND, {"object": "response", "status": status, "output": [message("Half")]})
        assert (reader.outcome, reader.note) == ("error", f"the answer is {status}")
    late = read(
        KIND, said("a", "All."), {"type": "response.completed", "response": {"status": "in_progress"}}
    )
    assert (late.is_whole, late.outcome) == (True, "stop")
    assert read(KIND, {"type": "response.failed", "response": None}, said("a", "x")).outcome == "error"


def test_an_end_of_nothing_is_none() -> None:
    assert not read(KIND, {"type": "response.completed", "response": None}).is_whole
    assert read(KIND, said("a", "All."), {"type": "response.completed", "response": None}).is_whole
