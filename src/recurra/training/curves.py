"""The picture of a training: its losses and scores over the steps, as one HTML file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recurra.data import atomic


def draw(records: Sequence[dict[str, Any]], monitor: str, path: Path) -> None:
    """Draw training loss, validation score and learning rate.

    Args:
        records: one evaluation each, with "step", "train_loss", "learning_rate" and the monitored score.
        monitor: name of the score, in the unit of the loss.
        path: the HTML file; it needs no network to be opened.
    """
    from plotly import graph_objects
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.78, 0.22], vertical_spacing=0.06)
    steps = [record["step"] for record in records]
    curves = (("train_loss", "training", "#9aa7b8", 1), (monitor, "validation", "#c2410c", 1))
    for name, label, color, row in (*curves, ("learning_rate", "learning rate", "#475569", 2)):
        line = graph_objects.Scatter(
            x=steps,
            y=[record[name] for record in records],
            name=label,
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"size": 5},
            hovertemplate="step %{x}: %{y:.4g}",
        )
        figure.add_trace(line, row=row, col=1)
    best = min(records, key=lambda record: record[monitor])
    figure.add_annotation(x=best["step"], y=best[monitor], text=f"best {best[monitor]:.4f}", showarrow=True, ay=-30)
    figure.update_yaxes(title_text="loss (nats a symbol)", row=1, col=1)
    figure.update_yaxes(title_text="rate", row=2, col=1)
    figure.update_xaxes(title_text="step", row=2, col=1)
    figure.update_layout(template="plotly_white", title="Training", hovermode="x unified", legend={"orientation": "h"})
    atomic.write_text(path, figure.to_html(include_plotlyjs=True, full_html=True))
