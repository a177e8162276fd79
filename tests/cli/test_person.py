"""Human steps asked at the terminal, and lines read without a thread."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.cli.rows import HOSTILE
from tests.cli.talk import conversation
from workbench.cli.lines import LineReader
from workbench.cli.person import TerminalPerson, choice_of
from workbench.safe_text import FORBIDDEN


async def test_a_free_answer() -> None:
    assert await TerminalPerson(conversation("as you like")).ask("review", "Well?", ()) == "as you like"


async def test_a_choice_is_asked_until_it_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    person = TerminalPerson(conversation("perhaps", "9", "2"))
    assert await person.ask("review", "Send it?", ("send", "rewrite")) == "rewrite"
    assert capsys.readouterr().err.count("one of: send, rewrite") == 2


async def test_nobody_answers() -> None:
    assert await TerminalPerson(conversation()).ask("review", "Send it?", ("send",)) is None


async def test_a_hostile_question_is_inert(capsys: pytest.CaptureFixture[str]) -> None:
    await TerminalPerson(conversation("1")).ask(HOSTILE, HOSTILE, (HOSTILE,))
    err = capsys.readouterr().err
    assert not FORBIDDEN.search(err)
    assert "[bold]markup[/]" in err


@pytest.mark.parametrize(
    ("answer", "choice"), [(" SEND ", "send"), ("2", "2"), ("1", "send"), ("0", None), ("", None)]
)
def test_choices_by_words_or_number(answer: str, choice: str | None) -> None:
    assert choice_of(answer, ("send", "2")) == choice


async def test_lines_of_a_pipe_come_as_they_are_written() -> None:
    read, write = os.pipe()
    reader = LineReader(read)
    waiting = asyncio.create_task(reader.line())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    os.write(write, "é one\r\ntwo\nend".encode())
    os.close(write)
    assert [await waiting, await reader.line(), await reader.line(), await reader.line()] == [
        "é one",
        "two",
        "end",
        None,
    ]
    os.close(read)


def test_lines_of_a_plain_file() -> None:
    async def four(reader: LineReader) -> list[str | None]:
        return [await reader.line() for _ in range(4)]

    Path("answers").write_text("a\n\nb\n")
    with Path("answers").open() as file:
        assert asyncio.run(four(LineReader(file.fileno()))) == ["a", "", "b", None]


async def test_waiting_for_a_line_can_be_cancelled() -> None:
    read, write = os.pipe()
    waiting = asyncio.create_task(LineReader(read).line())
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    os.close(read)
    os.close(write)
