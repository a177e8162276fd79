"""The tools of this recipe: what it may look up about a customer."""

import csv
from pathlib import Path

ACCOUNTS = Path(__file__).parent / "data" / "accounts.csv"

URGENT = frozenset(
    {
        "lost_or_stolen_card",
        "lost_or_stolen_phone",
        "compromised_card",
        "card_payment_not_recognised",
        "cash_withdrawal_not_recognised",
        "direct_debit_payment_not_recognised",
        "card_swallowed",
        "cancel_transfer",
    }
)
"""The intents where every minute may cost the customer money."""


def find_account(customer: str) -> dict[str, object]:
    """Look up a customer by id (``C-1001``); for an unknown one ``found`` is false and ``plan`` is None."""
    wanted = customer.strip().upper()
    with ACCOUNTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"] == wanted:
                return {"found": True, **_cleaned(row)}
    return {"found": False, "id": wanted, "name": None, "plan": None, "status": None, "notes": ""}


def urgency(label: str) -> str:
    """``high`` for the intents where money is at risk now, else ``normal``."""
    return "high" if label in URGENT else "normal"


def _cleaned(row: dict[str, str]) -> dict[str, object]:
    """One account with its typing habits evened out: the file was filled in by many hands."""
    fields: dict[str, object] = {key: value.strip() for key, value in row.items()}
    fields["plan"] = row["plan"].strip().capitalize()
    fields["cards"] = int(row["cards"] or 0)
    fields["since"] = row["since"].strip() or None
    return fields
