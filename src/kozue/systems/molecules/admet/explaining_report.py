"""What the report of an explanation shows beside the table: each molecule with the changes suggested for it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kozue.chem.draw import svg
from kozue.core.records import Label
from kozue.systems.molecules.admet.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from kozue.systems.molecules.admet.settings import ExplainSettings

MOST_MOLECULES = 30
_NOTE = Label(
    "Expected change from measured matched pairs with a 90 % interval, and beside it the model's own prediction. "
    "An exchange's mean over other molecules is a reason to look, not a promise.",
    "実測マッチドペアからの期待変化と 90 % 区間、および同じ変更に対するモデルの予測値。"
    "他の分子での平均であり、検討の手がかりであって保証ではない。",
)
_FEW = Label("The first {n} molecules.", "最初の {n} 分子。")


def sections(table: pa.Table, settings: ExplainSettings) -> list[dict[str, Any]]:
    """Return the report's sections; none where nothing was suggested.

    Parameters
    ----------
    table : pyarrow.Table
        Input columns and explanations.
    settings : ExplainSettings
        Which endpoint.
    """
    if "suggestions" not in table.column_names:
        return []
    rows = [row for row in table.to_pylist() if row["suggestions"]]
    if not rows:
        return []
    unit = _unit(settings.endpoint)
    blocks = "".join(_molecule(row, unit) for row in rows[:MOST_MOLECULES])
    few = _both(_FEW, n=MOST_MOLECULES) if len(rows) > MOST_MOLECULES else ""
    label = ENDPOINTS[settings.endpoint].label
    title = {"en": f"Suggested changes: {label.en}", "ja": f"構造変更の候補: {label.ja}"}
    return [{"title": title, "html": f"<p>{_both(_NOTE)} {few}</p>{blocks}"}]


def _unit(key: str) -> str:
    endpoint = ENDPOINTS[key]
    return "log10" if endpoint.floor is not None else endpoint.unit


def _both(label: Label, **values: object) -> str:
    """Return a text in both languages; the report's switch shows one."""
    english, japanese = label.en.format(**values), label.ja.format(**values)
    return f'<span class="en">{html.escape(english)}</span><span class="ja" lang="ja">{html.escape(japanese)}</span>'


def _molecule(row: dict[str, Any], unit: str) -> str:
    name = row.get("name") or row.get("id") or row["smiles"]
    figures = "".join(_suggestion(entry, unit) for entry in row["suggestions"])
    return f"<h4>{html.escape(str(name)[:80])}</h4><div>{figures}</div>"


def _suggestion(entry: dict[str, Any], unit: str) -> str:
    pairs = Label(f"{entry['pairs']} pairs", f"{entry['pairs']} 組")
    model = Label(f"model {entry['model']:+.2g}", f"モデル {entry['model']:+.2g}")
    return (
        '<figure style="display:inline-block;margin:.5em 1em;vertical-align:top">'
        f"{svg(entry['smiles'], width=180, height=130)}"
        f'<figcaption style="font-size:.8em;max-width:180px">{html.escape(entry["change"])}<br>'
        f"{entry['delta']:+.2g} ({entry['low']:+.2g} … {entry['high']:+.2g}) {html.escape(unit)}<br>"
        f"{_both(pairs)}, {_both(model)}</figcaption></figure>"
    )
