"""Views for people who read the ledger by SQL: every text whole, also where it is kept in parts."""

from __future__ import annotations

from workbench.ledger.schema import BATCHES, VIEWS

_PART = """CASE {0}.encoding WHEN 0 THEN {0}.body WHEN 1 THEN json_extract({0}.body, '$')
    ELSE '[compressed: workbench show]' END"""

TEXTS = f"""CREATE VIEW texts AS SELECT
    whole.id, CASE WHEN whole.encoding <> 4 THEN {_PART.format("whole")} ELSE (
    WITH RECURSIVE part (place, encoding, body) AS (
        SELECT '', 4, whole.body
        UNION ALL
        SELECT part.place || printf('%06d', element.key), inner_.encoding, inner_.body
        FROM part, json_each(CASE part.encoding WHEN 4 THEN part.body ELSE '[]' END) AS element
        JOIN blobs AS inner_ ON inner_.id = element.value
    )
    SELECT group_concat(piece, '') FROM (
        SELECT {_PART.format("part")} AS piece FROM part WHERE part.encoding <> 4 ORDER BY part.place)
    ) END AS text
    FROM blobs AS whole"""
"""``texts (id, text)``: a text kept in parts is put together; a large one is compressed and only named."""

_GATES = """CREATE VIEW readable_gates AS SELECT
    runs.id AS run, gates.path, gates.call, gates.gate, gates.passed, gates.score,
    CASE typeof(gates.reason) WHEN 'integer' THEN (SELECT text FROM texts WHERE texts.id = gates.reason)
        ELSE gates.reason END AS reason,
    gates.duration / 1e6 AS seconds
    FROM gates JOIN runs ON runs.number = gates.run"""

_MESSAGES = """(SELECT group_concat(blobs.body, char(10)) FROM json_each("""
_NEW_MESSAGES = """(SELECT group_concat(CASE message.value ->> 0 WHEN '…' THEN '… (earlier messages)'
            ELSE (SELECT text FROM texts WHERE texts.id = message.value ->> 1) END, char(10))
            FROM json_each("""


def _name(view: str) -> str:
    return view.split()[2]


def _renewed(view: str) -> str:
    """The view over whole texts instead of blobs' bodies."""
    before, joined, after = view.partition("JOIN blobs ON blobs.id = message.value ->> 1) AS prompt")
    if joined:
        view = f"{before.rstrip().replace(_MESSAGES, _NEW_MESSAGES)}) AS prompt{after}"
    return view.replace("SELECT body FROM blobs WHERE id =", "SELECT text FROM texts WHERE texts.id =")


WHOLE_TEXTS = (
    TEXTS,
    *(f"DROP VIEW {_name(each)}" for each in VIEWS),
    *(_renewed(each) for each in VIEWS),
    _GATES,
)
"""What the migration to texts in parts does."""

_JSON = ("inputs", "outputs", "steps.output", "calls.data", "decisions.candidates")
"""Columns of JSON, whose long texts are kept elsewhere."""


def _with_texts(view: str) -> str:
    """The view with the long texts back in its JSON."""
    view = _renewed(view)
    for column in _JSON:
        stored = f"""CASE typeof({column}) WHEN 'integer' THEN
            (SELECT text FROM texts WHERE texts.id = {column}) ELSE {column} END"""
        told = " ".join(stored.split())
        view = view.replace(f"{told} AS", f"{_WHOLE.format(told)} AS")
    return view


# a mark is nothing that a value could hold: keys that begin with $ get another name, and texts escape quotes
_WHOLE = """(WITH RECURSIVE
        stored (value) AS (SELECT {0}),
        mark (number, id) AS (SELECT row_number() OVER (), id FROM (SELECT DISTINCT tree.value AS id
            FROM stored, json_tree(CASE WHEN instr(stored.value, '{{"$blob":')
                AND json_valid(stored.value) THEN stored.value END) AS tree
            WHERE tree.key = '$blob')),
        filled (number, value) AS (SELECT 0, value FROM stored UNION ALL
            SELECT mark.number, replace(filled.value, printf('{{"$blob":%d}}', mark.id),
                coalesce((SELECT json_quote(text) FROM texts WHERE texts.id = mark.id), 'null'))
            FROM filled JOIN mark ON mark.number = filled.number + 1)
        SELECT value FROM filled ORDER BY number DESC LIMIT 1)"""

_OF_BATCHES = next(each for each in BATCHES if "VIEW" in each)

WHOLE_VALUES = (
    *(f"DROP VIEW {_name(each)}" for each in (*VIEWS, _OF_BATCHES)),
    *(_with_texts(each) for each in VIEWS),
    _OF_BATCHES.replace("total(runs.status", "count(*) FILTER (WHERE runs.status"),
)
"""What the migration to whole values does: inputs and outputs read as they are, and whole numbers of runs."""
