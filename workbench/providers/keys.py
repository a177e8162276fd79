"""Keys: read from the environment or ``.env`` at each call, and kept out of all that is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from workbench.events import Json

SHORTEST_SECRET = 8
"""Shorter values are placeholders such as ``none`` or ``EMPTY``, which ordinary texts hold too."""
HIDDEN = "[key removed]"
IN_PIECES = "[removed: it holds a key in pieces]"
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
MAX_ENV_BYTES = 256 * 1024


class Keys:
    """Looks keys up by the names of their variables; the environment wins over ``.env`` in ``folder``."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._file = folder / ".env"
        self._read: tuple[tuple[int, int] | None, dict[str, str]] = (None, {})

    def get(self, variable: str) -> str:
        """The value of ``variable``, empty when it is not set."""
        found = self._environment.get(variable) or self._from_file().get(variable, "")
        return found.strip()

    def _from_file(self) -> dict[str, str]:
        """The variables of ``.env``, read again when the file changed."""
        try:
            state = self._file.stat()
            version = (state.st_mtime_ns, state.st_size)
            if version != self._read[0]:
                small = state.st_size <= MAX_ENV_BYTES
                text = self._file.read_text("utf-8-sig", "replace") if small else ""
                self._read = (version, parse_env(text))
        except (OSError, ValueError):
            self._read = (None, {})
        return self._read[1]

    def __repr__(self) -> str:
        """No values."""
        return "Keys()"


def parse_env(text: str) -> dict[str, str]:
    """The variables of a ``.env`` file: ``NAME=value`` lines, quotes and comments as usual."""
    found = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name, value = match.groups()
        if value[:1] in "\"'" and value[:1]:
            closing = value.find(value[0], 1)
            value = value[1:closing] if closing > 0 else value[1:]
        else:
            value = re.split(r"\s+#", value, maxsplit=1)[0]
        found[name] = value
    return found


class Redactor:
    """Removes known secrets from whatever is to be shown or kept."""

    def __init__(self, secrets: list[str]) -> None:
        forms = []
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                forms += [secret, quote(secret, safe=""), json.dumps(secret)[1:-1]]
        self._forms = sorted(set(forms), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if forms else None

    @property
    def hides(self) -> bool:
        """False where there is no secret to hide."""
        return self._pattern is not None

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        if self._pattern is None or len(text) < SHORTEST_SECRET:
            return text
        return self._pattern.sub(HIDDEN, text)

    def begun(self, text: str) -> int:
        """How many characters at the end of ``text`` may be the beginning of a secret."""
        most = 0
        for form in self._forms:
            at = text.find(form[0], max(len(text) - len(form) + 1, 0))
            while at >= 0 and not form.startswith(text[at:]):
                at = text.find(form[0], at + 1)
            most = max(most, len(text) - at if at >= 0 else 0)
        return most

    def json(self, value: Json) -> Json:
        """``value`` without secrets, in keys and values at any depth."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.json(key): self.json(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(each) for each in value]
        return value


class Veil:
    """Hides secrets in a text that is shown as it comes: what may be the beginning of one is held back."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def shown(self, piece: str) -> str:
        """What can be shown now that ``piece`` has come."""
        if not self._redactor.hides:
            return piece
        text = self._redactor.text(self._held + piece)
        open_to = len(text) - self._redactor.begun(text)
        self._held = text[open_to:]
        return text[:open_to]

    def rest(self) -> str:
        """What was held back, when nothing more comes."""
        held, self._held = self._held, ""
        return held
