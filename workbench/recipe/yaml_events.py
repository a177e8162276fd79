"""The parser of ruamel.yaml with its inner loops replaced: the same events at a fraction of the time.

A text of thousands of lines is read after every pause in typing.  Only what is searched character by
character is done otherwise here, by regular expressions; every decision about the language stays ruamel's,
and texts that need what is rare (directives, marks within the text) go the ordinary way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import Event, ScalarEvent
from ruamel.yaml.parser import Parser
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ScalarToken

RARE = re.compile("^%|[\ufeff\r]", re.MULTILINE)
"""What only ruamel's own loops know: directives, byte order marks and other line ends."""
ENDS = "\0\n\x85\u2028\u2029"
GAP = re.compile(f"(?: *(?:#[^{ENDS}]*)?[\n\x85\u2028\u2029])* *(?:#[^{ENDS}]*)?")
FLOW_GAP = re.compile(f"(?:[ \t]*(?:#[^{ENDS}]*)?[\n\x85\u2028\u2029])*[ \t]*(?:#[^{ENDS}]*)?")
PLAIN = re.compile(f"(?:[^{ENDS} \t:]|:(?![{ENDS} \t]))*")
FLOW_PLAIN = re.compile(f"(?:[^{ENDS} \t:,\\[\\]{{}}]|:(?![{ENDS} \t]))*")
QUOTED = {
    '"': re.compile(f'"[^"\\\\{ENDS}]*"'),
    "'": re.compile(f"'[^'{ENDS}]*'(?!')"),
}
BLANKS = " \n\x85\u2028\u2029"
ODD_BREAKS = frozenset("\x85\u2028\u2029")
WORD = re.compile(r"[A-Za-z0-9_(/.$+~]")
"""A character with which only a plain text can begin, where no document ends."""


def parse(text: str) -> Iterator[Event]:
    """The events of a YAML text; raises what ruamel raises."""
    if RARE.search(text):
        yield from YAML(typ="safe", pure=True).parse(text)
        return
    parser = _Parser(text)
    while parser.check_event():
        yield parser.get_event()


class _Mark:
    """A place in the text."""

    __slots__ = ("column", "index", "line", "name")

    def __init__(self, index: int, line: int, column: int) -> None:
        self.name, self.index, self.line, self.column = "", index, line, column


class _Reader(Reader):
    """A text without other line ends than ``\\n``."""

    def forward(self, length: int = 1) -> None:
        start = self.pointer
        end = start + length
        if end > len(self.buffer):
            raise IndexError
        self.pointer = self.index = end
        breaks = self.buffer.count("\n", start, end)
        if breaks:
            self.line += breaks
            self.column = end - self.buffer.rfind("\n", start, end) - 1
        else:
            self.column += length

    def get_mark(self) -> Any:
        return _Mark(self.index, self.line, self.column)


class _Settings:
    """What the parser asks of its surroundings: YAML 1.2, no comments kept."""

    def __init__(self) -> None:
        self.version = None
        self.comment_handling = None
        self.processing_version = (1, 2)
        self.doc_infos: list[Any] = []
        self.tags: dict[Any, Any] = {}


class _Scanner(Scanner):
    reader: Any = None
    scanner_processing_version: Any = (1, 2)
    flow_level: Any = 0

    def __init__(self, text: str) -> None:
        self.reader = _Reader(text)
        self._ready = False
        super().__init__(_Settings())

    def _fill(self) -> None:
        while self.need_more_tokens():
            self.fetch_more_tokens()
        self._ready = True

    def check_token(self, *choices: Any) -> bool:
        if not self._ready:
            self._fill()
        return bool(self.tokens) and (not choices or isinstance(self.tokens[0], choices))

    def peek_token(self) -> Any:
        if not self._ready:
            self._fill()
        return self.tokens[0] if self.tokens else None

    def get_token(self) -> Any:
        if not self._ready:
            self._fill()
        if not self.tokens:
            return None
        self._ready = False
        self.tokens_taken += 1
        return self.tokens.pop(0)

    def stale_possible_simple_keys(self) -> None:
        line, index = self.reader.line, self.reader.index
        for key in self.possible_simple_keys.values():
            if key.line != line or index - key.index > 1024:
                super().stale_possible_simple_keys()
                return

    def fetch_more_tokens(self) -> Any:
        self.scan_to_next_token()
        reader = self.reader
        character = reader.buffer[reader.pointer]
        if WORD.match(character) and (reader.column or character != "."):
            self.stale_possible_simple_keys()
            self.unwind_indent(reader.column)
            self.fetch_plain()
        else:
            super().fetch_more_tokens()

    def scan_to_next_token(self) -> Any:
        reader = self.reader
        gap = FLOW_GAP if self.flow_level else GAP
        found = gap.match(reader.buffer, reader.pointer)
        assert found is not None
        if found.end() > reader.pointer:
            line = reader.line
            passed = found.group()
            reader.forward(len(passed))
            if not self.flow_level and (reader.line > line or not ODD_BREAKS.isdisjoint(passed)):
                self.allow_simple_key = True

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:
        super().fetch_flow_collection_start(TokenClass, to_push)
        self.flow_level = len(self.flow_context)

    def fetch_flow_collection_end(self, TokenClass: Any) -> None:
        super().fetch_flow_collection_end(TokenClass)
        self.flow_level = len(self.flow_context)

    def scan_plain(self) -> Any:
        reader, buffer, flow = self.reader, self.reader.buffer, self.flow_level
        plain = FLOW_PLAIN if flow else PLAIN
        start = end = reader.get_mark()
        indent = self.indent + 1
        chunks: list[str] = []
        spaces: Any = []
        while buffer[reader.pointer] != "#":
            found = plain.match(buffer, reader.pointer)
            assert found is not None
            words = found.group()
            if not words:
                break
            self.allow_simple_key = False
            chunks += (*spaces, words)
            reader.forward(len(words))
            end = reader.get_mark()
            if buffer[reader.pointer] not in BLANKS:
                break
            spaces = self.scan_plain_spaces(indent, start)
            if not spaces or (not flow and reader.column < indent):
                break
        return ScalarToken("".join(chunks), True, start, end)

    def scan_flow_scalar(self, style: Any) -> Any:
        reader = self.reader
        found = QUOTED[style].match(reader.buffer, reader.pointer)
        if found is None:
            return super().scan_flow_scalar(style)
        start = reader.get_mark()
        reader.forward(found.end() - found.start())
        return ScalarToken(found.group()[1:-1], False, start, reader.get_mark(), style)


class _Parser(Parser):
    scanner: Any = None
    resolver: Any = None

    def __init__(self, text: str) -> None:
        self.scanner = _Scanner(text)
        self.resolver = self.scanner.loader
        super().__init__(self.resolver)

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Any:
        if not isinstance(self.scanner.peek_token(), ScalarToken):
            return super().parse_node(block, indentless_sequence)
        token = self.scanner.get_token()
        self.state = self.states.pop()
        start, end = token.start_mark, token.end_mark
        return ScalarEvent(None, None, (token.plain, not token.plain), token.value, start, end, token.style)
