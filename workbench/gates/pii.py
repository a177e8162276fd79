"""The gate ``pii``: personal data with a shape, such as card numbers and e-mail addresses.

Names and postal addresses have no shape; it finds none of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workbench.events import Json
from workbench.gates.verdict import Subject, Verdict

_SPOKEN = {
    "card": "a card number",
    "iban": "a bank account number (IBAN)",
    "ssn": "a social security number",
    "email": "an e-mail address",
    "phone": "a phone number",
    "ip": "an IP address",
    "domain": "a web address",
}
KINDS: tuple[str, ...] = tuple(_SPOKEN)
"""What can be found."""

DEFAULT_KINDS = ("card", "iban", "ssn")
"""What is blocked where a recipe does not say: what an answer never needs."""

_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b"
)
_IP = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"
)
_HOST = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,3}"
_DOMAIN = re.compile(
    rf"(?<![\w@.-])(?:(?:https?://|www\.){_HOST}\.[A-Za-z]{{2,24}}|{_HOST}\.(?:com|org|net|edu|gov|io|co|info|"
    r"biz|eu|uk|de|fr|nl|ch|at|es|it|se|no|dk|pl|cz|ru|cn|jp|kr|br|mx|ca|au|nz|us|tv|app|dev|ai|xyz|online|"
    r"site|shop|hu|fi|pt|ie|be))\b(?![\w@-])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w/.+-])(?:\+|00)?\(?\d{1,4}\)?(?:[ .-]{1,2}\(?\d{2,6}\)?|\(\d{2,5}\)){1,5}(?:\s?x\d{1,6})?"
    r"(?![\w/-])|(?<![\w/.-])\+?\d{9,13}(?![\w-])"
)
_NOT_PHONE = re.compile(
    r"[12]\d{3}[-. ]\d{2}[-. ]\d{2}\b.*|\d{1,2}[.-]\d{1,2}[.-](?:\d{4}|\d{2})"
    r"|\d{1,2}(?:[ .]\d{3})+|\d{1,3}[ .]\d{3}"
)
_SURE_PHONE = re.compile(r"\+|00\d|.*\(|\d{3}-\d{4}$")
_FEWEST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One stretch of personal data."""

    start: int
    end: int
    kind: str


def pii(spec: Mapping[str, Json], subject: Subject) -> Verdict:
    """None of the kinds under ``block`` occur.  The reason names kinds, never the data itself."""
    blocked = _kinds(spec)
    found = find(subject.text, blocked)
    if not found:
        return Verdict(True, 1.0, f"holds no {', '.join(blocked)}")
    seen = dict.fromkeys(one.kind for one in found)
    return Verdict(False, 0.0, f"holds {' and '.join(_SPOKEN[kind] for kind in seen)}; leave it out")


def _kinds(spec: Mapping[str, Json]) -> tuple[str, ...]:
    asked = spec.get("block", DEFAULT_KINDS)
    if asked == "all":
        return KINDS
    return (asked,) if isinstance(asked, str) else tuple(asked)


def find(text: str, kinds: tuple[str, ...] = KINDS) -> list[Found]:
    """Personal data of these kinds, in the order of the text; of overlapping finds the surest kind wins."""
    taken: list[Found] = []
    for kind, finder in _FINDERS.items():
        for start, end in finder(text):
            if not any(start < other.end and other.start < end for other in taken):
                taken.append(Found(start, end, kind))
    return sorted((one for one in taken if one.kind in kinds), key=lambda one: one.start)


_Finder = Callable[[str], Iterator[tuple[int, int]]]


def _spans(pattern: re.Pattern[str], is_right: Callable[[str], bool]) -> _Finder:
    def spans(text: str) -> Iterator[tuple[int, int]]:
        for match in pattern.finditer(text):
            if is_right(match[0]):
                yield match.span()

    return spans


def is_card(text: str) -> bool:
    """Luhn's checksum over 12 to 19 digits."""
    digits = [int(character) for character in text if character.isdigit()]
    if not 12 <= len(digits) <= 19 or len(dict.fromkeys(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """The checksum of ISO 13616."""
    plain = re.sub(r"[ -]", "", text)
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def is_address(text: str) -> bool:
    """An IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text != "::"


def is_phone(text: str) -> bool:
    """Eight to fifteen digits (seven where it is written like one) that are no date and no amount."""
    digits = re.sub(r"x\d+$", "", text)
    count = sum(character.isdigit() for character in digits)
    fewest = _FEWEST_DIGITS - 1 if _SURE_PHONE.match(text) else _FEWEST_DIGITS
    return fewest <= count <= 15 and not _NOT_PHONE.fullmatch(text.strip())


def _always(text: str) -> bool:
    return True


_FINDERS: dict[str, _Finder] = {
    "email": _spans(_EMAIL, _always),
    "iban": _spans(_IBAN, is_iban),
    "card": _spans(_CARD, is_card),
    "ip": _spans(_IP, is_address),
    "ssn": _spans(_SSN, _always),
    "domain": _spans(_DOMAIN, _always),
    "phone": _spans(_PHONE, is_phone),
}
"""From the surest to the least sure."""
