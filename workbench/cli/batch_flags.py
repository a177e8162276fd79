"""The options of ``workbench batch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataOption = Annotated[
    Path,
    typer.Option("--data", metavar="FILE", help="A .jsonl, .csv or .tsv file, or a folder of texts."),
]
AtOnceOption = Annotated[
    int, typer.Option("--at-once", metavar="N", min=1, max=1000, help="Runs side by side.")
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first N rows.")
]
RepeatOption = Annotated[
    int, typer.Option("--repeat", metavar="N", min=1, max=1000, help="Run each row N times.")
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=INPUT", help="A column for an input; those of one name need none."),
]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the recipe, as steps.find.top=3."),
]
VariantOption = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME=VALUE",
        help="A model of a role, or a value in the recipe; several make a grid that shares what is alike.",
    ),
]
ShardOption = Annotated[
    str,
    typer.Option("--shard", metavar="K/N", help="Only part K of N; others are done elsewhere and imported."),
]
PlanOption = Annotated[
    bool, typer.Option("--plan", help="Show the mapping and what would be asked; ask nobody.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with the last unfinished batch of this recipe and data.")
]
BudgetOption = Annotated[
    float | None,
    typer.Option("--budget-usd", metavar="X", min=0, help="Stop before all runs together cost more."),
]
