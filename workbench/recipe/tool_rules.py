"""Rules about tools: the file and its function are there, and take the arguments they are given.

The file is read, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from workbench.recipe.files import FileError, checked_name
from workbench.recipe.findings import Findings
from workbench.recipe.model import Tool
from workbench.recipe.source import Path
from workbench.recipe.suggest import did_you_mean_or_list

Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_tool(findings: Findings, path: Path, tool: Tool) -> None:
    """The tool's file and function must be there."""
    file, _, name = tool.python.rpartition(":")
    text = _text(findings, file)
    if text is None:
        reason = findings.used.failed.get(file, f"{file} cannot be read")
        findings.error((*path, "python"), reason, text=file)
        return
    functions, wrong = _functions(text)
    if wrong:
        findings.error((*path, "python"), f"{file} is not Python: {wrong}", text=file)
    elif name not in functions:
        hint = did_you_mean_or_list(name, functions, "it defines no function")
        findings.error((*path, "python"), f"{file} has no function {name}", text=tool.python, suggestion=hint)
    for module in _modules(text):
        beside = str(PurePosixPath(file).parent / f"{module}.py")
        if _is_file(findings, beside):
            message = f"{file} imports {beside}: a tool has all of its code in one file"
            findings.error((*path, "python"), message, text=file)


def check_arguments(findings: Findings, path: Path, tool: Tool, given: Mapping[str, Any]) -> None:
    """What ``with`` gives must be what the function takes."""
    file, _, name = tool.python.rpartition(":")
    functions, _ = _functions(_text(findings, file) or "")
    function = functions.get(name)
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    takes = function.args
    names = [argument.arg for argument in (*takes.args, *takes.kwonlyargs)]
    without_default = [argument.arg for argument in takes.args[: len(takes.args) - len(takes.defaults)]]
    without_default += [
        argument.arg
        for argument, default in zip(takes.kwonlyargs, takes.kw_defaults, strict=True)
        if default is None
    ]
    for key in given:
        if key not in names and takes.kwarg is None:
            hint = did_you_mean_or_list(key, names, "it takes none")
            findings.error(
                (*path, "with", key), f"{name} takes no {key}", key=True, text=key, suggestion=hint
            )
    missing = [argument for argument in without_default if argument not in given]
    if missing:
        place = (*path, "with") if given else (*path, "tool")
        findings.error(
            place, f"{name} needs {' and '.join(missing)}", key=True, suggestion="give it in with:"
        )


def _text(findings: Findings, file: str) -> str | None:
    try:
        return findings.used.texts.get(checked_name(file))
    except FileError:
        return None


def _is_file(findings: Findings, name: str) -> bool:
    try:
        return findings.files.kind(name) == "file"
    except FileError:
        return False


def _parsed(text: str) -> ast.Module:
    """The module.  Python 3.11 loses count of its depth when another parse comes between (gh-106905)."""
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


@lru_cache(maxsize=64)
def _modules(text: str) -> tuple[str, ...]:
    """The modules that a module imports, anywhere in it."""
    try:
        tree = _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= dict.fromkeys(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found[node.module.split(".")[0]] = None
    return tuple(found)


@lru_cache(maxsize=64)
def _functions(text: str) -> tuple[dict[str, Function | None], str]:
    """The functions at a module's top (None: a name that may hold one), or why it cannot be read."""
    try:
        tree = _parsed(text)
    except SyntaxError as error:
        return {}, f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return {}, str(error) or "nested too deep"
    found: dict[str, Function | None] = {}
    for node in tree.body:
        _note(node, found)
    return found, ""


def _note(node: ast.AST, found: dict[str, Function | None]) -> None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        # A decorator may change what the function takes.
        found[node.name] = None if node.decorator_list else node
    elif isinstance(node, ast.Import | ast.ImportFrom):
        found.update({(alias.asname or alias.name).split(".")[0]: None for alias in node.names})
    elif isinstance(node, ast.Assign):
        found.update({target.id: None for target in node.targets if isinstance(target, ast.Name)})
