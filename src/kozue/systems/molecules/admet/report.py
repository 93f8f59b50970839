"""What the report shows beside the table: a profile of every molecule, and how predictions spread."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kozue.core.records import Label
from kozue.systems.molecules.admet.endpoints import ENDPOINTS, GROUPS, Endpoint

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import PredictSettings

MOST_ROWS = 60
# The names stay in view when the lights are scrolled, and leave them room on a narrow page.
_WHO = (
    "text-align:left;font-weight:normal;left:0;white-space:normal;overflow-wrap:break-word;"
    "min-width:min(17em,36vw);max-width:min(20em,36vw)"
)
_BESIDE = "display:grid;grid-template-columns:repeat(auto-fill,minmax(min(230px,100%),1fr));gap:.8em"
# Blue, grey and orange tell apart with every kind of colour vision; a sign says it again.
_LIGHTS = {
    "good": ("#2a7ab9", "#ffffff", "+", Label("good", "良好")),
    "fair": ("#c9c5bc", "#222222", "·", Label("fair", "中間")),
    "poor": ("#d0641f", "#ffffff", "−", Label("look closer", "要検討")),
    "none": ("transparent", "inherit", "", Label("no prediction", "予測なし")),
}


def sections(table: pa.Table, settings: PredictSettings) -> list[dict[str, Any]]:
    """Return the report's sections.

    Parameters
    ----------
    table : pyarrow.Table
        Input columns and predictions.
    settings : PredictSettings
        Which endpoints were asked for.
    """
    endpoints = [ENDPOINTS[key] for key in settings.endpoints if key in table.column_names]
    if not endpoints or not table.num_rows:
        return []
    return [
        {"title": {"en": "Profile", "ja": "プロファイル"}, "html": profile(table, endpoints)},
        {
            "title": {"en": "Spread of the predictions", "ja": "予測値の分布"},
            "html": spreads(table, endpoints),
        },
    ]


def light(endpoint: Endpoint, value: float | None) -> str:
    """Return the endpoint's light for a value, ``none`` without one."""
    return "none" if value is None else endpoint.light(value)


def profile(table: pa.Table, endpoints: list[Endpoint]) -> str:
    """Return molecules by endpoints as a table of coloured cells."""
    shown = table.slice(0, MOST_ROWS)
    names = _names(shown)
    columns = {endpoint.key: shown[endpoint.key].to_pylist() for endpoint in endpoints}
    style = "writing-mode:vertical-rl;text-align:right;font-weight:normal;padding:.4em .1em"
    head = "".join(
        f'<th style="{style}" title="{html.escape(e.reading.en)}">{_upright(e.label)}</th>' for e in endpoints
    )
    rows = []
    for row, name in enumerate(names):
        cells = "".join(_cell(endpoint, columns[endpoint.key][row]) for endpoint in endpoints)
        rows.append(f'<tr><th style="{_WHO}">{html.escape(name)}</th>{cells}</tr>')
    legend = " ".join(
        f'<span style="background:{colour};color:{ink};padding:0 .5em">{sign}</span> {_both(text)}'
        for colour, ink, sign, text in _LIGHTS.values()
        if sign
    )
    cut = f"<p>{_both(_first(table.num_rows))}</p>" if table.num_rows > MOST_ROWS else ""
    return (
        f'<p>{legend}</p>{cut}<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:.8em">'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _both(label: Label) -> str:
    """Return a text in both languages; the report's switch shows one."""
    return f'<span class="en">{html.escape(label.en)}</span><span class="ja" lang="ja">{html.escape(label.ja)}</span>'


def _upright(label: Label) -> str:
    """Return a text for a vertical line: Latin letters read upwards, Japanese ones stand as they always do."""
    return (
        '<span class="en"><span style="display:inline-block;transform:rotate(180deg)">'
        f'{html.escape(label.en)}</span></span><span class="ja" lang="ja">{html.escape(label.ja)}</span>'
    )


def _first(rows: int) -> Label:
    return Label(
        f"The first {MOST_ROWS} of {rows:,} molecules.", f"全 {rows:,} 分子のうち最初の {MOST_ROWS} 分子。"
    )


def _cell(endpoint: Endpoint, value: float | None) -> str:
    colour, ink, sign, meaning = _LIGHTS[light(endpoint, value)]
    text = "" if value is None else f"{endpoint.label.en}: {value:.3g} {endpoint.unit} ({meaning.en})"
    return (
        f'<td style="background:{colour};color:{ink};text-align:center;width:1.6em;border:1px solid #8884" '
        f'title="{html.escape(text)}">{sign}</td>'
    )


def _names(table: pa.Table) -> list[str]:
    for column in ("name", "id", "smiles"):
        if column in table.column_names:
            texts = table[column].to_pylist()
            return [str(text)[:40] if text else f"row {row + 1}" for row, text in enumerate(texts)]
    return [f"row {row + 1}" for row in range(table.num_rows)]


def spreads(table: pa.Table, endpoints: list[Endpoint]) -> str:
    """Return one small histogram an endpoint, by group."""
    figures = []
    for group, label in GROUPS.items():
        of_group = [endpoint for endpoint in endpoints if endpoint.group == group]
        drawn = "".join(_histogram(table, endpoint) for endpoint in of_group)
        if drawn:
            figures.append(f'<h4>{_both(label)}</h4><div style="{_BESIDE}">{drawn}</div>')
    return "".join(figures)


def _histogram(
    table: pa.Table, endpoint: Endpoint, bins: int = 20, width: int = 200, height: int = 60
) -> str:
    values = [value for value in table[endpoint.key].to_pylist() if value is not None]
    if not values:
        return ""
    low, high = (0.0, 1.0) if endpoint.is_class else (min(values), max(values))
    step = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in values:
        counts[max(0, min(bins - 1, int((value - low) / step)))] += 1
    most = max(counts)
    bars = "".join(
        f'<rect x="{i * width / bins:.1f}" y="{height - height * count / most:.1f}" width="{width / bins - 1:.1f}" '
        f'height="{height * count / most:.1f}" fill="{_LIGHTS[light(endpoint, low + (i + 0.5) * step)][0]}"/>'
        for i, count in enumerate(counts)
        if count
    )
    caption = html.escape(f"{endpoint.label.en} ({endpoint.unit})")
    return (
        f'<figure style="margin:0"><svg viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{caption}">{bars}</svg><figcaption style="font-size:.8em">'
        f"{_both(endpoint.label)} ({html.escape(endpoint.unit)})<br>"
        f"{low:.3g} … {high:.3g}, n = {len(values)}</figcaption></figure>"
    )
