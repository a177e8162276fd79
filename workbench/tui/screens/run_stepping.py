"""The run screen's hands: stepping, editing, answering, stopping, and starting over."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from workbench.engine.control import (
    AnswerStop,
    CallStop,
    EditOutput,
    EditRequest,
    Move,
    Retry,
    Skip,
    SwapModel,
)
from workbench.providers.port import Message
from workbench.tui.ink import Line, ink
from workbench.tui.paths import node
from workbench.tui.screens.dialogs import ChoiceDialog
from workbench.tui.screens.editing import EditDialog, edit_outside
from workbench.tui.screens.run_hints import RESUMABLE
from workbench.tui.screens.run_loading import RunLoading
from workbench.tui.session import Question
from workbench.tui.stepper import StepMode

LATER = "later: put the run aside, resume it when there is an answer"


class RunStepping(RunLoading):
    """Everything a person does to a run."""

    _seen_halt: CallStop | AnswerStop | None = None
    _seen_end = False
    _seen_question: Question | None = None

    def after_draw(self) -> None:
        """Show what a halt is about; open a new question; at the end show what came out."""
        model, session = self.model, self.model.session
        if session is None:
            return
        if model.halt is not None and model.halt is not self._seen_halt:
            model.follow, model.selected, self.tab_chosen = True, model.halt.path, False
            self.set_tab("Prompt" if isinstance(model.halt, CallStop) else "Answer")
            self._seen_halt = model.halt
            self.set_class(True, "-detail")  # where there is room for one pane: what the halt is about
            self.draw_all()
        elif not self.tab_chosen and session.running and model.halt is None and self.tab in ("Run", "Prompt"):
            self.set_tab("Answer")
            self.draw_detail()
        if session.questions and session.questions[0] is not self._seen_question:
            self._seen_question = session.questions[0]
            if self.workbench.screen is self:
                self.action_answer()
        if not session.running and not self._seen_end and (session.result or session.problem):
            self._seen_end = True
            if not self.tab_chosen:
                self.set_tab("Run")
                self.draw_detail()

    # -- going on -----------------------------------------------------------------------------------

    def _go(self, mode: StepMode) -> None:
        session = self.model.session
        if session is not None and session.running:
            session.stepper.go(mode)
        else:
            self.workbench.tell(
                "This run has ended. [ and ] walk it, p replays it, n on the first screen runs anew."
            )

    def action_step(self) -> None:
        """To the next stop."""
        self._go("step")

    def action_next(self) -> None:
        """To the next step."""
        self._go("next")

    def action_continue(self) -> None:
        """To the next breakpoint or the end."""
        self._go("run")

    def action_breakpoint(self) -> None:
        """Set or take away a breakpoint at the selected step."""
        session, path = self.model.session, self.model.selected
        if session is None or not session.running or path is None:
            self.workbench.tell("Breakpoints are for runs that run: choose a step of one.")
            return
        name = node(path)
        on = session.stepper.toggle(name)
        self.workbench.tell(f"Breakpoint at {name}." if on else f"No breakpoint at {name} any more.")

    def action_stop(self) -> None:
        """Stop the run."""
        session = self.model.session
        if session is not None and session.running:
            session.stop()

    def action_fast(self) -> None:
        """Let a replay wait no more."""
        session = self.model.session
        if session is not None and session.stepper.pace is not None:
            session.stepper.pace.hurry()

    # -- at a halt ----------------------------------------------------------------------------------

    def _needs(self, halts: tuple[type, ...], what: str) -> bool:
        """True when the run stands at such a halt; says what is missing otherwise."""
        if isinstance(self.model.halt, halts):
            return True
        self.workbench.tell(what)
        return False

    def _move(self, move: Move) -> None:
        session = self.model.session
        if session is not None:
            session.stepper.answer(move)

    def action_edit(self) -> None:
        """Edit the prompt or the answer it stands still at."""
        halt = self.model.halt
        if isinstance(halt, CallStop) and halt.messages:
            texts = [(message.role, message.text) for message in halt.messages]
            title = f"prompt of {halt.path}, not sent yet"
            self.workbench.push_screen(EditDialog(title, texts, use="send it"), self._edited_prompt(halt))
        elif isinstance(halt, AnswerStop):
            dialog = EditDialog(f"answer of {halt.path}, not used yet", [("answer", halt.text)], use="use it")
            self.workbench.push_screen(dialog, self._edited_answer)
        elif isinstance(halt, CallStop):
            self.workbench.tell("This call has no prompt to edit; s skips it with an output of yours.")
        else:
            self._needs((), "There is nothing to edit: step (space) until the run stands still (‖).")

    def _edited_prompt(self, halt: CallStop) -> Callable[[list[str] | None], None]:
        def use(texts: list[str] | None) -> None:
            if texts is None or self.model.halt is not halt:
                return
            pairs = zip(halt.messages, texts, strict=True)
            edited = tuple(old if old.text == text else Message(old.role, text, ()) for old, text in pairs)
            if edited != halt.messages:
                self._move(EditRequest(edited))

        return use

    def _edited_answer(self, texts: list[str] | None) -> None:
        if texts is not None and isinstance(self.model.halt, AnswerStop) and texts[0] != self.model.halt.text:
            self._move(EditOutput(texts[0]))

    def action_editor(self) -> None:
        """Edit in $EDITOR: the last message of a prompt, or the answer."""
        halt = self.model.halt
        if isinstance(halt, CallStop) and halt.messages:
            before = [message.text for message in halt.messages]
            edited = edit_outside(self.app, before[-1])
            self._edited_prompt(halt)([*before[:-1], edited] if edited is not None else None)
        elif isinstance(halt, AnswerStop):
            edited = edit_outside(self.app, halt.text)
            self._edited_answer([edited] if edited is not None else None)
        else:
            self._needs((), "There is nothing to edit: step (space) until the run stands still (‖).")

    def action_skip(self) -> None:
        """Write the output by hand instead of asking."""
        if not self._needs((CallStop,), "Skipping is for a call that was not sent yet: step (space) to one."):
            return
        halt = self.model.halt
        assert halt is not None

        def use(texts: list[str] | None) -> None:
            if texts is not None and self.model.halt is halt:
                self._move(Skip(texts[0]))

        dialog = EditDialog(f"output of {halt.path}, instead of asking", [("output", "")], use="use it")
        self.workbench.push_screen(dialog, use)

    def action_retry(self) -> None:
        """Ask the same again."""
        if self._needs(
            (AnswerStop,), "Retrying is for an answer that was not used yet: step (space) to one."
        ):
            self._move(Retry())

    def action_model(self) -> None:
        """Choose another model for the call it stands still at."""
        halt = self.model.halt
        if not isinstance(halt, CallStop) or halt.kind != "model":
            self._needs(
                (), "Swapping the model is for a model call that was not sent yet: step (space) to one."
            )
            return
        known = [info.name for info in self.workbench.bench.providers.models()]
        names = list(dict.fromkeys([*(each.model for each in halt.candidates), *known]))

        def use(number: int | None) -> None:
            if number is not None and self.model.halt is halt:
                self._move(SwapModel(names[number]))

        rows: list[Line] = [
            ink(name, ("   chosen now" if name == halt.target else "", "dim")) for name in names
        ]
        self.workbench.push_screen(ChoiceDialog(f"model for {halt.path}", rows), use)

    # -- people -------------------------------------------------------------------------------------

    def action_answer(self) -> None:
        """Answer the question it waits with."""
        session = self.model.session
        if session is not None and session.questions:
            question = session.questions[0]
            self._ask(question.path, question.text, question.choices, self._answerer(question))
        elif self.model.state.questions and not self.model.running:
            path, (text, choices) = next(iter(self.model.state.questions.items()))
            self._ask(path, text, choices, lambda answer: self._resume_with(path, answer))
        else:
            self.workbench.tell("Nobody is asked anything just now.")

    def _answerer(self, question: Question) -> Callable[[str | None], None]:
        def answer(text: str | None) -> None:
            if not question.answer.done():
                question.answer.set_result(text)

        return answer

    def _resume_with(self, path: str, answer: str | None) -> None:
        if answer is not None:
            self.workbench.resume(self.model.state.id, {path: answer})

    @work(group="asking")
    async def _ask(
        self, path: str, text: str, choices: tuple[str, ...], use: Callable[[str | None], None]
    ) -> None:
        """The dialog of a question; escape leaves it open."""
        if choices:
            rows: list[Line] = [*(ink(choice) for choice in choices), ink((LATER, "dim"))]
            number = await self.workbench.push_screen_wait(ChoiceDialog(f"{path} asks you", rows, text))
            if number is not None:
                use(choices[number] if number < len(choices) else None)
            return
        dialog = EditDialog(f"{path} asks you", [("your answer", "")], above=text, use="answer")
        texts = await self.workbench.push_screen_wait(dialog)
        if texts is not None:
            use(texts[0])

    # -- over again ---------------------------------------------------------------------------------

    def action_replay(self, speed: int) -> None:
        """Replay this run."""
        if self.model.running:
            self.workbench.tell("This run is still under way.")
        elif self.model.state.id:
            self.workbench.replay(self.model.state.id, speed=speed)

    def action_resume(self) -> None:
        """Go on with this run."""
        state = self.model.state
        if not self.model.running and state.status in RESUMABLE:
            self.workbench.resume(state.id)
        else:
            self.workbench.tell("Resuming is for runs that wait, failed or were cut off.")
