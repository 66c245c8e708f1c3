"""The quality report of sdmetrics, where that is installed: the extra `recurra[sdmetrics]`, with pandas below 3."""

from importlib.util import find_spec
from typing import Any

from recurra.data.tables.table import Table

_TYPES = {"number": "numerical", "category": "categorical", "time": "datetime"}


def is_installed() -> bool:
    """Whether sdmetrics is there."""
    return find_spec("sdmetrics") is not None and find_spec("pandas") is not None


def quality_scores(real: Table, made: Table) -> dict[str, float]:
    """Give the scores of sdmetrics' quality report on both tables, from 0 to 1; none where sdmetrics is not installed.

    It compares columns, and pairs of them, and knows nothing of the order of rows.

    Returns:
        "overall", and of its parts "column shapes" and "column pair trends".
    """
    if not is_installed():
        return {}
    from sdmetrics.reports import QualityReport

    columns: dict[str, Any] = {}
    for column in real.columns:
        if column.role != "value":
            continue
        sdtype = "numerical" if column.kind == "time" and column.time is None else _TYPES[column.kind]
        columns[column.name] = {"sdtype": sdtype}
    if not columns:
        return {}
    frames = [{"table": table.frame()[list(columns)]} for table in (real, made)]
    report = QualityReport()
    report.generate(*frames, {"tables": {"table": {"columns": columns}}}, verbose=False)
    scores = {"overall": float(report.get_score())}
    for _, part in report.get_properties().iterrows():
        if part["Score"] == part["Score"]:  # no NaN, as of several tables together
            scores[part["Property"].lower()] = float(part["Score"])
    return scores
