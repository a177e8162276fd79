"""What models are told of a tool's arguments."""

from __future__ import annotations

from typing import Any, Literal

from workbench.tools.schemas import about_of, parameters_of


def find(
    name: str, top: int = 5, kind: Literal["a", "b"] = "a", tags: list[str] = (), more: float | None = None,
    where: dict[str, Any] | None = None, exact: bool = False, free=None,
) -> None:  # fmt: skip
    """Finds things
    by name.

    Slowly.
    """


def open_ended(**more: Any) -> None:
    pass


def misnamed(x: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821
    pass


def test_annotations_become_a_schema() -> None:
    told = parameters_of(find)
    assert (told["required"], told["additionalProperties"]) == (["name"], False)
    assert told["properties"] == {
        "name": {"type": "string"}, "top": {"type": "integer"}, "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "more": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "where": {"anyOf": [{"type": "object"}, {"type": "null"}]}, "exact": {"type": "boolean"}, "free": {},
    }  # fmt: skip
    assert about_of(find) == "Finds things by name."


def test_what_has_no_annotations_takes_anything() -> None:
    assert parameters_of(open_ended)["additionalProperties"] is True
    assert parameters_of(misnamed)["properties"] == {"x": {}}
    assert about_of(open_ended) == ""
