"""What the report shows beside the table: plasma curves, and clearance beside classical scaling."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kozue.core.records import Label
from kozue.systems.patients.human_pk.outputs import BASELINES

if TYPE_CHECKING:
    from kozue.systems.patients.human_pk.settings import PredictSettings

MOST_CURVES = 24
MOST_ROWS = 60
_WIDTH, _HEIGHT = 300, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 8, 28
_LINE, _BAND, _GRID, _OTHER = "#0f766e", "#0f766e", "#8886", "#d0641f"
_DECADES = 4.0  # of the logarithmic axis below the peak


def sections(table: pa.Table, settings: PredictSettings) -> list[dict[str, Any]]:
    """Return the report's sections.

    Parameters
    ----------
    table : pyarrow.Table
        Input columns and predictions.
    settings : PredictSettings
        Dose and confidence.
    """
    if "curve" not in table.column_names or not table.num_rows:
        return []
    rows = [row for row in table.slice(0, MOST_ROWS).to_pylist() if row.get("cl") is not None]
    if not rows:
        return []
    made = [
        {"title": {"en": "Plasma curves", "ja": "血漿中濃度推移"}, "html": curves(rows, settings)},
        {
            "title": {"en": "Clearance beside classical scaling", "ja": "クリアランスと古典的外挿法"},
            "html": clearances(rows, settings),
        },
    ]
    return made


def curves(rows: list[dict[str, Any]], settings: PredictSettings) -> str:
    """Return a linear and a logarithmic picture for each of the first molecules."""
    times = Label(
        f"{settings.doses} × {settings.dose:g} {settings.dose_unit}, {settings.route.replace('_', ' ')}, "
        f"{settings.body_weight:g} kg; line: best estimate, band: {settings.confidence * 100:g} %.",
        f"{settings.doses} × {settings.dose:g} {settings.dose_unit}、{settings.route}、体重 "
        f"{settings.body_weight:g} kg。線：最良推定、帯：{settings.confidence * 100:g} %。",
    )
    drawn = "".join(
        f'<figure style="display:inline-block;margin:.5em 1em;vertical-align:top">'
        f'<figcaption style="font-size:.85em"><b>{html.escape(_name(row))}</b></figcaption>'
        f"{curve_picture(row['curve'], False)}{curve_picture(row['curve'], True)}</figure>"
        for row in rows[:MOST_CURVES]
        if row["curve"]
    )
    more = ""
    if len(rows) > MOST_CURVES:
        more = f"<p>{_both(Label(f'The first {MOST_CURVES} molecules.', f'最初の {MOST_CURVES} 分子。'))}</p>"
    return f"<p>{_both(times)}</p>{more}<div>{drawn}</div>"


def curve_picture(curve: list[dict[str, float]], logarithmic: bool) -> str:
    """Return one curve with its band as SVG.

    Parameters
    ----------
    curve : list of dict
        ``time_h``, ``conc``, ``low``, ``high`` in mg/L.
    logarithmic : bool
        Which axis.
    """
    last = max(point["time_h"] for point in curve) or 1.0
    top = max(point["high"] for point in curve) or 1.0
    if logarithmic:
        peak = max(point["conc"] for point in curve) or 1e-12
        high = math.ceil(math.log10(top) * 2) / 2
        low = min(math.log10(peak) - _DECADES, high - 1)
        ticks = [10.0**power for power in range(math.ceil(low), math.floor(high) + 1)]
    else:
        low, high = 0.0, top * 1.05
        ticks = _ticks(high)

    def x(time: float) -> float:
        return _LEFT + time / last * (_WIDTH - _LEFT - _RIGHT)

    def y(conc: float) -> float:
        value = math.log10(max(conc, 1e-30)) if logarithmic else conc
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    band = [f"{x(p['time_h']):.1f},{y(p['high']):.1f}" for p in curve]
    band += [f"{x(p['time_h']):.1f},{y(p['low']):.1f}" for p in reversed(curve)]
    line = " ".join(f"{x(p['time_h']):.1f},{y(p['conc']):.1f}" for p in curve)
    grid = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{_GRID}"/>'
        f'<text x="{_LEFT - 4}" y="{y(tick) + 3:.1f}" text-anchor="end">{tick:.3g}</text>'
        for tick in ticks
    )
    grid += "".join(
        f'<text x="{x(tick):.1f}" y="{_HEIGHT - _BOTTOM + 13}" text-anchor="middle">{tick:.3g}</text>'
        for tick in _ticks(last)
    )
    scale = "logarithmic" if logarithmic else "linear"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="plasma concentration, {scale} axis" font-size="9" fill="currentColor">{grid}'
        f'<polygon points="{" ".join(band)}" fill="{_BAND}" opacity="0.18"/>'
        f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="1.8"/>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 3}" text-anchor="end">h</text>'
        f'<text x="4" y="{_HEIGHT - 3}">mg/L{" (log)" if logarithmic else ""}</text></svg>'
    )


def _ticks(most: float) -> list[float]:
    """Return about four round numbers from 0 to at most ``most``."""
    raw = most / 4
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)
    return [step * number for number in range(math.floor(most / step + 1e-9) + 1)]


def clearances(rows: list[dict[str, Any]], settings: PredictSettings) -> str:
    """Return each molecule's interval on a logarithmic axis, with classical values as ticks."""
    keys = [f"baseline_{key}" for key in BASELINES]
    every = [row[name] for row in rows for name in ("cl_low", "cl_high", *keys) if row.get(name) is not None]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    high = max(high, low + 1)
    width, step, left = 520, 20, 130

    def x(value: float) -> float:
        return left + (math.log10(value) - low) / (high - low) * (width - 10)

    lines = []
    for number, row in enumerate(rows):
        y = 12 + number * step
        marks = "".join(
            f'<line x1="{x(row[name]):.1f}" x2="{x(row[name]):.1f}" y1="{y - 5}" y2="{y + 5}" '
            f'stroke="{_OTHER}" stroke-width="2"><title>'
            f"{html.escape(BASELINES[name.removeprefix('baseline_')][0].en)}: {row[name]:.3g} mL/min/kg</title></line>"
            for name in keys
            if row.get(name) is not None
        )
        told = f"{row['cl']:.3g} ({row['cl_low']:.3g} – {row['cl_high']:.3g}) mL/min/kg"
        lines.append(
            f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{html.escape(_name(row)[:20])}</text>'
            f'<line x1="{x(row["cl_low"]):.1f}" x2="{x(row["cl_high"]):.1f}" y1="{y}" y2="{y}" stroke="{_LINE}" '
            f'stroke-width="7" opacity="0.25"/>{marks}'
            f'<circle cx="{x(row["cl"]):.1f}" cy="{y}" r="4" fill="{_LINE}"><title>{told}</title></circle>'
        )
    bottom = 12 + len(rows) * step
    axis = "".join(
        f'<line x1="{x(10.0**p):.1f}" x2="{x(10.0**p):.1f}" y1="2" y2="{bottom}" stroke="{_GRID}"/>'
        f'<text x="{x(10.0**p):.1f}" y="{bottom + 12}" text-anchor="middle">{10.0**p:g}</text>'
        for p in range(low, high + 1)
    )
    legend = Label(
        f"Dot and bar: prediction with its {settings.confidence * 100:g} % interval; orange: classical scaling "
        "(point at a mark for its name).",
        f"点と帯：予測値と {settings.confidence * 100:g} % 区間。橙：古典的外挿法（印に触れると名称）。",
    )
    return (
        f"<p>{_both(legend)}</p>"
        f'<svg viewBox="0 0 {left + width} {bottom + 18}" width="{left + width}" role="img" '
        f'aria-label="clearance" font-size="10" fill="currentColor">{axis}{"".join(lines)}</svg>'
    )


def _both(label: Label) -> str:
    """Return a text in both languages; the report's switch shows one."""
    return f'<span class="en">{html.escape(label.en)}</span><span class="ja" lang="ja">{html.escape(label.ja)}</span>'


def _name(row: dict[str, Any]) -> str:
    for column in ("name", "id", "smiles"):
        if row.get(column):
            return str(row[column])[:40]
    return "molecule"
