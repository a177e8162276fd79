"""Rendering templates and working out expressions, on minijinja.

Values are data: they are put in once and never read as templates.  What a template may do is bounded in time
(fuel), in size (``MAX_OUTPUT``) and in reach (no names but the given ones, no method that changes anything).
None prints as nothing, true and false in lower case, lists and objects as JSON.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from minijinja import Environment, TemplateError

from workbench.errors import WorkbenchError
from workbench.events import Json
from workbench.recipe.expression_syntax import Node
from workbench.recipe.source import position
from workbench.recipe.suggest import did_you_mean_or_list
from workbench.recipe.template_syntax import MARKER, Template, read_expression, read_template
from workbench.recipe.tokens import ExpressionSyntaxError
from workbench.recipe.vocabulary import FUNCTIONS

FUEL = 200_000
MAX_OUTPUT = 4 * 1024 * 1024
MAX_ITEMS = 100_000
MAX_INDENT = 40
REMOVED_FILTERS = (
    "attr", "batch", "center", "e", "escape", "filesizeformat", "format", "pprint", "random", "safe", "slice",
    "wordcount", "wordwrap",
)  # fmt: skip
REMOVED_GLOBALS = ("cycler", "debug", "joiner", "lipsum", "namespace", "now")

Result = TypeVar("Result")


class ExpressionError(WorkbenchError):
    """A template or expression cannot be read, or failed on its values; the place is within its own text."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        line: int = 1,
        column: int = 1,
        text: str = "",
        offset: int = 0,
        suggestion: str = "",
    ) -> None:
        super().__init__(f"{message} ({suggestion})" if suggestion else message)
        self.line, self.column, self.text, self.offset = line, column, text, offset
        self.suggestion = suggestion
        self.bare = message


@dataclass(frozen=True, slots=True)
class Piece:
    """The characters ``start..end`` of a rendered text that one ``{{ }}`` printed.

    ``mention`` is the dotted name its value came from, loop variables resolved to what they loop over; empty
    when it was computed from several names, or from none.
    """

    start: int
    end: int
    mention: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered template, and where each value landed in it."""

    text: str
    pieces: tuple[Piece, ...] = ()


def mentions(template: str) -> frozenset[str]:
    """The dotted outside names that a template mentions."""
    return frozenset(mention.dotted for mention in _read(read_template, template).mentions)


def expression_mentions(expression: str) -> frozenset[str]:
    """The dotted names that a bare expression mentions."""
    return frozenset(mention.dotted for mention in _read(read_expression, expression).mentions)


def render(template: str, names: Mapping[str, Json]) -> Rendered:
    """Put values into a template; ExpressionError when a name is missing or a limit is passed."""
    if "{" not in template:
        return Rendered(template)
    read = _read(read_template, template)
    return _pieces(_render(read, names), read)


def evaluate(expression: str, names: Mapping[str, Json]) -> Json:
    """The value of an expression, as JSON can hold it."""
    return _value(_read(read_expression, expression), names)


def is_true(expression: str, names: Mapping[str, Json]) -> bool:
    """Whether a condition holds."""
    return bool(evaluate(expression, names))


def render_value(value: Json, names: Mapping[str, Json]) -> Json:
    """Render the templates within a value; a text that is one ``{{ }}`` keeps its value's own type."""
    if isinstance(value, str):
        if "{" not in value:
            return value
        read = _read(read_template, value)
        return _value(read, names) if read.only else _pieces(_render(read, names), read).text
    if isinstance(value, Mapping):
        return {key: render_value(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [render_value(item, names) for item in value]
    return value


def printed(value: Json) -> str:
    """A value as a template prints it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def compile_problem(read: Template) -> ExpressionError | None:
    """What the engine itself says against a template that we could read; None when it takes it."""
    text = read.rendered if read.is_template else f"{{{{ {read.rendered} }}}}"
    try:
        ENVIRONMENT.undeclared_variables_in_str(text)
    except TemplateError as error:
        return _translated(error, read)
    except BaseException as error:
        # A panic inside the engine is no Exception; minijinja turns it into one only where it renders.
        if type(error).__name__ != "PanicException":
            raise
        return ExpressionError("the template engine cannot take this", text=_shown(read.source))
    return None


# --- the engine ---------------------------------------------------------------------------------------------


class _Spent(threading.local):
    """Characters printed so far by the render that this thread is at."""

    characters = 0


_spent = _Spent()


class _Refused(Exception):
    """Raised inside the engine by our own filters."""


def _spend(characters: int) -> None:
    _spent.characters += characters
    if _spent.characters > MAX_OUTPUT:
        raise _Refused(f"the text grows beyond {MAX_OUTPUT >> 20} MiB")


def _finalize(value: Any) -> str:
    text = printed(value)
    _spend(len(text))
    return text


def _limited(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_OUTPUT:
        raise _Refused(f"a text grows beyond {MAX_OUTPUT >> 20} MiB")
    if isinstance(value, list | tuple) and len(value) > MAX_ITEMS:
        raise _Refused(f"a list grows beyond {MAX_ITEMS:,} items")
    return value


def _looped(characters: int) -> str:
    _spend(characters)
    return ""


def _join(value: Iterable[Any] | None, separator: str = "", attribute: str | None = None) -> str:
    if value is None:
        raise _Refused("join: there is no list to join (it is none)")
    if isinstance(value, str):
        items = list(value)
    else:
        items = [printed(item if attribute is None else item[attribute]) for item in value]
    total = sum(map(len, items)) + len(separator) * max(0, len(items) - 1)
    if total > MAX_OUTPUT:
        raise _Refused(f"join: the text grows beyond {MAX_OUTPUT >> 20} MiB")
    return separator.join(items)


def _replace(value: Any, old: Any, new: Any) -> str:
    if value is None:
        raise _Refused("replace: there is no text (it is none)")
    text, old, new = printed(value), printed(old), printed(new)
    count = text.count(old) if old else len(text) + 1
    if len(text) + count * (len(new) - len(old)) > MAX_OUTPUT:
        raise _Refused(f"replace: the text grows beyond {MAX_OUTPUT >> 20} MiB")
    return text.replace(old, new)


def _indent(value: Any, width: int = 4, first: bool = False, blank: bool = False) -> str:
    if value is None:
        raise _Refused("indent: there is no text (it is none)")
    if not isinstance(width, int) or not 0 <= width <= MAX_INDENT:
        raise _Refused(f"indent: the width must be 0 to {MAX_INDENT}")
    lines = printed(value).split("\n")
    if len(lines) * width > MAX_OUTPUT:
        raise _Refused(f"indent: the text grows beyond {MAX_OUTPUT >> 20} MiB")
    pad = " " * width
    return "\n".join(
        pad + line if (line or blank) and (number or first) else line for number, line in enumerate(lines)
    )


def _tojson(value: Any, indent: int | None = None) -> str:
    if isinstance(indent, int) and not 0 <= indent <= 8:
        raise _Refused("tojson: the indent must be 0 to 8")
    return json.dumps(_native(value), ensure_ascii=False, indent=indent)


def _environment() -> Environment:
    environment = Environment(
        undefined_behavior="strict",
        fuel=FUEL,
        debug=True,
        auto_escape_callback=lambda _: False,
        keep_trailing_newline=True,
        finalizer=_finalize,
        filters={
            "_limited": _limited,
            "_looped": _looped,
            "join": _join,
            "replace": _replace,
            "indent": _indent,
            "tojson": _tojson,
        },
    )
    for name in REMOVED_FILTERS:
        environment.remove_filter(name)
    for name in REMOVED_GLOBALS:
        environment.remove_global(name)
    return environment


ENVIRONMENT = _environment()
"""One for the process: minijinja's environments may be used by several threads at once."""


def _read(reader: Callable[[str], Template], text: str) -> Template:
    try:
        return reader(text)
    except ExpressionSyntaxError as error:
        line, column = position(text, error.offset)
        raise ExpressionError(
            str(error),
            line=line,
            column=column,
            text=error.text,
            offset=error.offset,
            suggestion=error.suggestion,
        ) from None


def _run(read: Template, work: Callable[[], Result]) -> Result:
    """Do ``work`` in the engine; its errors come out as ours, with their place in the source."""
    _spent.characters = 0
    try:
        return work()
    except TemplateError as error:
        raise _translated(error, read) from None
    except _Refused as error:
        raise ExpressionError(str(error), text=_shown(read.source)) from None
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise ExpressionError(f"this cannot be worked out: {error}", text=_shown(read.source)) from None


def _render(read: Template, names: Mapping[str, Json]) -> str:
    context = _context(read, names)
    return _run(read, lambda: ENVIRONMENT.render_str(read.rendered, **context))


def _value(read: Template, names: Mapping[str, Json]) -> Json:
    """The native value of a template's one output."""
    context = _context(read, names)
    value = _run(read, lambda: ENVIRONMENT.eval_expr(read.value, **context))
    if value is None or isinstance(value, list | dict | tuple):
        _check_defined(read.outputs[0].node, value, read, context)
    try:
        return _native(value)
    except (_Refused, RecursionError) as error:
        raise ExpressionError(str(error), text=_shown(read.source)) from None


def _context(read: Template, names: Mapping[str, Json]) -> dict[str, Json]:
    context = {}
    for root in read.roots:
        if root in names:
            context[root] = names[root]
        elif root not in FUNCTIONS:
            mention = next(mention for mention in read.mentions if mention.path[0] == root)
            raise _error(
                f"{root} is not known here", read, mention.offsets[0], root, did_you_mean_or_list(root, names)
            )
    return context


def _check_defined(node: Node, value: Any, read: Template, context: Mapping[str, Json]) -> None:
    """The engine's native values hold none where a name was missing; tell that apart from a real none."""
    if value is None and node.kind in ("attribute", "index"):
        source = read.source[node.start : node.end]
        if not _run(read, lambda: ENVIRONMENT.eval_expr(f"({source}) is defined", **context)):
            name = str(node.value or source)
            raise _error(f"{source} is not there", read, node.end - len(name), source)
    elif node.kind in ("list", "tuple") and isinstance(value, list | tuple):
        for part, item in zip(node.parts, value, strict=False):
            _check_defined(part, item, read, context)
    elif node.kind == "dict" and isinstance(value, dict):
        for part, item in zip(node.parts[1::2], value.values(), strict=False):
            _check_defined(part, item, read, context)


def _native(value: Any) -> Json:
    """A value with nothing in it but what JSON can hold."""
    if value is None or isinstance(value, str | bool | int):
        return str(value) if type(value) not in (str, bool, int, type(None)) else value
    if isinstance(value, float):
        if value - value != 0:
            raise _Refused("the value is not a finite number")
        return value
    if isinstance(value, Mapping):
        return {str(key): _native(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [_native(item) for item in value]
    raise _Refused("the value is not something that can be written down")


def _pieces(text: str, read: Template) -> Rendered:
    """Take the markers out of a rendered text and note where they stood."""
    if not read.outputs:
        return Rendered(text)
    parts: list[str] = []
    pieces: list[Piece] = []
    length = at = 0
    opened: tuple[int, int] | None = None
    for match in MARKER.finditer(text):
        parts.append(text[at : match.start()])
        length += match.start() - at
        at = match.end()
        if match.group(1):
            opened = (length, int(match.group(1)))
        elif opened is not None:
            pieces.append(Piece(opened[0], length, read.outputs[opened[1]].mention))
            opened = None
    parts.append(text[at:])
    return Rendered("".join(parts), tuple(pieces))


def _error(
    message: str, read: Template, offset: int, text: str = "", suggestion: str = ""
) -> ExpressionError:
    line, column = position(read.source, offset)
    return ExpressionError(message, line=line, column=column, text=text, offset=offset, suggestion=suggestion)


def _translated(error: TemplateError, read: Template) -> ExpressionError:
    if error.kind == "OutOfFuel":
        return ExpressionError("this takes too long: it loops too often", text=_shown(read.source))
    detail = error.detail or error.message
    if error.range is None:
        return ExpressionError(str(detail), text=_shown(read.source))
    start = len(read.rendered.encode()[: error.range[0]].decode("utf-8", "ignore"))
    offset = min(read.origin(start), len(read.source))
    return _error(_plain(str(detail)), read, offset, _shown(read.source[offset:]))


def _plain(detail: str) -> str:
    return detail.replace("`", "").replace(" is undefined", " is not there")


def _shown(text: str) -> str:
    return " ".join(text.split())[:80]
