"""Documents are found by raw questions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.shared_data import records, shots, table
from workbench.recipe.data import LabelledExamples, SourceDocument
from workbench.recipe.model import Data
from workbench.tools.retrieval import Index, index_for, index_of, query_words

DOCUMENTS = [
    SourceDocument("cards", "Lost cards", "Freeze a lost card at once. We send another.", "cards.md"),
    SourceDocument("refunds", "Refunds", "A refund takes ten days.", "refunds.md"),
    SourceDocument("pins", "PIN", "Change it at a cash machine.", "pins.md"),
]


def ids(index: Index, query: str, top: int = 5) -> list[str]:
    return [hit.id for hit in index.search(query, top)]


def test_the_best_document_comes_first_with_its_parts() -> None:
    hit, *_ = Index(DOCUMENTS).search("I lost my card, what now?", 2)
    assert (hit.id, hit.title, hit.source) == ("cards", "Lost cards", "cards.md")
    assert hit.text == DOCUMENTS[0].text
    assert hit.score == 1


@pytest.mark.parametrize(
    "query",
    [
        '"refund',
        "refund AND (",
        "NEAR(refund",
        "refund* ^ - +",
        "title:refund",
        "what's the refund's fate?",
        "refund\0x",
        "REFUND;--",
    ],
)
def test_no_question_is_a_syntax_error(query: str) -> None:
    assert ids(Index(DOCUMENTS), query)[:1] == ["refunds"]


@pytest.mark.parametrize("query", ["", "???", "zebra", "🙂"])
def test_nothing_shared_finds_nothing(query: str) -> None:
    assert ids(Index(DOCUMENTS), query) == []


def test_only_stop_words_are_still_looked_for() -> None:
    assert query_words("what is it") == ["what", "is", "it"]
    assert ids(Index(DOCUMENTS), "what is it") == ["pins"]


def test_endings_do_not_matter() -> None:
    assert ids(Index(DOCUMENTS), "refunding machines changed") == ["pins", "refunds"]


def test_the_score_is_the_part_of_the_question_that_is_held() -> None:
    full, part = (Index(DOCUMENTS).search(query, 1)[0].score for query in ("refund days", "refund zebra"))
    assert full == 1
    assert 0.2 < part < 0.7


def test_examples_lead_to_their_document() -> None:
    assert ids(Index(DOCUMENTS), "money back") == []
    examples = LabelledExamples(["I want my money back", "cash me out"], ["refunds", "unknown"], "h")
    assert ids(Index(DOCUMENTS, examples), "money back") == ["refunds"]


def test_twins_come_in_the_order_given() -> None:
    twins = [SourceDocument(str(at), "same", "same words", "") for at in range(9)]
    assert ids(Index(twins), "same words", 9) == [str(at) for at in range(9)]


def test_top_limits_and_an_empty_index_is_empty() -> None:
    assert len(ids(Index(DOCUMENTS), "card refund machine", 2)) == 2
    assert ids(Index(DOCUMENTS), "card", 0) == []
    assert ids(Index([]), "card") == []


def test_threads_share_an_index() -> None:
    index = Index(DOCUMENTS * 1)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: ids(index, f"lost card {at}")[0], range(200)))
    assert set(found) == {"cards"}


def test_equal_content_is_indexed_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: index_of(list(DOCUMENTS)), range(8)))
    assert all(index is found[0] for index in found)
    assert index_of(DOCUMENTS[:2]) is not found[0]
    assert index_of(DOCUMENTS, LabelledExamples(["q"], ["pins"], "h")) is not found[0]


def test_a_changed_file_is_indexed_again(tmp_path: Path) -> None:
    page = tmp_path / "kb" / "page.md"
    page.parent.mkdir()
    page.write_text("# Opening hours\nWe open at nine.")
    data = Data(folder="kb", glob="*.md")
    assert ids(index_for(data, tmp_path), "hours") == ["page"]
    page.write_text("# Parking\nBehind the house.")
    assert ids(index_for(data, tmp_path), "hours") == []
    assert ids(index_for(data, tmp_path), "parking") == ["page"]


def test_figures_on_paragraphs() -> None:
    paragraphs = records("xquad_dev.jsonl")
    index = Index([SourceDocument(one["id"], one["title"], one["text"], "") for one in paragraphs])
    asked = [(ids(index, answer["question"]), one["id"]) for one in paragraphs for answer in one["qas"]]
    assert sum(found[:1] == [right] for found, right in asked) / len(asked) >= 0.935
    assert sum(right in found for found, right in asked) / len(asked) >= 0.988


def test_figures_on_a_knowledge_base_with_examples() -> None:
    articles = records("bank_kb.jsonl")
    documents = [SourceDocument(one["intent"], one["title"], one["body"], "") for one in articles]
    known = shots(table("banking77_train.tsv"), "intent", 30)
    examples = LabelledExamples([row["text"] for row in known], [row["intent"] for row in known], "h")
    index = Index(documents, examples)
    asked = [(ids(index, row["text"]), row["intent"]) for row in table("banking77_dev.tsv")]
    assert sum(found[:1] == [right] for found, right in asked) / len(asked) >= 0.69
    assert sum(right in found for found, right in asked) / len(asked) >= 0.91
