"""How a batch is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from workbench.batch.variants import Variant
from workbench.events import Json
from workbench.ledger.batch_rows import BatchRow


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is asked for."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Inputs by the column that gives them, beyond columns named like inputs."""
    models: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, Json] = field(default_factory=dict)
    limit: int | None = None
    repeat: int = 1
    variants: tuple[Variant, ...] = ()
    """Each row is run with each; what several of them ask alike is asked once."""
    shard: str = ""
    """``2/8``: only the second of eight parts of it; the others are done elsewhere."""
    budget_usd: float | None = None
    """Of all runs together; a batch that goes on keeps it unless told another."""

    def kept(self) -> dict[str, Json]:
        """What the record keeps, so that the batch goes on as it began."""
        return {name: value for name, value in asdict(self).items() if name != "repeat"}

    def roles_set(self) -> frozenset[str]:
        """The roles whose model is another than the recipe's in every run."""
        in_all = [frozenset(each.models) for each in self.variants]
        return frozenset(self.models).union(frozenset.intersection(*in_all) if in_all else ())

    @staticmethod
    def of_record(batch: BatchRow) -> BatchOptions:
        """The options a batch began with."""
        kept = dict(batch.options)
        variants = tuple(Variant(**each) for each in kept.pop("variants", None) or ())
        return BatchOptions(**kept, repeat=batch.repeat, variants=variants)
