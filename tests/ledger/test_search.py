"""Search finds words, phrases and beginnings wherever they stand in the record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger.kit import Story, write
from tests.ledger.test_chains import letters
from workbench.ledger.prune import Keep, prune
from workbench.ledger.search import Match, Searched, excerpt, search, terms_of
from workbench.ledger.search_index import index_path
from workbench.ledger.store import Ledger


def places(found: Searched) -> list[tuple[str, str | None, str]]:
    return [(each.run, each.path, each.place) for each in found.matches]


@pytest.fixture
def told(ledger: Ledger, path: Path) -> Path:
    """Two runs of different kinds."""
    first = Story("run-a").start(inputs={"ticket": "The Zürich refund is late"})
    first.begin("draft").ask("draft", 1, "Answer the customer: where is the red umbrella?")
    first.answer("draft", 1, "Your umbrella, dear Émile, was sent on Monday.").end(
        "draft", {"text": "fine words"}
    )
    first.finish(outputs={"reply": "a closing remark"})
    second = Story("run-b").start(recipe="other")
    second.begin("sort").ask("sort", 1, "umbrella or parasol").answer(
        "sort", 1, status="error", answer=None, error="the server is overburdened", error_class="server"
    )
    second.end("sort", None, "failed", error="no model is left", error_class="server")
    second.finish("failed", error="no model is left", error_class="server", error_path="sort")
    write(ledger.writer(), first, second)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refund", [("run-a", None, "input")]),
        ("zurich REFUND", [("run-a", None, "input")]),
        ('"red umbrella"', [("run-a", "draft", "prompt")]),
        ('"umbrella red"', []),
        ("red umbrella customer", [("run-a", "draft", "prompt")]),
        (
            "umbrel*",
            [("run-b", "sort", "prompt"), ("run-a", "draft", "prompt"), ("run-a", "draft", "answer")],
        ),
        ("umbrel", []),
        ("monday.", [("run-a", "draft", "answer")]),
        ('"fine words"', [("run-a", "draft", "output")]),
        ("closing", [("run-a", None, "output")]),
        ("overburdened", [("run-b", "sort", "error")]),
        ('"no model is left"', [("run-b", "sort", "error")]),
        ("", []),
        ("!!! ---", []),
    ],
)
def test_what_is_found_where(told: Path, text: str, expected: list[tuple[str, str | None, str]]) -> None:
    assert places(search(told, text)) == expected


def test_filters_and_limit(told: Path) -> None:
    assert {each.run for each in search(told, "umbrella", recipe="triage").matches} == {"run-a"}
    assert {each.run for each in search(told, "umbrella", status="failed").matches} == {"run-b"}
    found = search(told, "umbrella", limit=1)
    assert (len(found.matches), found.total) == (1, 3)


def test_the_match_is_marked_in_an_excerpt() -> None:
    text = "before " * 30 + "see the Émile\n papers" + " after" * 30
    before, match, after = excerpt(text, terms_of('"emile papers"'))
    assert match == "Émile papers"
    assert before.startswith("… ") and before.endswith("see the ")
    assert after.startswith(" after") and after.endswith(" …")


def test_a_phrase_across_the_parts_of_a_long_text_is_found(ledger: Ledger, path: Path) -> None:
    story = Story("run-a").start()
    context = letters(9_000, 1)
    for number in range(1, 31):
        answer = f"brown{number} fox jumps{number} {letters(3_000, number)} quick{number}"
        story.step(f"s{number}", number, context, answer)
        context += f" {answer}"
    write(ledger.writer(), story.finish())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM blobs WHERE encoding = 4").fetchone()[0] > 20
    across = search(path, '"quick7 brown8 fox jumps8"')
    assert places(across) == [("run-a", "s9", "prompt")], "it grows on, but is told once"
    assert across.matches[0].match == "quick7 brown8 fox jumps8"
    assert places(search(path, "jumps8")) == [("run-a", "s8", "answer")]
    assert places(search(path, "jumps3 jumps21")) == [("run-a", "s22", "prompt")]
    assert places(search(path, "jumps3 nowhere")) == []


def test_the_index_follows_the_record(told: Path, ledger: Ledger) -> None:
    heard: list[tuple[int, int]] = []
    assert search(told, "parasol", progress=lambda *each: heard.append(each)).total == 1
    assert heard == [(1, 2), (2, 2)]
    write(ledger.writer(), Story("run-c").start().step("s", 1, "a parasol again").finish())
    assert search(told, "parasol", progress=lambda *each: heard.append(each)).total == 2
    assert heard[2:] == [(1, 1)]
    prune(told, Keep(newest=1), dry=False)
    assert not index_path(told).exists()
    assert places(search(told, "parasol")) == [("run-c", "s", "prompt")]
    write(ledger.writer(), Story("run-d").start().step("s", 1, "a tricycle").finish())
    assert places(search(told, "tricycle")) == [("run-d", "s", "prompt")]
    assert search(told, "umbrella").total == 0


def test_a_damaged_index_is_made_anew(told: Path) -> None:
    search(told, "umbrella")
    assert index_path(told).stat().st_mode & 0o777 == 0o600
    index_path(told).write_bytes(b"no database at all" * 100)
    assert search(told, "umbrella").total == 3


@given(text=st.text(max_size=40) | st.text('"*():^-+ NEAR AND OR NOT{}a\0\ud800', max_size=40))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_query_is_an_error(told: Path, text: str) -> None:
    assert all(isinstance(each, Match) for each in search(told, text).matches)
