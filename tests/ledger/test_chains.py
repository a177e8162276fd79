"""Long texts are kept as what they share with others, and what is new."""

from __future__ import annotations

import gzip
import random
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.kit import Story, write
from tests.ledger.test_pieces import prose
from workbench.ledger.blobs import LIST, TEXT, BlobWriter, read_blobs
from workbench.ledger.prune import Keep, prune
from workbench.ledger.schema import TABLES
from workbench.ledger.store import Ledger, open_ledger

BEFORE_LISTS = Path(__file__).parent / "data" / "ledger-before-lists.db.gz"
LETTERS = "abcdefghijklmnopqrstuvwxyz      "


def letters(size: int, seed: int) -> str:
    """A text without lines, like no other."""
    return "".join(random.Random(seed).choices(LETTERS, k=size))


opened: list[sqlite3.Connection] = []


def database() -> sqlite3.Connection:
    """Nothing but the table of texts."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    opened.append(connection)
    connection.execute(next(table for table in TABLES if "TABLE blobs" in table))
    return connection


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Databases are closed after the test, also those of many examples."""
    yield
    while opened:
        opened.pop().close()


def size(connection: sqlite3.Connection) -> int:
    """Bytes of all bodies."""
    found: int = connection.execute("SELECT sum(length(CAST(body AS BLOB))) FROM blobs").fetchone()[0]
    return found


PARTS = st.lists(
    st.tuples(st.sampled_from("abcdefgh€😀\ud800\0\n"), st.integers(1, 9_000)), min_size=1, max_size=6
)


@given(texts=st.lists(PARTS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_texts_made_of_one_another_come_back(texts: list[list[tuple[str, int]]]) -> None:
    connection = database()
    writer = BlobWriter(connection)
    kept: dict[int, str] = {}
    context = ""
    for parts in texts:
        new = "".join(f"{letter}{number} {letter * number}" for letter, number in parts)
        context += new
        for text in (new, context, f"Before.\n{context}\nAfter.", new[::-1] + context):
            kept[writer.keep(text)] = text
    for key, text in kept.items():
        assert read_blobs(connection, (key,)) == {key: text}
        assert BlobWriter(connection).keep(text) == key
    hashes = dict(connection.execute("SELECT id, hash FROM blobs"))
    for key, text in read_blobs(connection, hashes).items():
        assert hashes[key] == blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@pytest.mark.parametrize("head", ["", "You tell a story.\n", "Turn {number}: tell on.\n"])
@pytest.mark.parametrize("again", [False, True])
def test_a_prompt_around_a_growing_context_costs_what_is_new(head: str, again: bool) -> None:
    connection = database()
    writer = BlobWriter(connection)
    context = last = ""
    for number in range(100):
        answer = letters(4_000, number)
        if "number" in head:
            writer.keep(answer)
        context += f"\n{answer}"
        if again and number == 50:
            writer = BlobWriter(connection)  # another process goes on
            writer.keep(last)
        last = f"{head.format(number=number)}{context}\nGo on, in part {number}."
        key = writer.keep(last)
    assert read_blobs(connection, (key,)) == {key: last}
    assert size(connection) < 620_000 + ("number" in head) * 50_000


def test_a_prompt_that_holds_earlier_answers_refers_to_them() -> None:
    connection = database()
    writer = BlobWriter(connection)
    answers = [letters(2_000, number) for number in range(20)]
    for answer in answers:
        writer.keep(answer)
    before = size(connection)
    key = writer.keep("Sum these up:\n" + "\n---\n".join(answers))
    assert size(connection) - before < 300
    encoding, body = connection.execute("SELECT encoding, body FROM blobs WHERE id = ?", (key,)).fetchone()
    assert encoding == LIST
    assert body.startswith("["), "readable by json_each"


def test_a_text_that_shares_little_stays_readable_as_a_whole() -> None:
    connection = database()
    writer = BlobWriter(connection)
    answer, page = letters(3_000, 1), letters(30_000, 2)
    writer.keep(answer)
    key = writer.keep(page + answer)
    row = connection.execute("SELECT encoding, body FROM blobs WHERE id = ?", (key,)).fetchone()
    assert row == (TEXT, page + answer)


def test_a_change_in_the_middle_of_a_long_text_shares_what_comes_before() -> None:
    connection = database()
    writer = BlobWriter(connection)
    context = "".join(f"\n{letters(4_000, number)}" for number in range(40))
    grown = ""
    for at in range(8_000, 160_000, 8_000):
        grown = context[:at]
        writer.keep(grown)
    before = size(connection)
    changed = grown[:100_000] + " changed " + grown[100_000:]
    key = writer.keep(changed)
    assert read_blobs(connection, (key,)) == {key: changed}
    assert size(connection) - before < 60_000


def test_pruning_keeps_the_parts_of_what_stays(path: Path, ledger: Ledger) -> None:
    first, second = (Story(name) for name in ("run-a", "run-b"))
    context = letters(20_000, 1)
    first.start().step("s", 1, context, letters(3_000, 2)).finish()
    longer = context + letters(3_000, 3)
    second.start().step("s", 1, longer, longer + letters(3_000, 2)).finish()
    write(ledger.writer(), first, second)
    prune(path, Keep(newest=1), dry=False)
    call = ledger.reader().step("run-b", "s").calls[0]
    assert call.request["messages"][0]["text"] == longer
    assert call.answer is not None
    assert call.answer["text"] == longer + letters(3_000, 2)
    third = Story("run-c").start().step("s", 1, longer + letters(3_000, 2) + "end", context).finish()
    write(ledger.writer(), third)
    assert ledger.reader().step("run-c", "s").calls[0].answer == {"text": context, "data": None}
    assert ledger.reader().size("run-c") > 20_000


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A ledger written before texts were kept as lists, with pages of 4 KB."""
    path = tmp_path / "old.db"
    path.write_bytes(gzip.decompress(BEFORE_LISTS.read_bytes()))
    path.chmod(0o600)
    yield path


def test_an_older_ledger_opens_reads_and_goes_on(old: Path) -> None:
    def tale(size: int, number: int) -> str:
        return "".join(f"line {at} of tale {number}\n" for at in range(size // 18))

    ledger = open_ledger(old)
    reader = ledger.reader()
    call = reader.step("run-old", "long").calls[0]
    assert call.request["messages"][0]["text"] == tale(80_000, 1)
    assert call.answer == {"text": tale(70_000, 2), "data": None}
    longer = tale(80_000, 1) + prose(5_000, 9)
    write(ledger.writer(), Story("run-new").start().step("long", 1, longer, tale(70_000, 2)).finish())
    before = reader.size("run-old")
    assert reader.size("run-new") < before
    prune(old, Keep(newest=1), dry=False)
    call = reader.step("run-new", "long").calls[0]
    assert call.request["messages"][0]["text"] == longer
    assert call.answer == {"text": tale(70_000, 2), "data": None}
    ledger.close()
