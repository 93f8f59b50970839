"""Pictures that every report has: how the values of a result are distributed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa

from kozue.core.records import Column
from kozue.core.svg import as_svg

#: Panels in one picture; more columns than this would be unreadable anyway.
MAX_PANELS = 30
INK = "#64748b"
FILL = "#0f766e"


def distributions(table: pa.Table, columns: Sequence[Column]) -> str:
    """Draw a histogram for each numeric column.

    Parameters
    ----------
    table : pyarrow.Table
        Result rows.
    columns : sequence of Column
        Value and probability columns.

    Returns
    -------
    str
        SVG text; empty if there is nothing to draw.
    """
    drawable = [column for column in columns if _numeric(table, column.name)][:MAX_PANELS]
    if not drawable or table.num_rows < 3:
        return ""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    across = min(5, len(drawable))
    down = math.ceil(len(drawable) / across)
    with mpl.rc_context({"font.size": 7, "font.family": "sans-serif"}):
        figure = Figure(figsize=(2.1 * across, 1.35 * down), layout="constrained")
        axes = figure.subplots(down, across, squeeze=False)
        for place, panel in enumerate(axes.flat):
            if place >= len(drawable):
                panel.set_axis_off()
                continue
            column = drawable[place]
            values = table.column(column.name).drop_null().to_numpy()
            limits = (0.0, 1.0) if column.role == "probability" else None
            panel.hist(values, bins=20, range=limits, color=FILL, alpha=0.85)
            panel.set_title(
                column.title() + (f" [{column.unit}]" if column.unit else ""), fontsize=7, color=INK
            )
            panel.tick_params(colors=INK, labelsize=6, length=2)
            panel.locator_params(axis="y", nbins=3, integer=True)
            for side, spine in panel.spines.items():
                spine.set_visible(side in ("left", "bottom"))
                spine.set_color(INK)
        return as_svg(figure)


def _numeric(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    column = table.column(name)
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind)) and column.null_count < len(column)
