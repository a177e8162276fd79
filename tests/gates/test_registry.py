"""Every gate of the language is there."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.gates.registry import ASKING, GATES, Subject, check
from workbench.recipe.model import Gate


def test_the_language_and_the_registry_name_the_same_gates() -> None:
    assert [*GATES, *ASKING] == [field.alias or name for name, field in Gate.model_fields.items()]


def test_an_unknown_gate_is_an_error() -> None:
    with pytest.raises(WorkbenchError, match="no gate tasty"):
        check("tasty", {}, Subject("", None, {}, {}))
