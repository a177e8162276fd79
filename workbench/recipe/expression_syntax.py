"""The syntax of expressions: text to a small tree, with the place of every name.

The grammar is minijinja's.  We parse it ourselves, before minijinja does, to know which names an expression
mentions and where, to refuse what could reach or change a Python object, and to bound its depth: the engine's
own parser overflows the C stack on very long chains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from workbench.recipe.suggest import did_you_mean_or_list
from workbench.recipe.tokens import ExpressionSyntaxError, Token, tokens
from workbench.recipe.vocabulary import (
    CONSTANTS,
    FILTERS,
    FUNCTIONS,
    METHODS,
    NOT,
    OPERATORS,
    RESERVED,
    TESTS,
)

MAX_DEPTH = 100
MAX_NESTING = 40

Kind = Literal[
    "literal", "name", "attribute", "index", "slice", "call", "filter", "test", "unary", "binary",
    "conditional", "list", "tuple", "dict", "argument",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One node: ``value`` is its literal, name or operator; ``start..end`` are its characters."""

    kind: Kind
    start: int
    end: int
    value: Any = None
    parts: tuple[Node, ...] = ()
    depth: int = 1


def parse(text: str, start: int = 0, end: int | None = None) -> Node:
    """Read the expression at ``text[start:end]``."""
    return Parser(tokens(text, start, len(text) if end is None else end), text).whole()


def parse_targets(text: str, start: int, end: int) -> tuple[tuple[str, ...], Parser]:
    """Read ``a`` or ``a, b``, as after ``for`` and ``set``; the returned parser stands behind them."""
    parser = Parser(tokens(text, start, end), text)
    names = []
    bracketed = parser.take_sign("(")
    while True:
        token = parser.next()
        if token.kind != "name" or token.value in RESERVED or token.value in CONSTANTS:
            raise ExpressionSyntaxError("a name is expected here", token.start, str(token.value))
        names.append(token.value)
        if not parser.take_sign(","):
            break
    if bracketed:
        parser.expect(")")
    return tuple(names), parser


class Parser:
    """Precedence climbing over the tokens of one expression."""

    def __init__(self, found: list[Token], text: str) -> None:
        self.tokens, self.text, self.at = found, text, 0
        self.nesting = 0

    def peek(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def next(self) -> Token:
        """Take the next token; the end can be taken again and again."""
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def take_sign(self, *signs: str) -> Token | None:
        """Take the next token when it is one of these signs."""
        token = self.peek()
        return self.next() if token.kind == "sign" and token.value in signs else None

    def take_word(self, *words: str) -> Token | None:
        """Take the next token when it is one of these words."""
        token = self.peek()
        return self.next() if token.kind == "name" and token.value in words else None

    def expect(self, sign: str) -> Token:
        """Take a sign that must stand here."""
        token = self.take_sign(sign)
        if token is None:
            self.unexpected(f"{sign} is expected")
        assert token is not None
        return token

    def unexpected(self, expected: str) -> None:
        """Refuse what stands here."""
        token = self.peek()
        shown = "the expression ends" if token.kind == "end" else f"{token.value} stands"
        raise ExpressionSyntaxError(
            f"{expected}, but {shown} here", token.start, self.text[token.start : token.end]
        )

    def whole(self) -> Node:
        """One expression and nothing behind it."""
        node = self.expression()
        if self.peek().kind != "end":
            self.unexpected("an operator or the end is expected")
        return node

    def make(self, kind: Kind, start: int, value: Any, *parts: Node) -> Node:
        """A node that ends where the parser stands."""
        depth = 1 + max((part.depth for part in parts), default=0)
        if depth > MAX_DEPTH:
            raise ExpressionSyntaxError("this expression is nested too deep", start)
        return Node(kind, start, self.tokens[max(self.at - 1, 0)].end, value, parts, depth)

    def expression(self) -> Node:
        """``a if b else c``, the loosest of all."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise ExpressionSyntaxError("this expression is nested too deep", self.peek().start)
        node = self.binary(1)
        while self.take_word("if"):
            condition = self.binary(1)
            parts = (node, condition, self.expression()) if self.take_word("else") else (node, condition)
            node = self.make("conditional", node.start, None, *parts)
        self.nesting -= 1
        return node

    def binary(self, level: int) -> Node:
        """Operators at least as strong as ``level``, grouped to the left."""
        if level <= NOT and self.peek().kind == "name" and self.peek().value == "not":
            node = self.negation()
        else:
            node = self.unary()
        while True:
            operator = self._operator()
            strength = OPERATORS.get(operator, 0)
            if strength < level or not strength:
                return node
            for _ in operator.split():
                self.next()
            node = self.make("binary", node.start, operator, node, self.binary(strength + 1))

    def negation(self) -> Node:
        """One or more ``not``, which bind looser than comparisons."""
        signs = []
        while (token := self.take_word("not")) is not None:
            signs.append(token)
        node = self.binary(NOT + 1)
        for token in reversed(signs):
            node = self.make("unary", token.start, "not", node)
        return node

    def _operator(self) -> str:
        """The binary operator that stands here, or an empty text."""
        token, after = self.peek(), self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.kind == "sign" or (token.kind == "name" and token.value in ("and", "or", "in")):
            return str(token.value)
        if token.kind == "name" and token.value == "not" and after.kind == "name" and after.value == "in":
            return "not in"
        return ""

    def unary(self) -> Node:
        """A primary with its signs, then the attributes, calls, filters and tests that follow."""
        signs = []
        while (token := self.take_sign("-", "+")) is not None:
            signs.append(token)
        node = self.attributes(self.primary())
        for token in reversed(signs):
            node = self.make("unary", token.start, token.value, node)
        return self.filters(node)

    def primary(self) -> Node:
        """A literal, a name, or something in brackets."""
        token = self.next()
        if token.kind == "number":
            return self.make("literal", token.start, token.value)
        if token.kind == "text":
            value = token.value
            while self.peek().kind == "text":
                value += self.next().value
            return self.make("literal", token.start, value)
        if token.kind == "name" and token.value in CONSTANTS:
            return self.make("literal", token.start, CONSTANTS[token.value])
        if token.kind == "name" and token.value not in RESERVED:
            return self.make("name", token.start, token.value)
        if token.kind == "sign" and token.value in ("(", "[", "{"):
            return {"(": self.parentheses, "[": self.brackets, "{": self.braces}[token.value](token.start)
        self.at -= 1 if token.kind != "end" else 0
        self.unexpected("a value is expected")
        raise AssertionError

    def parentheses(self, start: int) -> Node:
        """A bracketed expression, or a tuple."""
        if self.take_sign(")"):
            return self.make("tuple", start, None)
        items = [self.expression()]
        single = True
        while self.take_sign(","):
            single = False
            if self.peek().value == ")":
                break
            items.append(self.expression())
        self.expect(")")
        # A bracketed expression keeps its own node, widened over its brackets.
        inner = items[0]
        if single:
            return Node(
                inner.kind, start, self.tokens[self.at - 1].end, inner.value, inner.parts, inner.depth
            )
        return self.make("tuple", start, None, *items)

    def brackets(self, start: int) -> Node:
        """A list."""
        items = []
        while not self.take_sign("]"):
            items.append(self.expression())
            if not self.take_sign(","):
                self.expect("]")
                break
        return self.make("list", start, None, *items)

    def braces(self, start: int) -> Node:
        """An object."""
        items = []
        while not self.take_sign("}"):
            items.append(self.expression())
            self.expect(":")
            items.append(self.expression())
            if not self.take_sign(","):
                self.expect("}")
                break
        return self.make("dict", start, None, *items)

    def attributes(self, node: Node) -> Node:
        """``.name``, ``[index]`` and ``(arguments)`` behind a value."""
        while True:
            if self.take_sign("."):
                token = self.next()
                if token.kind == "number" and isinstance(token.value, float):
                    node = self._numbers(node, token)
                elif token.kind in ("name", "number"):
                    node = self.make("attribute", node.start, token.value, node)
                else:
                    self.at -= 1 if token.kind != "end" else 0
                    self.unexpected("a name is expected behind the dot")
            elif self.take_sign("["):
                node = self.index(node)
            elif self.peek().kind == "sign" and self.peek().value == "(":
                node = self.call(node)
            else:
                return node

    def _numbers(self, node: Node, token: Token) -> Node:
        """``a.0.1``: the lexer saw one number."""
        for part in self.text[token.start : token.end].split("."):
            node = self.make("attribute", node.start, int(part), node)
        return node

    def index(self, node: Node) -> Node:
        """``[index]`` or ``[start:stop:step]`` behind a value."""
        parts: list[Node] = []
        colons = 0
        while not self.take_sign("]"):
            if self.take_sign(":"):
                colons += 1
            elif len(parts) > colons:
                self.unexpected("] is expected")
            else:
                parts.append(self.expression())
        if colons:
            return self.make("slice", node.start, None, node, *parts)
        if len(parts) != 1:
            self.unexpected("an index is expected")
        return self.make("index", node.start, None, node, parts[0])

    def call(self, node: Node) -> Node:
        """``(arguments)`` behind a function or method that may be called."""
        allowed = (node.kind == "attribute" and node.value in METHODS) or (
            node.kind == "name" and node.value in FUNCTIONS
        )
        if not allowed:
            name = str(node.value) if node.kind in ("name", "attribute") else ""
            at = node.end - len(name) if name else node.start
            known = METHODS if node.kind == "attribute" else FUNCTIONS
            raise ExpressionSyntaxError(
                f"{name or 'this'} cannot be called",
                at,
                name,
                did_you_mean_or_list(name, sorted(known)),
            )
        return self.make("call", node.start, None, node, *self.arguments())

    def arguments(self) -> list[Node]:
        """``(a, b=c)``."""
        self.expect("(")
        found: list[Node] = []
        while not self.take_sign(")"):
            token, after = self.peek(), self.tokens[min(self.at + 1, len(self.tokens) - 1)]
            if token.kind == "name" and after.kind == "sign" and after.value == "=":
                self.next()
                self.next()
                found.append(self.make("argument", token.start, token.value, self.expression()))
            else:
                found.append(self.expression())
            if not self.take_sign(","):
                self.expect(")")
                break
        return found

    def filters(self, node: Node) -> Node:
        """``| filter`` and ``is test``."""
        while True:
            if self.take_sign("|"):
                name = self._known("filter", FILTERS)
                arguments = self.arguments() if self.peek().value == "(" else []
                node = self.make("filter", node.start, name, node, *arguments)
                node = self.attributes(node)
            elif self.take_word("is"):
                negated = self.take_word("not") is not None
                name = self._known("test", TESTS)
                arguments = self._test_arguments()
                node = self.make("test", node.start, name, node, *arguments)
                if negated:
                    node = self.make("unary", node.start, "not", node)
            else:
                return node

    def _test_arguments(self) -> list[Node]:
        token = self.peek()
        if token.kind == "sign" and token.value == "(":
            return self.arguments()
        plain = token.kind in ("number", "text") or (token.kind == "name" and token.value not in RESERVED)
        return [self.attributes(self.primary())] if plain else []

    def _known(self, what: str, known: frozenset[str]) -> str:
        token = self.next()
        name = str(token.value)
        if token.kind != "name":
            self.at -= 1 if token.kind != "end" else 0
            self.unexpected(f"the name of a {what} is expected")
        if name not in known:
            hint = did_you_mean_or_list(name, sorted(known))
            raise ExpressionSyntaxError(f"there is no {what} {name}", token.start, name, hint)
        return name
