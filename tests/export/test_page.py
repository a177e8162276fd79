"""The page: whole, quiet, and deaf to what is written in prompts and answers."""

from __future__ import annotations

import asyncio
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.export.conftest import KEY
from tests.study.kit import Lab
from workbench.batch.variants import Choice as Variation
from workbench.batch.variants import grid
from workbench.errors import UsageError
from workbench.export.choice import choose
from workbench.export.page import write_page
from workbench.providers.port import Reply
from workbench.study.batch_options import BatchOptions

HOSTILE_ROW = "<script>alert(1)</script>"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in BROWSERS if (found := shutil.which(name))), None)


TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "input", "span",
    "main",
    "section", "div", "pre", "details", "summary", "table", "tr", "td", "th", "b", "a", "script",
}  # fmt: skip


class Reading(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(lab: Lab, references: list[str], path: Path, *, redact: bool = False) -> str:
    write_page(choose(lab.bench.ledger, references), path, lambda _: None, redact=redact)
    return path.read_text(encoding="utf-8")


async def test_every_call_is_there_and_nothing_of_them_is_markup(lab: Lab, tmp_path: Path) -> None:
    for number, row in enumerate(lab.reader.runs()):
        page = page_of(lab, [row.id], tmp_path / f"{number}.html")
        read = Reading(page)
        text = "".join(read.text)
        for call in lab.reader.recording(row.id):
            assert f"call {call.call}" in text
        assert {tag for tag, _ in read.tags} <= TAGS
        assert sum(tag == "script" for tag, _ in read.tags) == 1
        given = [each for _, each in read.tags]
        links = [each[name] for each in given for name in ("src", "href", "action") if name in each]
        assert all(str(link).startswith("#") for link in links)
        assert not [name for each in given for name in each if name.startswith("on")]


async def test_neither_keys_nor_what_steers_a_screen(lab: Lab, tmp_path: Path) -> None:
    page = page_of(lab, ["last~5"], tmp_path / "x.html")
    assert KEY not in page
    assert "[key]" in page
    assert not re.search("[\x00-\x08\x1b\u202e]", page)


async def test_personal_data_is_left_out_when_asked(lab: Lab, tmp_path: Path) -> None:
    run = lab.reader.runs()[-1].id
    assert "ada@example.com" in page_of(lab, [run], tmp_path / "plain.html")
    hidden = page_of(lab, [run], tmp_path / "hidden.html", redact=True)
    assert "ada@example.com" not in hidden
    assert "[email]" in hidden


async def test_two_runs_stand_side_by_side(lab: Lab, tmp_path: Path) -> None:
    rows = lab.reader.runs()
    two = [row.id for row in rows if row.mode in ("rerun", "live") and row.recipe == "t"][:2]
    text = "".join(Reading(page_of(lab, two, tmp_path / "x.html")).text)
    assert "left" in text
    assert "right" in text
    assert "first split" in text


async def test_variants_and_batches_stand_side_by_side_with_their_verdicts(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", lambda model, request: Reply(model))
    recipe = lab.write(
        "inputs: {t: string}\nsteps: {a: {prompt: '{{ t }}', model: m, gate: {equals: good}}}\n"
    )
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f'{{"t": "{HOSTILE_ROW} {each}"}}\n' for each in range(12)))
    variants = grid([Variation("m", f"fake/{each}", each) for each in ("good", "bad")])
    first, second = [
        (await lab.bench.batch(recipe, path, BatchOptions(variants=variants))).row.id for _ in range(2)
    ]
    one = Reading(page_of(lab, [first], tmp_path / "one.html"))
    text = "".join(one.text)
    assert "differences to a, paired over 12 cases" in text
    assert "worse than a: 12 cases" in text
    assert HOSTILE_ROW in text and str(tmp_path) not in text
    several = "".join(Reading(page_of(lab, [f"{first}@1", second], tmp_path / "two.html")).text)
    assert "36 runs" in several and f"{second} m=bad" in several
    await lab.close()


async def test_a_long_text_stands_in_the_page_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", lambda model, request: Reply("short"))
    long = "Sort it into one of these & say which. " * 20
    recipe = lab.write(f"steps: {{a: {{prompt: hi, system: '{long}', model: m}}}}\n")
    runs = [(await lab.run(recipe)).run for _ in range(3)]
    page = page_of(lab, runs, tmp_path / "x.html")
    read = Reading(page)
    assert "".join(read.text).count(long.strip()) == 1
    again = [str(each["data-same"]) for _, each in read.tags if "data-same" in each]
    links = [str(each["href"]) for tag, each in read.tags if tag == "a"]
    assert (len(again), links) == (2, [f"#{name}" for name in again])
    assert [each.get("id") for tag, each in read.tags if tag == "pre" and each.get("id")] == [again[0]]
    await lab.close()


async def test_a_file_that_is_there_stays(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    path.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        page_of(lab, ["last"], path)
    assert path.read_text() == "mine"
    with pytest.raises(UsageError, match="cannot write"):
        page_of(lab, ["last"], tmp_path / "no" / "folder.html")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_real_browser_shows_it_and_asks_nobody(lab: Lab, tmp_path: Path) -> None:
    page_of(lab, [lab.reader.runs()[-1].id], tmp_path / "x.html")
    log = tmp_path / "net.json"
    assert CHROMIUM is not None
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}",
        "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom",
        f"file://{tmp_path / 'x.html'}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    page, said = (data.decode(errors="replace") for data in await browser.communicate())
    assert 'id="find"' in page, said
    assert "evil.example" not in log.read_text(errors="replace")
    assert "Content Security Policy" not in said
