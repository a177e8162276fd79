"""A prompt is taken apart by its segments."""

from __future__ import annotations

from workbench.providers.local.reading import Passage, read
from workbench.providers.port import Message, ModelRequest, Segment


def prompt(*parts: tuple[str, str, str, str]) -> ModelRequest:
    text, segments = "Do this: ", []
    for part, kind, source, name in parts:
        segments.append(Segment(len(text), len(text) + len(part), kind, source, name))  # type: ignore[arg-type]
        text += part + " and "
    return ModelRequest("prompt", (Message("user", text, tuple(segments)),))


def test_passages_are_sources_and_the_rest_is_the_question() -> None:
    reading = read(
        prompt(("One.", "passage", "s.text", "a"), ("Why?", "input", "q", ""), ("gold", "step", "plan", ""))
    )
    assert reading.passages == (Passage("a", "One."),)
    assert reading.question == "Why?\ngold"
    assert reading.retrieved


def test_a_passage_mentioned_twice_counts_once() -> None:
    reading = read(
        prompt(
            ("One.", "passage", "s.text", "a"), ("One.", "passage", "s.text", "a"), ("Q", "input", "q", "")
        )
    )
    assert len(reading.passages) == 1


def test_without_passages_the_longest_is_the_source() -> None:
    reading = read(prompt(("short", "input", "q", ""), ("a much longer text", "step", "draft", "")))
    assert reading.passages[0].text == "a much longer text"
    assert reading.question == "short"
    assert not reading.retrieved


def test_alone_the_instruction_is_the_question() -> None:
    reading = read(prompt(("the text", "input", "q", "")))
    assert reading.question.startswith("Do this:")


def test_the_previous_pass_is_an_order_not_a_source() -> None:
    reading = read(
        prompt(
            ("text one", "input", "q", ""), ("length: at most 9 words, was 30", "step", "previous.gates", "")
        )
    )
    assert reading.passages[0].text == "text one"
    assert "at most 9 words" in reading.orders


def test_failed_answers_are_told_apart() -> None:
    asked = prompt(("the text", "input", "q", ""))
    later = (Message("assistant", "first try"), Message("user", "length: at most 9 characters"))
    reading = read(ModelRequest("prompt", (*asked.messages, *later)))
    assert reading.failed == ("first try",)
    assert "at most 9 characters" in reading.orders
    assert "first try" not in reading.orders
