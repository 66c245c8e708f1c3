"""What a person chooses of explanations; `ServeSettings` takes it in."""

from dataclasses import dataclass

from recurra.serve.protection.settings import Limit


@dataclass(kw_only=True)
class ExplanationSettings:
    """Explanations of runs."""

    explain_seconds: Limit = 900.0
    """Time that explaining a run may take, once its turn has come: one is explained at a time."""
