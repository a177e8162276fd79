"""Which names an expression mentions, where, and where its value comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.recipe.expression_syntax import Node

ITEM = 0
"""In a mention's path: some item of a list."""

GUARDS = frozenset({"default", "d", "defined", "undefined"})
SAME_ITEMS = frozenset({"sort", "reverse", "list", "unique", "select", "selectattr", "reject", "rejectattr"})
ONE_ITEM = frozenset({"first", "last", "min", "max"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names a value: ``path`` from the root name on, ``offsets`` of each part in the text."""

    path: tuple[str | int, ...]
    offsets: tuple[int, ...]
    end: int
    guarded: bool = False
    """True where a missing value is expected: before ``default`` and ``is defined``."""
    called: str = ""
    """The filter, or loop, that this value goes into."""

    @property
    def dotted(self) -> str:
        """``search.documents`` for what reads items of it."""
        return dotted(self.path)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a template's own name (a loop variable, a ``set``) stands for."""

    path: tuple[str | int, ...] | None = None
    sources: frozenset[str] = frozenset()


@dataclass
class Scope:
    """A template's own names, innermost last."""

    levels: list[dict[str, Binding]] = field(default_factory=lambda: [{}])

    def find(self, name: str) -> Binding | None:
        """The binding of ``name``, or None when it comes from outside."""
        for level in reversed(self.levels):
            if name in level:
                return level[name]
        return None


NO_SCOPE = Scope()


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as text, up to its first list item."""
    names: list[str] = []
    for part in path:
        if not isinstance(part, str):
            break
        names.append(part)
    return ".".join(names)


def mentions_of(node: Node, scope: Scope = NO_SCOPE, guarded: bool = False) -> Iterator[Mention]:
    """Every outside name that ``node`` mentions, loop variables resolved to what they loop over."""
    chain = _chain(node)
    if chain is not None:
        root, steps, dynamic = chain
        yield from _resolved(root, steps, node.end, scope, guarded)
        for index in dynamic:
            yield from mentions_of(index, scope)
    elif node.kind == "call":
        function, *arguments = node.parts
        if function.kind == "attribute":
            yield from mentions_of(function.parts[0], scope)
        for argument in arguments:
            yield from mentions_of(argument, scope)
    else:
        expected = node.kind in ("filter", "test") and node.value in GUARDS
        for number, part in enumerate(node.parts):
            yield from mentions_of(part, scope, expected and number == 0)


def sources_of(node: Node, scope: Scope = NO_SCOPE) -> frozenset[str]:
    """The dotted names whose values can end up in ``node``'s value; conditions do not."""
    if node.kind == "conditional":
        return sources_of(node.parts[0], scope).union(*(sources_of(part, scope) for part in node.parts[2:]))
    chain = _chain(node)
    if chain is not None:
        bound = scope.find(chain[0].value) if chain[0].kind == "name" else None
        if bound is not None and bound.path is None:
            return bound.sources
        return frozenset(found.dotted for found in _resolved(chain[0], chain[1], node.end, scope, False))
    if node.kind == "call" and node.parts[0].kind == "attribute":
        parts = (node.parts[0].parts[0], *node.parts[1:])
    else:
        parts = node.parts if node.kind != "call" else node.parts[1:]
    return frozenset().union(*(sources_of(part, scope) for part in parts))


def binding_of(node: Node, scope: Scope, looped: bool) -> Binding:
    """What a name stands for that is bound to ``node``'s value, or to each item of it."""
    path = value_path(node, scope)
    if path is None:
        return Binding(None, sources_of(node, scope))
    return Binding((*path, ITEM) if looped else path)


def value_path(node: Node, scope: Scope = NO_SCOPE) -> tuple[str | int, ...] | None:
    """The path of the value when ``node`` only reads one; filters that keep a list's items may stand in."""
    if node.kind == "filter":
        if node.value in SAME_ITEMS:
            return value_path(node.parts[0], scope)
        if node.value in ONE_ITEM:
            path = value_path(node.parts[0], scope)
            return None if path is None else (*path, ITEM)
        return None
    chain = _chain(node)
    if chain is None or chain[2]:
        return None
    root, steps, _ = chain
    found = next(_resolved(root, steps, node.end, scope, False), None)
    return found.path if found else None


Chain = tuple[Node, list[tuple[str | int, int]], list[Node]]


def _chain(node: Node) -> Chain | None:
    """``a.b[0]['c']`` as its root name, its steps with their offsets, and indexes only known at run time."""
    steps: list[tuple[str | int, int]] = []
    dynamic: list[Node] = []
    while node.kind in ("attribute", "index", "slice"):
        if node.kind == "attribute":
            value = node.value if isinstance(node.value, str) else ITEM
            steps.append((value, node.end - len(str(node.value))))
        elif (
            node.kind == "index" and node.parts[1].kind == "literal" and isinstance(node.parts[1].value, str)
        ):
            steps.append((node.parts[1].value, node.parts[1].start))
        elif node.kind == "index" and _is_number(node.parts[1]):
            steps.append((ITEM, node.parts[1].start))
        else:
            # What stands behind an index known only at run time cannot be followed.
            steps.clear()
            dynamic.extend(node.parts[1:])
        node = node.parts[0]
    if node.kind != "name":
        return None
    return node, steps[::-1], dynamic


def _is_number(node: Node) -> bool:
    inner = node.parts[0] if node.kind == "unary" and node.value == "-" else node
    return inner.kind == "literal" and isinstance(inner.value, int) and not isinstance(inner.value, bool)


def _resolved(
    root: Node, steps: list[tuple[str | int, int]], end: int, scope: Scope, guarded: bool
) -> Iterator[Mention]:
    binding = scope.find(root.value)
    if binding is not None and binding.path is None:
        return
    head = binding.path if binding is not None and binding.path is not None else (root.value,)
    path = (*head, *(value for value, _ in steps))
    offsets = (*(root.start for _ in head), *(offset for _, offset in steps))
    yield Mention(path, offsets, end, guarded)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One place that compares a value with fixed texts: ``kind.label == 'complaint'``."""

    path: tuple[str | int, ...]
    texts: tuple[str, ...]
    offsets: tuple[int, ...]


def comparisons_of(node: Node, scope: Scope = NO_SCOPE) -> Iterator[Comparison]:
    """Every comparison of an outside value with fixed texts, within ``node``."""
    if node.kind == "binary" and node.value in ("==", "!=", "in", "not in"):
        left, right = node.parts
        # 'a' in kind.label asks for a part of a text, so only lists are compared by ``in``.
        pairs = ((left, right),) if "in" in node.value else ((left, right), (right, left))
        for value, other in pairs:
            path = value_path(value, scope)
            literals = other.parts if "in" in node.value and other.kind in ("list", "tuple") else (other,)
            if "in" in node.value and other.kind not in ("list", "tuple"):
                continue
            texts = [each for each in literals if each.kind == "literal" and isinstance(each.value, str)]
            if path is not None and texts and len(texts) == len(literals):
                yield Comparison(
                    path, tuple(each.value for each in texts), tuple(each.start for each in texts)
                )
    for part in node.parts:
        yield from comparisons_of(part, scope)
