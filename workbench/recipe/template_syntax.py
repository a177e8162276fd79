"""The syntax of templates: which parts print, loop and bind, and the same template made safe to render.

A template is cut into text and tags; each expression is read by ``expression_syntax``.  The result holds
every mention with its place, and ``rendered``: the template with whitespace control worked in, a marker
around each ``{{ … }}`` and a size limit on what can grow.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.recipe.expression_syntax import Node, Parser, parse, parse_targets
from workbench.recipe.mentions import (
    Binding,
    Comparison,
    Mention,
    Scope,
    binding_of,
    comparisons_of,
    mentions_of,
    sources_of,
)
from workbench.recipe.rewriting import Writer
from workbench.recipe.suggest import did_you_mean
from workbench.recipe.tokens import TOKEN, ExpressionSyntaxError

NONCE = secrets.token_hex(8)
"""Private to this process: no value can hold it, so no value can pretend to be a marker."""
MARKER = re.compile(f"\x01{NONCE}([0-9]*)\x02")
MAX_BLOCKS = 30
STATEMENTS = ("for", "if", "elif", "else", "set", "with", "raw", "endfor", "endif", "endset", "endwith")
OPEN = re.compile(r"\{[{%#]")
RAW_END = re.compile(r"\{%([-+]?)\s*endraw\s*([-+]?)%\}")


@dataclass(frozen=True, slots=True)
class Output:
    """One ``{{ … }}``: its characters in the template, its expression, the one name its value comes from."""

    start: int
    end: int
    node: Node
    mention: str
    """Empty when the value is computed from several names, or from none."""


@dataclass(frozen=True)
class Template:
    """A template that was read."""

    source: str
    outputs: tuple[Output, ...]
    mentions: tuple[Mention, ...]
    rendered: str
    """The source made safe to render."""
    places: tuple[tuple[int, int], ...]
    """Pairs of an offset in ``rendered`` and the offset in ``source`` that it was made from, ascending."""
    roots: frozenset[str]
    comparisons: tuple[Comparison, ...] = ()
    is_template: bool = True
    """False for a bare expression."""

    @cached_property
    def value(self) -> str:
        """The expression of the one output, made safe, for its native value."""
        text = MARKER.sub("", self.rendered).strip()
        return text[2:-2] if self.is_template else text

    @property
    def only(self) -> Output | None:
        """The one output, when the template is nothing but ``{{ … }}``."""
        if len(self.outputs) != 1:
            return None
        output = self.outputs[0]
        outside = self.source[: output.start] + self.source[output.end :]
        return None if outside.strip() else output

    def origin(self, offset: int) -> int:
        """The offset in the source of an offset in ``rendered``."""
        at = (0, 0)
        for place in self.places:
            if place[0] > offset:
                break
            at = place
        return at[1] + offset - at[0]


@lru_cache(maxsize=1024)
def read_template(source: str) -> Template:
    """Read a template; ExpressionSyntaxError with the offset of what is wrong."""
    return _Reader(source).read()


@lru_cache(maxsize=1024)
def read_expression(source: str) -> Template:
    """Read a bare expression (or one wrapped in a single ``{{ }}``) as a template with one output."""
    stripped = source.strip()
    start, end = 0, len(source)
    if stripped.startswith("{{") and stripped.endswith("}}") and "{{" not in stripped[2:]:
        start, end = source.index("{{") + 2, source.rindex("}}")
        start += source[start : start + 1] in ("-", "+")
        end -= source[end - 1 : end] in ("-", "+")
    node = parse(source, start, end)
    found = tuple(mentions_of(node))
    sources = sources_of(node)
    only = next(iter(sources)) if len(sources) == 1 else ""
    writer = Writer(source)
    writer.expression(node, start, end)
    roots = frozenset(str(mention.path[0]) for mention in found)
    output = Output(start, end, node, only)
    compared = tuple(comparisons_of(node))
    places = tuple(writer.places)
    return Template(source, (output,), found, writer.text(), places, roots, compared, is_template=False)


@dataclass
class _Block:
    """An open ``for``, ``if``, ``set`` or ``with``."""

    name: str
    start: int
    scoped: bool = False
    looped_text: int = 0
    bound: str = ""
    sources: frozenset[str] = frozenset()


class _Reader:
    """Reads one template."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.writer = Writer(source)
        self.scope = Scope()
        self.blocks: list[_Block] = []
        self.outputs: list[Output] = []
        self.mentions: list[Mention] = []
        self.comparisons: list[Comparison] = []
        self.trim_next = False

    def read(self) -> Template:
        """Read all of it."""
        at = 0
        while (match := OPEN.search(self.source, at)) is not None:
            at = self.tag(at, match.start())
        self.data(at, len(self.source), False)
        if self.blocks:
            block = self.blocks[-1]
            raise ExpressionSyntaxError(f"{{% {block.name} %}} has no {{% end{block.name} %}}", block.start)
        roots = frozenset(str(mention.path[0]) for mention in self.mentions)
        return Template(
            self.source,
            tuple(self.outputs),
            tuple(self.mentions),
            self.writer.text(),
            tuple(self.writer.places),
            roots,
            tuple(self.comparisons),
        )

    def data(self, start: int, end: int, trim_end: bool) -> None:
        """Plain text between tags, trimmed as its neighbours ask."""
        if self.trim_next:
            while start < end and self.source[start].isspace():
                start += 1
        if trim_end:
            while end > start and self.source[end - 1].isspace():
                end -= 1
        self.trim_next = False
        for block in self.blocks:
            block.looped_text += end - start
        self.writer.copy(start, end)

    def tag(self, before: int, start: int) -> int:
        """One tag; returns the offset behind it."""
        kind = self.source[start + 1]
        sign = self.source[start + 2 : start + 3]
        self.data(before, start, sign == "-")
        inside = start + 2 + (sign in ("-", "+") and bool(sign))
        if kind == "#":
            close = self.source.find("#}", inside)
            if close < 0:
                raise ExpressionSyntaxError("this comment has no end: #}", start, "{#")
            self.trim_next = self.source[close - 1] == "-" and close > inside
            return close + 2
        close = self.close(inside, "}}" if kind == "{" else "%}", start)
        trimmed = self.source[close - 1] in "-+" and close > inside
        end, behind = close - trimmed, close + 2
        if kind == "{":
            self.output(start, inside, end, behind)
        else:
            behind = self.statement(start, inside, end, behind)
        if self.source[behind - 3] == "-" and behind - 3 >= inside:
            self.trim_next = True
        return behind

    def close(self, at: int, sign: str, start: int) -> int:
        """Where the tag that begins at ``start`` ends, minding texts and braces."""
        depth = 0
        while at < len(self.source):
            if depth <= 0 and self.source.startswith(sign, at):
                return at
            match = TOKEN.match(self.source, at)
            depth += (self.source[at] == "{") - (self.source[at] == "}")
            at = match.end() if match else at + 1
        raise ExpressionSyntaxError(f"this has no end: {sign}", start, self.source[start : start + 20])

    def output(self, start: int, inside: int, end: int, behind: int) -> None:
        """One ``{{ … }}``."""
        node = parse(self.source, inside, end)
        self.note(node)
        sources = sources_of(node, self.scope)
        mention = next(iter(sources)) if len(sources) == 1 else ""
        capturing = next((block for block in self.blocks if block.bound), None)
        if capturing is not None:
            # This text is kept under a name, so where it lands is where that name is printed.
            capturing.sources |= sources
            self.print(node, inside, end)
            return
        number = len(self.outputs)
        self.outputs.append(Output(start, behind, node, mention))
        self.writer.add(f"\x01{NONCE}{number}\x02", start)
        self.print(node, inside, end)
        self.writer.add(f"\x01{NONCE}\x02", behind)

    def print(self, node: Node, inside: int, end: int) -> None:
        """Write an expression to be printed."""
        self.writer.add("{{ ", inside)
        self.writer.expression(node, inside, end)
        self.writer.add(" }}", end)

    def note(self, node: Node) -> None:
        """Keep what an expression mentions and compares."""
        self.mentions.extend(mentions_of(node, self.scope))
        self.comparisons.extend(comparisons_of(node, self.scope))

    def statement(self, start: int, inside: int, end: int, behind: int) -> int:
        """One ``{% … %}``; returns the offset behind it (behind ``endraw`` for a raw block)."""
        match = re.compile(r"\s*([a-z_]+)").match(self.source, inside, end)
        word = match.group(1) if match else ""
        if match is None or word not in STATEMENTS:
            shown = word or self.source[inside:end].strip()[:20]
            known = ("for", "if", "set", "with", "raw")
            hint = did_you_mean(shown, STATEMENTS) or f"what works: {', '.join(known)}"
            raise ExpressionSyntaxError(f"{{% {shown} %}} does not work in a recipe", inside, shown, hint)
        if word == "raw":
            return self.raw(start, behind)
        place = match.end()
        if word.startswith("end"):
            self.finish(word, start)
        elif word in ("else", "elif"):
            self.otherwise(word, start)
        self.writer.add("{% ", start)
        if word in ("for", "set", "with", "if", "elif"):
            getattr(self, f"on_{word}")(start, place, end)
        else:
            if self.source[place:end].strip():
                raise ExpressionSyntaxError(f"nothing can stand behind {word}", place, self.source[place:end])
            self.writer.copy(inside, end)
        self.writer.add(" %}", end)
        return behind

    def raw(self, start: int, behind: int) -> int:
        """A ``raw`` block; returns the offset behind it."""
        match = RAW_END.search(self.source, behind)
        if match is None:
            raise ExpressionSyntaxError("{% raw %} has no {% endraw %}", start)
        self.trim_next = self.source[behind - 3] == "-"
        self.writer.add("{% raw %}", start)
        self.data(behind, match.start(), match.group(1) == "-")
        self.writer.add("{% endraw %}", match.start())
        self.trim_next = match.group(2) == "-"
        return match.end()

    def open(self, name: str, start: int, **more: object) -> None:
        """A block begins."""
        if len(self.blocks) >= MAX_BLOCKS:
            raise ExpressionSyntaxError("blocks are nested too deep", start)
        self.blocks.append(_Block(name, start, **more))  # type: ignore[arg-type]

    def finish(self, word: str, start: int) -> None:
        """``endfor`` and its like."""
        block = self.blocks.pop() if self.blocks else None
        if block is None or f"end{block.name}" != word:
            expected = f"; {{% end{block.name} %}} is expected" if block else ""
            raise ExpressionSyntaxError(f"{{% {word} %}} closes nothing{expected}", start, word)
        if block.scoped:
            self.scope.levels.pop()
        if block.bound:
            self.scope.levels[-1][block.bound] = Binding(None, block.sources)
        if block.name == "for" and block.looped_text:
            self.writer.add(f"{{{{ {block.looped_text}|_looped }}}}", start)

    def otherwise(self, word: str, start: int) -> None:
        """``else`` and ``elif`` must stand in a block that has them."""
        block = self.blocks[-1] if self.blocks else None
        if block is None or block.name not in (("if",) if word == "elif" else ("if", "for")):
            raise ExpressionSyntaxError(f"{{% {word} %}} stands outside an if", start, word)

    def on_if(self, start: int, place: int, end: int) -> None:
        """``if`` and its condition."""
        self.writer.add("if ", start)
        self.plain(place, end)
        self.open("if", start)

    def on_elif(self, start: int, place: int, end: int) -> None:
        """``elif`` and its condition."""
        self.writer.add("elif ", start)
        self.plain(place, end)

    def plain(self, place: int, end: int) -> None:
        """Write a condition."""
        node = parse(self.source, place, end)
        self.note(node)
        self.writer.expression(node, place, end)

    def on_for(self, start: int, place: int, end: int) -> None:
        """``for names in list``, perhaps with ``if`` behind it."""
        names, parser = parse_targets(self.source, place, end)
        if parser.take_word("in") is None:
            parser.unexpected("in is expected")
        begin = parser.peek().start
        node = parser.binary(1)
        finish = parser.peek().start
        self.writer.add(f"for {', '.join(names)} in ", place)
        self.note(node)
        self.writer.expression(node, begin, finish)
        binding = binding_of(node, self.scope, looped=True)
        if len(names) > 1:
            binding = Binding(None, sources_of(node, self.scope))
        level = dict.fromkeys(names, binding)
        self.scope.levels.append({**level, "loop": Binding(None)})
        self.open("for", start, scoped=True)
        if parser.take_word("if") is not None:
            begin = parser.peek().start
            condition = parser.expression()
            self.writer.add(" if ", begin)
            self.note(condition)
            self.writer.expression(condition, begin, end)
        if parser.peek().kind != "end":
            parser.unexpected("the end of the for is expected")

    def on_set(self, start: int, place: int, end: int) -> None:
        """``set name = value``, or a block whose text is kept under the name."""
        names, parser = parse_targets(self.source, place, end)
        self.writer.add(f"set {', '.join(names)}", place)
        if parser.peek().kind == "end" and len(names) == 1:
            self.open("set", start, bound=names[0])
            return
        self.assigned(names, parser, end)
        if parser.peek().kind != "end":
            parser.unexpected("the end of the set is expected")

    def on_with(self, start: int, place: int, end: int) -> None:
        """``with name = value, …``."""
        self.writer.add("with ", place)
        self.scope.levels.append({})
        self.open("with", start, scoped=True)
        while self.source[place:end].strip():
            names, parser = parse_targets(self.source, place, end)
            self.writer.add(names[0], place)
            self.assigned(names, parser, end)
            comma = parser.take_sign(",")
            place = parser.peek().start
            if comma is None:
                if parser.peek().kind != "end":
                    parser.unexpected("a comma is expected")
                break
            self.writer.add(", ", comma.start)

    def assigned(self, names: tuple[str, ...], parser: Parser, end: int) -> None:
        """``= value`` behind the names of a ``set`` or ``with``."""
        parser.expect("=")
        begin = parser.peek().start
        node = parser.expression()
        self.writer.add(" = ", begin)
        self.note(node)
        self.writer.expression(node, begin, parser.peek().start)
        binding = binding_of(node, self.scope, looped=False)
        if len(names) > 1:
            binding = Binding(None, sources_of(node, self.scope))
        self.scope.levels[-1].update(dict.fromkeys(names, binding))
