"""Saving loses nothing: not what somebody else wrote, not what was not saved yet."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from workbench.recipe.editing.saving import ChangedOnDisk, Recovery, open_text, save
from workbench.recipe.editing.tree import EditError


def test_bytes_are_read_and_saved_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    content = b"\xef\xbb\xbfname: \xc3\xa9\r\n"
    path.write_bytes(content)
    path.chmod(0o640)
    opened = open_text(path)
    assert opened.text == "\ufeffname: é\r\n"
    assert save(path, opened.text, opened.stamp).stamp == opened.stamp
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    opened = open_text(path)
    assert opened.stamp == ""
    path.write_text("made by another")
    with pytest.raises(ChangedOnDisk, match="was changed on disk"):
        save(path, "mine", opened.stamp)
    opened = open_text(path)
    path.unlink()
    with pytest.raises(ChangedOnDisk, match="no longer there"):
        save(path, "mine", opened.stamp)
    save(path, "mine", None)
    assert path.read_text() == "mine"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    save(tmp_path / "link.yaml", "new", None)
    assert (tmp_path / "link.yaml").is_symlink() and (tmp_path / "real.yaml").read_text() == "new"


def test_what_cannot_be_read_or_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(EditError, match="not UTF-8"):
        open_text(tmp_path / "bad.yaml")
    with pytest.raises(EditError, match="cannot be read: is a directory"):
        open_text(tmp_path)
    with pytest.raises(EditError, match="cannot be saved"):
        save(tmp_path / "x.yaml", "\ud800", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(EditError, match=r"cannot be (read|written)"):
        save(tmp_path / "file" / "x.yaml", "a", "")


def test_an_unsaved_text_is_offered_until_it_is_saved_or_dropped(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("saved")
    recovery = Recovery(tmp_path)
    opened = open_text(path)
    recovery.keep(opened, "not saved\n")
    found = Recovery(tmp_path).offered(path)
    assert found is not None and (found.text, found.stamp) == ("not saved\n", opened.stamp)
    assert [each.path for each in recovery.all()] == [path]
    kept = next((tmp_path / ".workbench" / "recovery").iterdir())
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    save(path, "not saved\n", opened.stamp)
    assert recovery.offered(path) is None and recovery.all() == []
    recovery.keep(open_text(path), "again")
    recovery.drop(path)
    assert recovery.offered(path) is None


def test_a_broken_recovery_file_is_no_offer(tmp_path: Path) -> None:
    recovery = Recovery(tmp_path)
    recovery.keep(open_text(tmp_path / "a.yaml"), "text")
    next(recovery.folder.iterdir()).write_text('{"path": 1')
    assert recovery.all() == [] and recovery.offered(tmp_path / "a.yaml") is None
