"""What the tests of composing share: folders with recipes, the real workbench on them, the screen in view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tui.apps import FrozenApp, settled, until
from workbench.study.bench import Bench
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.compose import ComposeScreen
from workbench.tui.widgets.source_editor import SourceEditor

ANSWERS = """\
schema: workbench/v1 # the language
name: answers
about: Answer a question from a folder of notes.
inputs:
  question: {type: string, about: what one wants to know, default: When are you open?}
data:
  kb: {folder: data/kb, glob: "*.md"}
models:
  writer: {candidates: [local/extract, local/lead]} # live: openai/gpt-4.1-mini
steps:
  search:
    retrieve: "{{ question }}"
    from: kb
    top: 3

  tone: {classify: "{{ question }}", into: [calm, angry], model: local/tone}

  draft: # the answer itself
    prompt: |
      Answer from these passages only.
      {{ search.text }}
      Question ({{ tone.label }}): {{ question }}
    model: writer
    gate:
      grounded: {in: search, at_least: 0.6}
    on_fail: [revise, continue]

  person:
    if: draft.failed
    human: "Answer this: {{ question }}"
outputs:
  reply: "{{ draft.text or person.text }}"
"""
NOTES = "# Opening hours\n\nThe shop is open from Monday to Friday. On Saturday it is open until noon.\n"


def long_recipe(count: int) -> str:
    """A recipe of so many steps, nine lines each."""
    steps = "".join(
        f"  s{n}:\n    about: A step # with a remark\n    prompt: |\n      Answer {{{{ question }}}}.\n"
        f"      Use {{{{ {f's{n // 3}.text' if n else 'question'} }}}}\n    model: writer\n"
        f"    gate:\n      length: {{at_most: 400}}\n    on_fail: [revise, human]\n"
        for n in range(count)
    )
    head = "schema: workbench/v1\nname: long\ninputs: {question: string}\n"
    return head + "models: {writer: local/compose}\nsteps:\n" + steps


def make_folder(folder: Path, text: str = ANSWERS) -> Path:
    """A folder with one recipe; its file."""
    path = folder / "recipes" / "answers" / "recipe.yaml"
    (path.parent / "data" / "kb").mkdir(parents=True)
    (path.parent / "data" / "kb" / "hours.md").write_text(NOTES, encoding="utf-8")
    path.write_bytes(text.encode("utf-8"))
    return path


class ComposeApp(FrozenApp):
    """The real workbench on a folder, at one moment, in Compose at once where a recipe is named."""

    def __init__(self, folder: Path, recipe: Path | None = None) -> None:
        super().__init__(Bench.open(folder))
        self.recipe = recipe

    def on_mount(self) -> None:
        if self.recipe is not None:
            self.call_after_refresh(self.open_compose, self.recipe)

    async def on_unmount(self) -> None:
        await self.bench.close()


def compose_screen(app: WorkbenchApp) -> ComposeScreen:
    """The Compose screen, also beneath a dialog."""
    return next(screen for screen in reversed(app.screen_stack) if isinstance(screen, ComposeScreen))


def source(app: WorkbenchApp) -> SourceEditor:
    """The source editor."""
    return compose_screen(app).query_one("#source", SourceEditor)


async def ready(pilot: Any) -> ComposeScreen:
    """Until the recipe in view has been read."""
    stack = lambda: [each for each in pilot.app.screen_stack if isinstance(each, ComposeScreen)]  # noqa: E731
    await until(pilot, stack, "compose")
    screen = compose_screen(pilot.app)
    await until(pilot, lambda: screen.is_mounted and screen.draft.settled, "the recipe was read")
    await settled(pilot)
    return screen


async def write(pilot: Any, text: str) -> None:
    """Type a text key by key."""
    names = {
        " ": "space", "\n": "enter", "?": "question_mark", ".": "full_stop", "{": "left_curly_bracket",
        "}": "right_curly_bracket", ":": "colon", "-": "minus", "_": "underscore", "#": "number_sign",
    }  # fmt: skip
    await pilot.press(*(names.get(letter, letter) for letter in text))


async def select(pilot: Any, *path: str | int) -> None:
    """Put the cursor on a part."""
    screen = compose_screen(pilot.app)
    row = screen.draft.row_of(path)
    assert row is not None, f"no part {path}"
    screen.query_one("#outline").move_to(row)  # type: ignore[attr-defined]
    await settled(pilot)
