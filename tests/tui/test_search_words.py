"""What one types to search."""

from __future__ import annotations

from workbench.tui.search_words import Wanted, read_wanted


def test_words_and_filters() -> None:
    assert read_wanted("late refund") == Wanted("late refund")
    assert read_wanted("late recipe:support-triage refund status:failed") == Wanted(
        "late refund", "support-triage", "failed"
    )
    assert read_wanted('"my recipe: yours" status:') == Wanted('"my recipe: yours" status:')
    assert read_wanted("xrecipe:a") == Wanted("xrecipe:a")
    assert read_wanted("a status:done").options == ["a", "--status", "done"]
