"""The quality score of sdmetrics, where it is installed: the extra `recurra[sdmetrics]`."""

import math
from importlib.util import find_spec
from typing import Any

from recurra.data.tables.table import Table

_TYPES = {"number": "numerical", "category": "categorical", "time": "datetime"}


def quality_score(real: Table, made: Table) -> float:
    """Give the score of sdmetrics' quality report on both tables, from 0 to 1; NaN where sdmetrics is not installed.

    It compares columns, and pairs of them, and knows nothing of the order of rows.
    """
    if find_spec("sdmetrics") is None or find_spec("pandas") is None:
        return math.nan
    from sdmetrics.reports.single_table import QualityReport

    columns: dict[str, Any] = {}
    for column in real.columns:
        if column.role != "value":
            continue
        sdtype = "numerical" if column.kind == "time" and column.time is None else _TYPES[column.kind]
        columns[column.name] = {"sdtype": sdtype}
    if not columns:
        return math.nan
    frames = [table.frame()[list(columns)] for table in (real, made)]
    report = QualityReport()
    report.generate(*frames, {"columns": columns}, verbose=False)
    return float(report.get_score())
