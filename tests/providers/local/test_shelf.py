"""Fits kept on disk: found again, the same to the last digit, and never trusted when they are not whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.providers.local.kit import some_examples, sort
from workbench.providers.local import provider as module
from workbench.providers.local import shelf as shelves
from workbench.providers.local.classifiers import again, fit
from workbench.providers.local.provider import LocalProvider
from workbench.providers.local.shelf import Shelf, usual_shelf

TEXTS = [f"my card {word} {at}" for at in range(20) for word in ("lost", "gone", "late")]
LABELS = [f"{number % 3}" for number in range(60)]
NAMES = dict.fromkeys(("0", "1", "2"), "")


@pytest.mark.parametrize(("model", "count"), [("bayes", 60), ("blend", 60), ("blend", 9)])
def test_what_is_read_again_answers_the_same_to_the_last_digit(
    tmp_path: Path, model: str, count: int
) -> None:
    fitted = fit(model, TEXTS[:count], LABELS[:count], NAMES, lambda: None)
    Shelf(tmp_path).keep(("key",), fitted.state())
    found = again(Shelf(tmp_path).find(("key",)))
    assert type(found) is type(fitted)
    for text in ("my card was lost", "late", "", "something else"):
        assert found.logits(text) == fitted.logits(text)


async def test_a_second_process_fits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = sort("where is my card", dict.fromkeys(("refund", "card", "pin"), ""), some_examples(4))
    first = await LocalProvider(Shelf(tmp_path)).reply("bayes", request, lambda _: None)
    monkeypatch.setattr(module, "fit", lambda *_: pytest.fail("it fitted again"))
    second = await LocalProvider(Shelf(tmp_path)).reply("bayes", request, lambda _: None)
    assert second.data == first.data


def test_what_is_not_whole_is_not_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(("key",), ["bayes", [1, {}, [0.0], [0.0]]])
    (path,) = tmp_path.glob("*.fit")
    content = path.read_bytes()
    for broken in (content[:-1], content[:20], b"", b"x" * 40, content[:-1] + b"?"):
        path.write_bytes(broken)
        assert shelf.find(("key",)) is None
    path.write_bytes(content)
    assert shelf.find(("key",)) is not None and shelf.find(("other",)) is None


def test_other_code_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Shelf(tmp_path).keep(("key",), [1])
    monkeypatch.setattr(shelves, "_code", lambda: "changed")
    assert Shelf(tmp_path).find(("key",)) is None


def test_a_folder_that_cannot_be_used_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    shelf = Shelf(tmp_path / "file" / "fits")
    shelf.keep(("key",), [1])
    assert shelf.find(("key",)) is None


def test_the_least_recently_used_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path)
    for number in range(3):
        shelf.keep((number,), [number] * 30)
        for path in tmp_path.glob("*.fit"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))
    assert shelf.find((0,)) is not None  # used just now
    monkeypatch.setattr(shelves, "MOST_IN_ALL", sum(path.stat().st_size for path in tmp_path.glob("*.fit")))
    shelf.keep((3,), [3] * 30)
    assert [shelf.find((number,)) is not None for number in range(4)] == [True, False, True, True]


def test_it_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shelf = usual_shelf()
    assert shelf is not None and shelf.folder == tmp_path / "workbench" / "fits"
    shelf.keep(("key",), [1])
    (path,) = shelf.folder.glob("*.fit")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    other = usual_shelf()
    assert other is not None and other.folder == Path.home() / ".cache" / "workbench" / "fits"
