"""How small the record stays: a context that grows by 4 KB in each of 400 steps and is sent whole each time.

    python benchmarks/growing_context.py [--steps 400] [--forks 3]

The shapes that such a context takes: a message is added per step; question and answer are messages that share
the 4 KB; prompt and answer are single texts that both grow; one prompt is a template around all that was said
so far, with a head and a foot.  The texts that are new come to 1.6 MB; a record that wrote each request whole
would take 320 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from workbench.events import (
    CallFinished,
    CallStarted,
    Event,
    RouteDecided,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    now,
)
from workbench.ledger.store import Ledger, open_ledger
from workbench.usage import Usage

ADDED = 4096
"""Bytes that a step adds."""

LETTERS = "abcdefghijklmnopqrstuvwxyz      "

Turn = tuple[list[dict[str, str]], str]
"""The messages that a step sends, and its answer."""


def text(chance: random.Random, length: int) -> str:
    """A text that no other resembles."""
    return "".join(chance.choices(LETTERS, k=length))


# --- shapes -------------------------------------------------------------------------------------------


def one_message(new: Sequence[str]) -> Iterator[Turn]:
    """All that is new is an answer; it becomes the next message."""
    yield from _messages([("Go on.", each) for each in new])


def question_and_answer(new: Sequence[str], asked: int = ADDED // 2) -> Iterator[Turn]:
    """The first ``asked`` bytes are a question, the rest is its answer."""
    yield from _messages([(each[:asked], each[asked:]) for each in new])


def _messages(turns: Sequence[tuple[str, str]]) -> Iterator[Turn]:
    said: list[dict[str, str]] = []
    for question, answer in turns:
        said = [*said, {"role": "user", "text": question}]
        yield said, answer
        said.append({"role": "assistant", "text": answer})


def single_texts(new: Sequence[str]) -> Iterator[Turn]:
    """The prompt is the text so far, the answer the same and 4 KB more."""
    so_far = "A story."
    for each in new:
        longer = f"{so_far}\n{each}"
        yield [{"role": "user", "text": so_far}], longer
        so_far = longer


def two_texts(new: Sequence[str]) -> Iterator[Turn]:
    """The prompt grows by its own 2 KB and the answer by its own 2 KB."""
    asked = told = ""
    for each in new:
        asked += each[: ADDED // 2]
        told += each[ADDED // 2 :]
        yield [{"role": "user", "text": asked}], told


def template(new: Sequence[str], numbered: bool = False) -> Iterator[Turn]:
    """One prompt around all answers so far."""
    so_far = ""
    for number, each in enumerate(new, 1):
        head = f"Turn {number}: " if numbered else ""
        prompt = f"{head}You tell a story.\n{so_far}\nGo on with part {number}, in at most 700 words."
        yield [{"role": "user", "text": prompt}], each
        so_far += f"\nPart {number}:\n{each}"


def pairs(new: Sequence[str]) -> Iterator[Turn]:
    """One prompt around all questions and answers so far, each of 2 KB."""
    so_far = ""
    for each in new:
        so_far += f"\nUser: {each[: ADDED // 2]}"
        yield [{"role": "user", "text": f"Answer.\n{so_far}\nAssistant:"}], each[ADDED // 2 :]
        so_far += f"\nAssistant: {each[ADDED // 2 :]}"


def lines(new: Sequence[str]) -> Iterator[Turn]:
    """A single text of short lines that grows; its answer is two words."""
    so_far = ""
    for each in new:
        so_far += "\n".join(each[at : at + 70] for at in range(0, ADDED, 70)) + "\n"
        yield [{"role": "user", "text": so_far}], "Go on."


SHAPES: dict[str, Callable[[Sequence[str]], Iterator[Turn]]] = {
    "messages: all of it an answer": one_message,
    "messages: half of it a question": question_and_answer,
    "messages: a quarter of it a question": lambda new: question_and_answer(new, ADDED // 4),
    "messages: a third of it a question": lambda new: question_and_answer(new, ADDED // 3),
    "single texts: prompt, and answer with 4 KB more": single_texts,
    "single texts: prompt and answer grow by 2 KB each": two_texts,
    "single text in lines, short answers": lines,
    "template around all answers": template,
    "template with a head that changes": lambda new: template(new, numbered=True),
    "template around questions and answers of 2 KB": pairs,
}


# --- recording ----------------------------------------------------------------------------------------


async def converse(ledger: Ledger, run: str, turns: Iterable[Turn], parent: str | None) -> None:
    """One run of a step for each turn."""
    writer = ledger.writer()
    seq = 0

    def tell(event: Event) -> None:
        nonlocal seq
        seq += 1
        for name, value in (("run", run), ("seq", seq), ("at", now())):
            object.__setattr__(event, name, value)
        writer.receive(event)

    tell(
        RunStarted(
            recipe="talk", recipe_hash="ab" * 16, recipe_path="talk/recipe.yaml", inputs={},
            files={"recipe.yaml": "name: talk\n"}, file_hashes={}, parent=parent,
            mode="live" if parent is None else "fork",
        )
    )  # fmt: skip
    answer = ""
    for number, (messages, answer) in enumerate(turns, 1):
        path = f"turn[{number - 1}]"
        tell(StepStarted(path=path, verb="prompt", role="m"))
        tell(
            RouteDecided(
                path=path, call=number, attempt=1, role="m", policy="fixed", chosen="a/b", reason="first"
            )
        )
        tell(
            CallStarted(
                path=path, call=number, attempt=1, kind="model", target="a/b", fingerprint=f"{number:032x}",
                request={"task": "prompt", "messages": messages}, durable=True,
            )
        )  # fmt: skip
        await writer.durable()
        tell(
            CallFinished(
                path=path, call=number, attempt=1, status="ok", answer={"text": answer, "data": None},
                model="a/b", finish="stop", usage=Usage(number * 1000, 0, 0, 700, 0, "reported"),
                cost_nano=1, durable=True,
            )
        )  # fmt: skip
        output = {"text": answer, "status": "done", "failed": False, "skipped": False, "gates": {}}
        tell(StepFinished(path=path, verb="prompt", status="done", output=output))
    tell(RunFinished(status="done", outputs={"said": answer}))
    await writer.durable()


def size(path: Path) -> int:
    """Bytes of a closed ledger."""
    return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))


def measure(
    steps: int, forks: int, shape: Callable[[Sequence[str]], Iterator[Turn]]
) -> tuple[int, list[int], float]:
    """Bytes after the run, bytes that each fork from its middle added, seconds of the first."""
    chance = random.Random(1)
    new = [text(chance, ADDED) for _ in range(steps)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "local.db"
        sizes: list[int] = []
        began = time.perf_counter()
        seconds = 0.0
        for number in range(forks + 1):
            ledger = open_ledger(path)
            other = [text(chance, ADDED)] if number else []
            line = [*new[: steps // 2], *other, *new[steps // 2 + 1 :]] if number else new
            asyncio.run(converse(ledger, f"run{number}", shape(line), "run0" if number else None))
            ledger.close()
            sizes.append(size(path))
            seconds = seconds or time.perf_counter() - began
        return sizes[0], [after - before for before, after in itertools.pairwise(sizes)], seconds


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=400)
    options.add_argument("--forks", type=int, default=1)
    given = options.parse_args()
    print(f"{given.steps} steps, {given.steps * ADDED / 1e6:.2f} MB of new text")
    for name, shape in SHAPES.items():
        whole, added, seconds = measure(given.steps, given.forks, shape)
        forks = ", ".join(f"{each / 1e3:.0f} KB" for each in added)
        print(
            f"{name:50}{whole / 1e6:6.2f} MB in {seconds:4.1f} s; a fork that asks all again {forks}",
            flush=True,
        )


if __name__ == "__main__":
    main()
