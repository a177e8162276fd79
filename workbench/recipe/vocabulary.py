"""The words of the expression language: what a template may use."""

from __future__ import annotations

FILTERS = frozenset({
    "abs", "bool", "capitalize", "chain", "count", "d", "default", "dictsort", "first",
    "float", "groupby", "indent", "int", "items", "join", "last", "length", "lines", "list", "lower",
    "map", "max", "min", "pluralize", "reject", "rejectattr", "replace", "reverse", "round", "select",
    "selectattr", "sort", "split", "string", "striptags", "sum", "title", "tojson", "trim", "truncate",
    "unique", "upper", "urlencode", "zip",
})  # fmt: skip
TESTS = frozenset({
    "boolean", "defined", "divisibleby", "endingwith", "eq", "equalto", "even", "false", "float", "ge",
    "greaterthan", "gt", "in", "int", "integer", "iterable", "le", "lessthan", "lower", "lt", "mapping",
    "ne", "none", "number", "odd", "sameas", "sequence", "startingwith", "string", "true", "undefined",
    "upper",
})  # fmt: skip
FUNCTIONS = frozenset({
    "dict", "range",
})  # fmt: skip
METHODS = frozenset({
    "capitalize", "count", "endswith", "find", "get", "isdigit", "items", "join", "keys", "lower",
    "lstrip", "replace", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper",
    "values",
})  # fmt: skip
"""Methods that only read.  Others could change a value in place, as ``append`` does."""

CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
OPERATORS = {
    "or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4, "not in": 4,
    "+": 5, "-": 5, "~": 6, "*": 7, "/": 7, "//": 7, "%": 7, "**": 8,
}  # fmt: skip
NOT = 3
"""How strongly operators bind; ``not`` stands between ``and`` and the comparisons."""
RESERVED = frozenset({"and", "or", "not", "in", "is", "if", "else"})
