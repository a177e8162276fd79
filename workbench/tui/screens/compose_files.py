"""Composing and the file: saving, what others write meanwhile, the outside editor, recovery, leaving."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from contextlib import suppress

from textual import work
from textual.app import SuspendNotSupported
from textual.timer import Timer

from workbench.errors import WorkbenchError
from workbench.recipe.editing.beside import beside
from workbench.recipe.editing.saving import ChangedOnDisk, Opened, Recovered, Recovery, open_text, save
from workbench.recipe.editing.text_edit import between
from workbench.recipe.files import DiskFiles, FileError
from workbench.tui.composing.changes_text import diff_lines
from workbench.tui.ink import ink, plain
from workbench.tui.presentation import count, when
from workbench.tui.screens.compose_base import ComposeBase
from workbench.tui.screens.dialogs import ConfirmDialog, LeaveDialog
from workbench.tui.screens.picking import Pick, PickDialog
from workbench.tui.screens.reading import ReadingDialog

LOOK_SECONDS = 2.0
"""How often the file is looked at while the screen is in view."""
KEEP_SECONDS = 1.0
"""How long after a change the recovery file is written."""
MINE, THEIRS, BOTH = "mine", "theirs", "differences"


class ComposeFiles(ComposeBase):
    """The file of the draft."""

    _keeping: Timer | None = None
    _asking_file = False
    _declined = ""
    """The version of the file that someone chose not to decide about yet."""

    # -- saving -------------------------------------------------------------------------------------

    @work(exclusive=True, group="saving")
    async def action_save(self) -> None:
        """Write the recipe to its file; asks first where someone else changed it."""
        await self._save()

    async def _save(self, *, overwrite: bool = False) -> bool:
        draft = self.draft
        if not draft.unsaved and draft.path.exists():
            self.workbench.tell("Nothing to save: the file holds just this.")
            return True
        text, stamp = draft.text, None if overwrite else draft.opened.stamp
        try:
            draft.opened = await asyncio.to_thread(save, draft.path, text, stamp)
        except ChangedOnDisk:
            return await self._both_changed(await asyncio.to_thread(open_text, draft.path))
        except WorkbenchError as error:
            self.workbench.tell(error.message, "error")
            return False
        if not await self._save_beside():
            return False
        draft.history.close()
        self._recovery.drop(draft.path)
        errors = draft.findings.errors
        self.workbench.tell(
            "Saved" + (f", with {errors} problem{'s' if errors > 1 else ''}" if errors else "")
        )
        self.query_one("#bar").refresh()
        self.refresh_hints()
        return True

    async def _save_beside(self) -> bool:
        """Write the files beside the recipe that changed with it; asks where someone else changed one."""
        draft = self.draft
        for name, text in draft.unsaved_beside.items():
            stamp: str | None = draft.beside[name].stamp
            while True:
                try:
                    path = DiskFiles(draft.folder).resolve(name)
                    draft.beside[name] = await asyncio.to_thread(save, path, text, stamp)
                    break
                except ChangedOnDisk:
                    asked = ConfirmDialog(f"{name} was changed by someone else. Overwrite it?", "overwrite")
                    if not await self.workbench.push_screen_wait(asked):
                        return False
                    stamp = None
                except (WorkbenchError, FileError) as error:
                    self.workbench.tell(str(error), "error")
                    return False
        return True

    async def _both_changed(self, theirs: Opened) -> bool:
        """The file changed, and so did the draft: the person decides; nothing is overwritten silently."""
        question = "The file was changed by someone else while you changed it here."
        self._asking_file = True
        try:
            return await self._decide(theirs, question)
        finally:
            self._asking_file = False

    async def _decide(self, theirs: Opened, question: str) -> bool:
        while True:
            picks = [
                Pick(BOTH, ink("look at the differences")),
                Pick(MINE, ink("keep mine: overwrite the file")),
                Pick(THEIRS, ink("take theirs: mine can be brought back by undo")),
            ]
            chosen = await self.workbench.push_screen_wait(PickDialog("Two versions", picks, text=question))
            if not chosen:
                self._declined = theirs.stamp
                return False
            if chosen[0] != BOTH:
                break
            lines = diff_lines(theirs.text, self.draft.text)
            await self.workbench.push_screen_wait(ReadingDialog("Theirs (-) and mine (+)", lines))
        if chosen[0] == THEIRS:
            self.take_text(theirs, "the file's version")
            return True
        return await self._save(overwrite=True)

    def take_text(self, opened: Opened, label: str) -> None:
        """Take what the file holds now as a change that can be undone."""
        self.draft.opened = opened
        if not self.change(label, lambda old: between(old, opened.text)):
            self.query_one("#bar").refresh()

    # -- others -------------------------------------------------------------------------------------

    def watch_file(self) -> None:
        """Look at the file from time to time."""
        self.set_interval(LOOK_SECONDS, self.check_file)

    def check_file(self) -> None:
        """Look whether someone else wrote the file; not while a person is asked which version is to stay."""
        if self.workbench.screen is self and not self._asking_file:
            self._compare_file()

    @work(exclusive=True, group="file")
    async def _compare_file(self) -> None:
        """Take over what someone else wrote, when nothing is unsaved here; else say so once."""
        try:
            found = await asyncio.to_thread(open_text, self.draft.path)
        except WorkbenchError:
            return
        if found.stamp in (self.draft.opened.stamp, self._declined):
            return
        if not self.draft.unsaved:
            self.take_text(found, "changed outside")
            self.workbench.tell(
                "The file was changed outside: this is its new text (^z brings the old one back)."
            )
        elif found.text == self.draft.text:
            self.draft.opened = found
        else:
            await self._both_changed(found)

    @work(exclusive=True, group="saving")
    async def action_editor(self) -> None:
        """The file in $VISUAL or $EDITOR; saved first, read again afterwards."""
        if self.draft.unsaved and not await self._save():
            return
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        line = self.draft.item.first if self.draft.item is not None else 1
        try:
            words = shlex.split(command)
            at = [f"+{line}"] if words[0].rsplit("/", 1)[-1] in ("vi", "vim", "nvim", "nano", "emacs") else []
            with self.app.suspend():  # nothing else may draw meanwhile
                subprocess.run([*words, *at, str(self.draft.path)], check=False)  # noqa: ASYNC221
        except SuspendNotSupported:
            self.workbench.tell("This terminal cannot step aside for an editor.", "warning")
            return
        except (OSError, ValueError, IndexError):
            self.workbench.tell("The editor in $VISUAL or $EDITOR could not be started.", "error")
            return
        self.check_file()

    # -- recovery -----------------------------------------------------------------------------------

    @property
    def _recovery(self) -> Recovery:
        return Recovery(self.workbench.bench.ledger.path.parent)

    def keep_recovery(self) -> None:
        """Write what is unsaved to the recovery file, soon."""
        if self._keeping is None:
            self._keeping = self.set_timer(KEEP_SECONDS, self._keep)

    @work(exclusive=True, group="recovery")
    async def _keep(self) -> None:
        self._keeping = None
        draft = self.draft
        with suppress(WorkbenchError):  # a full disk must not keep anyone from writing on
            if draft.unsaved:
                unsaved = (draft.opened, draft.text, draft.unsaved_beside)
                await asyncio.to_thread(self._recovery.keep, *unsaved)
            else:
                await asyncio.to_thread(self._recovery.drop, draft.path)

    @work(exclusive=True, group="dialog")
    async def offer_recovery(self) -> None:
        """Offer what an earlier session did not save."""
        found = await asyncio.to_thread(self._recovery.offered, self.draft.path)
        if found is None:
            return
        ago = when(int(found.saved_at * 1e6), self.workbench.now())
        told = f"An earlier session ended {ago} with changes that were not saved."
        picks = [
            Pick("yes", ink("bring them back (the file stays as it is until you save)")),
            Pick("no", ink("throw them away")),
        ]
        chosen = await self.workbench.push_screen_wait(PickDialog("Unsaved changes", picks, text=told))
        if chosen == ["yes"]:
            self._recover(found)
        elif chosen == ["no"]:
            self._recovery.drop(self.draft.path)

    def _recover(self, found: Recovered) -> None:
        """Bring an unsaved text back, with those of files beside it, as one change."""
        known = beside(found.text, self.draft.folder)
        files = {name: text for name, text in found.files.items() if name in known}
        self.draft.beside |= {name: known[name] for name in files}
        edits = {name: between(known[name].text, text) for name, text in files.items()}
        if self.draft.change(between(self.draft.text, found.text), "recovered", edits):
            self.changed()

    # -- leaving ------------------------------------------------------------------------------------

    @work(exclusive=True, group="leaving")
    async def leave(self) -> None:
        """Back; asks where something is not saved."""
        if await self.may_leave():
            self.dismiss()

    async def may_leave(self) -> bool:
        """True when nothing would be lost, or the person wants it so."""
        if not self.draft.unsaved:
            self._recovery.drop(self.draft.path)
            return True
        changes = [plain(line) for line in diff_lines(self.draft.saved, self.draft.text)]
        many = sum(line[:1] in "+-" for line in changes)
        told = f"{self.draft.folder.name} has unsaved changes ({count(many, 'line')})."
        answer = await self.workbench.push_screen_wait(LeaveDialog(told, "save and leave"))
        if answer not in (True, False):
            return False  # escape: it stays
        if answer:
            return await self._save()
        self._recovery.drop(self.draft.path)
        return True
