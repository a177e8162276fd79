"""Where the parts of a rendered prompt came from."""

from __future__ import annotations

from workbench.engine.hands import relocate
from workbench.engine.scope import Scope
from workbench.providers.port import Message, Segment
from workbench.recipe.expressions import render

FOUND = {
    "documents": [
        {"id": "a", "text": "Cards take five days.", "score": 1.0},
        {"id": "b", "text": "Refunds take two.", "score": 0.5},
    ],
    "text": "[a] Cards take five days.\n\n[b] Refunds take two.",
}


def segments(template: str) -> list[tuple[str, str, str, str]]:
    scope = Scope.of_inputs({"ticket": "Where is my card?"})
    scope.put("search", FOUND)
    scope.put("draft", {"text": "An earlier try."})
    rendered = render(template, scope.values)
    return [
        (rendered.text[each.start : each.end], each.kind, each.source, each.id)
        for each in scope.segments(rendered)
    ]


def test_inputs_steps_and_single_passages_are_told_apart() -> None:
    assert segments("Use only:\n{{ search.text }}\nTicket: {{ ticket }}\nBefore: {{ draft.text }}") == [
        ("Cards take five days.", "passage", "search.text", "a"),
        ("Refunds take two.", "passage", "search.text", "b"),
        ("Where is my card?", "input", "ticket", ""),
        ("An earlier try.", "step", "draft.text", ""),
    ]


def test_passages_of_a_loop_keep_their_ids() -> None:
    found = segments("{% for d in search.documents %}* {{ d.text }}\n{% endfor %}")
    assert [(kind, id) for _, kind, _, id in found] == [("passage", "a"), ("passage", "b")]


def test_an_edit_keeps_the_segments_that_still_stand() -> None:
    before = Message(
        "user", "Use: one. Ask: two?", (Segment(5, 9, "passage", "s", "a"), Segment(15, 19, "input", "t"))
    )
    after = relocate(before, Message("user", "Please use this: one. And say it in rhyme."))
    assert [(after.text[each.start : each.end], each.id) for each in after.segments] == [("one.", "a")]
