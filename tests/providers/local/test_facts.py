"""Fields filled from a text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.local.kit import ask
from workbench.errors import CallError
from workbench.providers.local.facts import facts
from workbench.providers.port import Message, ModelRequest

INVOICE = """Invoice INV-2024-17 from Acme Corp dated 3 May 2024.
Total amount: $1,234.50, due by June 1, 2024. A discount of 2.5 % was given.
Contact: billing@acme.example or +44 20 7946 0958
Items: paper, ink, 12 pens
The order was shipped. It is not paid."""

TEXT = {"type": ["string", "null"]}


def field(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], **more}


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("invoice_number", TEXT, "INV-2024-17"),
        ("invoice_date", field("string", format="date"), "2024-05-03"),
        ("due_date", field("string", format="date"), "2024-06-01"),
        ("total", field("number", format="money"), 1234.5),
        ("discount", field("number"), 2.5),
        ("email", field("string", format="email"), "billing@acme.example"),
        ("phone", TEXT, "+44 20 7946 0958"),
        ("vendor", field("string", description="company the invoice is from"), "Acme Corp"),
        ("items", field("array"), ["paper", "ink", "12 pens"]),
        ("shipped", field("boolean"), True),
        ("paid", field("boolean"), False),
        ("iban", TEXT, None),
        ("signed", field("boolean"), None),
        ("state", field("string", enum=["shipped", "lost", None]), "shipped"),
        ("pens", field("integer"), 12),
    ],
)
def test_a_field_is_found(name: str, schema: dict[str, Any], value: object) -> None:
    answer = facts(INVOICE, {"type": "object", "properties": {name: schema}})
    assert answer.data == {name: value}


def test_what_may_not_be_null_is_left_out() -> None:
    schema = {"type": "object", "properties": {"iban": {"type": "string"}}}
    assert facts(INVOICE, schema).data == {}


def test_notes_say_where_it_was_found() -> None:
    note = facts(INVOICE, {"properties": {"total": {"type": "number"}}}).notes["found"]["total"]
    assert INVOICE[note["start"] : note["end"]] == note["text"] == "$1,234.50"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Delivered 2025-02-30 or 2025-02-28", "2025-02-28"),
        ("on the 4th of July 2025", "2025-07-04"),
        ("on 04.07.2025", "2025-07-04"),
        ("on 07/04/2025", "2025-07-04"),
        ("on 25/12/2025", "2025-12-25"),
        ("on Dec. 25, 2025", "2025-12-25"),
        ("on 99/99/2025", None),
    ],
)
def test_dates_become_iso(text: str, value: str | None) -> None:
    schema = {"properties": {"date": field("string", format="date")}}
    assert facts(text, schema).data == {"date": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("costs €12,50", 12.5),
        ("costs 1.2 million dollars", 1_200_000),
        ("costs USD 3,000", 3000),
        ("costs 5k EUR", 5000),
    ],
)
def test_money_becomes_a_number(text: str, value: float) -> None:
    assert facts(text, {"properties": {"cost": field("number", format="money")}}).data == {"cost": value}


def test_a_nested_object_is_filled() -> None:
    inner = {"type": "object", "properties": {"email": TEXT}}
    assert facts(INVOICE, {"properties": {"contact": inner}}).data == {
        "contact": {"email": "billing@acme.example"}
    }


def test_a_list_of_objects_is_refused() -> None:
    schema = {"properties": {"rows": {"type": "array", "items": {"type": "object"}}}}
    with pytest.raises(CallError, match="list of objects"):
        facts(INVOICE, schema)


async def test_without_fields_it_refuses_and_with_them_the_text_is_json() -> None:
    request = ModelRequest("extract", (Message("user", INVOICE),), text=INVOICE)
    with pytest.raises(CallError, match="names none"):
        await ask("facts", request)
    schema = {"type": "object", "properties": {"email": TEXT}}
    reply = await ask("facts", ModelRequest("extract", request.messages, text=INVOICE, schema=schema))
    assert reply.text == '{"email": "billing@acme.example"}'
    assert reply.data == {"email": "billing@acme.example"}
