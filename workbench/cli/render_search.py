"""What a search found."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.cli.blocks import Block, Piece, Span, flat
from workbench.cli.formats import moment, size, state
from workbench.events import Json
from workbench.ledger.search import Match, Searched


def search_page(found: Sequence[Match]) -> list[Block]:
    """Two lines for each match: where it is, and a piece of the text with the match marked."""
    blocks: list[Block] = []
    for each in found:
        at: list[Piece] = [Span(each.run, "bold"), " ", each.path or "(run)", " ", Span(each.place, "cyan")]
        about: list[Piece] = [
            "  ",
            each.recipe,
            " ",
            state(each.status),
            " ",
            Span(moment(each.started), "dim"),
        ]
        text: list[Piece] = ["    ", each.before, Span(each.match, "bold reverse"), each.after]
        blocks += [flat(*at, *about), flat(*text)]
    return blocks


def search_json(found: Searched) -> Json:
    """The matches, how many there are in all, and the size of the index."""
    matches = [
        {
            "run": each.run,
            "recipe": each.recipe,
            "status": each.status,
            "started": each.started,
            "step": each.path,
            "place": each.place,
            "before": each.before,
            "match": each.match,
            "after": each.after,
        }
        for each in found.matches
    ]
    return {"total": found.total, "index_bytes": found.index_bytes, "matches": matches}


def search_note(found: Searched) -> str:
    """How many matches are not shown, and what the index takes."""
    more = found.total - len(found.matches)
    hidden = f"{len(found.matches):,} of {found.total:,} texts; --limit shows more · " if more else ""
    return f"{hidden}the index takes {size(found.index_bytes)}"
