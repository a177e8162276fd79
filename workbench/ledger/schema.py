"""The schema of the ledger: names, keys, tables, and the views for people who read it by SQL.

Keys are integers that cluster what belongs together: a call's key holds its run, its number and its attempt,
a step's its run and its order.  All rows of a run lie side by side, and no index is needed to find them.

A *payload* column holds JSON text, or the integer id of a blob that holds it.  Long texts inside the JSON
stand as ``{"$blob": id}``.  Times are UTC epoch microseconds, money is nano-dollars, tokens lie in disjoint
buckets.
"""

from __future__ import annotations

APPLICATION_ID = 0x57424C47
"""``WBLG``: marks the file as a ledger."""

MAJOR = 1
MINOR = 7
VERSION = MAJOR * 1000 + MINOR
"""Kept as ``user_version``.  A newer minor may have added columns; a newer major cannot be opened."""

RUN_SHIFT = 30
"""Bits below the run's number in the keys of steps, calls, decisions and gates."""

ATTEMPT_BITS = 8
MOST_CALLS = (1 << (RUN_SHIFT - ATTEMPT_BITS)) - 1
MOST_ATTEMPTS = (1 << ATTEMPT_BITS) - 1
MOST_ROWS = (1 << RUN_SHIFT) - 1


def first_key(run: int) -> int:
    """The least key of a run's rows."""
    return run << RUN_SHIFT


def last_key(run: int) -> int:
    """The greatest key of a run's rows."""
    return (run << RUN_SHIFT) | MOST_ROWS


def call_key(run: int, call: int, attempt: int) -> int:
    """The key of one attempt."""
    return (run << RUN_SHIFT) | (call << ATTEMPT_BITS) | attempt


def call_of(key: int) -> tuple[int, int]:
    """Call and attempt of a key."""
    inside = key & MOST_ROWS
    return inside >> ATTEMPT_BITS, inside & MOST_ATTEMPTS


_RUN = f"run INTEGER GENERATED ALWAYS AS (id >> {RUN_SHIFT}) VIRTUAL"
_CALL = f"call INTEGER GENERATED ALWAYS AS ((id >> {ATTEMPT_BITS}) & {MOST_CALLS}) VIRTUAL"
_ATTEMPT = f"attempt INTEGER GENERATED ALWAYS AS (id & {MOST_ATTEMPTS}) VIRTUAL"

TABLES = (
    """CREATE TABLE recipes (
        id INTEGER PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        files ANY,                  -- payload: text by relative path, null where only a hash is kept
        file_hashes ANY,            -- payload
        seen INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        recipe TEXT NOT NULL,
        recipe_hash TEXT NOT NULL,
        recipe_path TEXT NOT NULL,
        mode TEXT NOT NULL,
        status TEXT NOT NULL,
        started INTEGER NOT NULL,
        finished INTEGER,
        parent TEXT,
        batch INTEGER,
        session INTEGER,
        inputs ANY,                 -- payload
        role_models ANY,            -- payload: models set for this run, by role
        edits ANY,                  -- payload
        outputs ANY,                -- payload
        error ANY,                  -- text, or the id of its blob
        error_class TEXT,
        error_path TEXT,
        cost_nano INTEGER NOT NULL DEFAULT 0,
        cost_known INTEGER NOT NULL DEFAULT 1,
        saved_nano INTEGER NOT NULL DEFAULT 0,
        tokens_in INTEGER NOT NULL DEFAULT 0,
        tokens_out INTEGER NOT NULL DEFAULT 0,
        tokens_cached INTEGER NOT NULL DEFAULT 0,
        calls INTEGER NOT NULL DEFAULT 0,
        reused INTEGER NOT NULL DEFAULT 0,
        steps INTEGER NOT NULL DEFAULT 0,
        models TEXT NOT NULL DEFAULT '[]',
        last_seq INTEGER NOT NULL DEFAULT 0,
        touched INTEGER NOT NULL,   -- time of the last event
        owner TEXT                  -- the process that runs it
    ) STRICT""",
    "CREATE INDEX runs_by_status ON runs (status)",
    "CREATE INDEX runs_by_recipe ON runs (recipe)",
    "CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL",
    f"""CREATE TABLE steps (
        id INTEGER PRIMARY KEY,     -- run << {RUN_SHIFT} | order
        {_RUN},
        path TEXT NOT NULL,
        verb TEXT NOT NULL,
        role TEXT,
        status TEXT NOT NULL,
        started INTEGER NOT NULL,
        finished INTEGER,
        output ANY,                 -- payload
        model TEXT,
        attempts INTEGER NOT NULL,
        reused INTEGER NOT NULL,
        cost_nano INTEGER,          -- null: unknown
        tokens_in INTEGER NOT NULL,
        tokens_out INTEGER NOT NULL,
        gates_passed INTEGER NOT NULL,
        gates_failed INTEGER NOT NULL,
        reason ANY,
        error ANY,
        error_class TEXT
    ) STRICT""",
    f"""CREATE TABLE calls (        -- a row is one attempt
        id INTEGER PRIMARY KEY,     -- run << {RUN_SHIFT} | call << {ATTEMPT_BITS} | attempt
        {_RUN},
        {_CALL},
        {_ATTEMPT},
        path TEXT NOT NULL,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        status TEXT NOT NULL,
        fingerprint ANY,            -- 16 bytes
        durable INTEGER NOT NULL,   -- it may cost money or has effects
        effects INTEGER NOT NULL,
        started INTEGER NOT NULL,
        duration INTEGER,           -- microseconds
        request ANY,                -- payload: the request without its messages
        messages ANY,               -- payload: [[role, blob, segments], …]
        answer INTEGER,             -- blob: the answer's text
        data ANY,                   -- payload: the answer's data
        model TEXT,
        finish TEXT,
        input INTEGER,
        cached INTEGER,
        cache_write INTEGER,
        output INTEGER,
        reasoning INTEGER,
        usage TEXT,
        cost_nano INTEGER,
        saved_nano INTEGER,
        price INTEGER,              -- blob: the price used
        first_token INTEGER,        -- microseconds; of a reused call those it was waited for
        chunks ANY,                 -- payload: [seconds, characters, …]
        raw ANY,                    -- payload: the wire, redacted
        error ANY,
        error_class TEXT,
        source TEXT                 -- of a reused call: run/call/attempt
    ) STRICT""",
    f"""CREATE TABLE decisions (
        id INTEGER PRIMARY KEY,     -- as in calls
        {_RUN},
        {_CALL},
        {_ATTEMPT},
        path TEXT NOT NULL,
        role TEXT NOT NULL,
        policy TEXT NOT NULL,
        chosen TEXT NOT NULL,
        reason ANY,
        candidates INTEGER          -- blob
    ) STRICT""",
    f"""CREATE TABLE gates (
        id INTEGER PRIMARY KEY,     -- run << {RUN_SHIFT} | order
        {_RUN},
        path TEXT NOT NULL,
        call INTEGER,
        gate TEXT NOT NULL,
        passed INTEGER NOT NULL,
        score REAL,
        reason ANY,
        duration INTEGER NOT NULL   -- microseconds
    ) STRICT""",
    """CREATE TABLE blobs (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,  -- 16 bytes of BLAKE2b over the text's UTF-8
        encoding INTEGER NOT NULL,  -- 0 text, 1 text as a JSON string, 2 zlib, 3 pieces
        body ANY NOT NULL
    ) STRICT""",
    """CREATE TABLE batches (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        recipe TEXT NOT NULL,
        data TEXT NOT NULL,
        data_hash TEXT NOT NULL,
        status TEXT NOT NULL,
        started INTEGER NOT NULL,
        finished INTEGER,
        rows INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TABLE sessions (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        recipe TEXT NOT NULL,
        state ANY,                  -- payload
        touched INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        path TEXT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,         -- answers: what a person gave at a resume; fork: the step it began at
        note ANY                    -- payload
    ) STRICT""",
    "CREATE INDEX notes_by_run ON notes (run)",
)


def _when(column: str) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f', {column} / 1e6, 'unixepoch')"


def _payload(column: str) -> str:
    blob = f"(SELECT body FROM blobs WHERE id = {column})"
    return f"CASE typeof({column}) WHEN 'integer' THEN {blob} ELSE {column} END"


VIEWS = (
    f"""CREATE VIEW readable_runs AS SELECT
        number, id, recipe, mode, status, {_when("started")} AS started, {_when("finished")} AS finished,
        round((finished - started) / 1e6, 3) AS seconds,
        CASE cost_known WHEN 1 THEN cost_nano / 1e9 END AS cost_usd, saved_nano / 1e9 AS saved_usd,
        tokens_in, tokens_out, tokens_cached, calls, reused, steps, models, {_payload("inputs")} AS inputs,
        {_payload("outputs")} AS outputs, {_payload("error")} AS error, error_class, error_path, parent
    FROM runs""",
    f"""CREATE VIEW readable_steps AS SELECT
        runs.id AS run, steps.path, steps.verb, steps.status, {_when("steps.started")} AS started,
        round((steps.finished - steps.started) / 1e6, 3) AS seconds, steps.model, steps.attempts,
        steps.reused, steps.cost_nano / 1e9 AS cost_usd, steps.tokens_in, steps.tokens_out,
        steps.gates_passed, steps.gates_failed, {_payload("steps.output")} AS output,
        {_payload("steps.reason")} AS reason, {_payload("steps.error")} AS error, steps.error_class
    FROM steps JOIN runs ON runs.number = steps.run""",
    f"""CREATE VIEW readable_calls AS SELECT
        runs.id AS run, calls.call, calls.attempt, calls.path, calls.kind, calls.target, calls.model,
        calls.status, {_when("calls.started")} AS started, calls.duration / 1e6 AS seconds,
        calls.cost_nano / 1e9 AS cost_usd, calls.saved_nano / 1e9 AS saved_usd, calls.input, calls.cached,
        calls.cache_write, calls.output,
        (SELECT group_concat(blobs.body, char(10)) FROM json_each({_payload("calls.messages")}) AS message
            JOIN blobs ON blobs.id = message.value ->> 1) AS prompt,
        (SELECT body FROM blobs WHERE id = calls.answer) AS answer, {_payload("calls.data")} AS data,
        {_payload("calls.error")} AS error, calls.error_class, lower(hex(calls.fingerprint)) AS fingerprint,
        calls.source
    FROM calls JOIN runs ON runs.number = calls.run""",
    f"""CREATE VIEW readable_decisions AS SELECT
        runs.id AS run, decisions.call, decisions.attempt, decisions.path, decisions.role, decisions.policy,
        decisions.chosen, {_payload("decisions.reason")} AS reason,
        {_payload("decisions.candidates")} AS candidates
    FROM decisions JOIN runs ON runs.number = decisions.run""",
)

BATCHES = (
    "ALTER TABLE batches ADD COLUMN recipe_hash TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE batches ADD COLUMN repeat INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE batches ADD COLUMN options TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE batches ADD COLUMN owner TEXT",
    "ALTER TABLE batches ADD COLUMN touched INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN batch_key TEXT",
    "CREATE UNIQUE INDEX runs_by_batch ON runs (batch, batch_key) WHERE batch IS NOT NULL",
    f"""CREATE VIEW readable_batches AS SELECT
        batches.id, batches.recipe, batches.data, batches.status, {_when("batches.started")} AS started,
        {_when("batches.finished")} AS finished, batches.rows, batches.repeat, count(runs.number) AS runs,
        total(runs.status = 'done') AS done, total(runs.status = 'failed') AS failed,
        total(runs.cost_nano) / 1e9 AS cost_usd
    FROM batches LEFT JOIN runs ON runs.batch = batches.number GROUP BY batches.number""",
)
"""What the second migration adds: a row of a dataset is ``batch_key``, and has one run in a batch."""

REPLIES = (
    "ALTER TABLE calls ADD COLUMN details ANY",  # payload
)
"""What the third migration adds: what an answer holds besides text and data (reasoning, calls of tools)."""

CHECKS = (
    "ALTER TABLE gates ADD COLUMN cost_nano INTEGER DEFAULT 0",  # null: unknown
    "ALTER TABLE gates ADD COLUMN input TEXT",  # what was checked before anybody was asked
)
"""What the fourth migration adds: what a check cost, and checks of what goes into a step."""

ASKERS = ("ALTER TABLE calls ADD COLUMN gate TEXT",)  # the gate that asked; null: the step itself
"""What the fifth migration adds."""

SHARED = (
    """CREATE TABLE accounts (
        name TEXT PRIMARY KEY,      -- day 2026-11-21, session chat
        nano INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER NOT NULL DEFAULT 0,
        calls INTEGER NOT NULL DEFAULT 0,
        micros INTEGER NOT NULL DEFAULT 0,
        touched INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE holds (        -- set aside by calls in flight
        id INTEGER PRIMARY KEY,
        day TEXT,                   -- names of accounts
        session TEXT,
        owner TEXT NOT NULL,
        at INTEGER NOT NULL,
        nano INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        micros INTEGER NOT NULL
    ) STRICT""",
    "ALTER TABLE runs ADD COLUMN report ANY",  # payload
    "CREATE INDEX runs_by_session ON runs (session) WHERE session IS NOT NULL",
)
"""What the sixth migration adds: budgets that runs share, and what a run says of its end: its budgets, what
is missing, which steps its outputs came from."""
