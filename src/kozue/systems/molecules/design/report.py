"""What the report of a search shows beside the table: the best molecules drawn, with the core marked."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from kozue.chem.draw import svg
from kozue.core.records import Label

if TYPE_CHECKING:
    import pyarrow as pa

    from kozue.systems.molecules.design.settings import SearchSettings

MOST_DRAWN = 24
_TITLE = Label("The best molecules", "上位の分子")
_CORE = Label(
    "The core is marked in yellow; other atoms hang on its marked sites only, as shown by an atom mapping.",
    "黄色は固定した母核。母核の外の原子は指定した部位にのみ結合している（原子対応で確認済み）。",
)
_CONCERNS = Label("Reasons to distrust a score", "スコアを疑うべき理由")
_CONCERNED = Label(
    "{count} of the {total} molecules shown have at least one: outside what a model has seen, a structural alert, "
    "or no known molecule near. A high score alone is no reason to make a molecule.",
    "表示した {total} 分子のうち {count} 分子に該当: モデルの適用範囲外、構造アラート、または類似の既知分子なし。"
    "高スコアだけでは合成の理由にならない。",
)
_MOST_REASONS = 12


def sections(table: pa.Table, settings: SearchSettings) -> list[dict[str, Any]]:
    """Return the report's sections; none if nothing was found.

    Parameters
    ----------
    table : pyarrow.Table
        Main table of the search.
    settings : SearchSettings
        Of the search.
    """
    rows = table.slice(0, MOST_DRAWN).to_pylist()
    if not rows:
        return []
    note = f"<p>{_both(_CORE)}</p>" if "core_atoms" in table.column_names else ""
    drawn = "".join(_molecule(row) for row in rows)
    found = [{"title": {"en": _TITLE.en, "ja": _TITLE.ja}, "html": f"{note}<div>{drawn}</div>"}]
    return [*found, *_concerns(table)]


def _molecule(row: dict[str, Any]) -> str:
    names = [f"{row['rank']}. {row['score']:.3f}"]
    if row["concerns"]:
        names.append(f"⚠ {', '.join(row['concerns'])}")
    if row["nearest"]:
        names.append(f"≈ {row['nearest_similarity']:.2f}")
    names.append(row["generator"])
    caption = "<br>".join(html.escape(str(name)[:120]) for name in names)
    return (
        '<figure style="display:inline-block;margin:.4em;vertical-align:top;width:200px">'
        f"{svg(row['smiles'], width=190, height=140, highlight_atoms=row.get('core_atoms') or ())}"
        f'<figcaption style="font-size:.75em">{caption}</figcaption></figure>'
    )


def _concerns(table: pa.Table) -> list[dict[str, Any]]:
    """Return the warning of scores that may be too good to be true."""
    listed = table.column("concerns").to_pylist()
    counts: dict[str, int] = {}
    for reasons in listed:
        for reason in dict.fromkeys(reasons or ()):
            counts[reason] = counts.get(reason, 0) + 1
    if not counts:
        return []
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_REASONS]
    items = "".join(f"<li>{html.escape(reason)}: {count}</li>" for reason, count in ordered)
    words = _both(_CONCERNED, count=sum(bool(reasons) for reasons in listed), total=len(listed))
    title = {"en": _CONCERNS.en, "ja": _CONCERNS.ja}
    return [{"title": title, "html": f"<p>{words}</p><ul>{items}</ul>"}]


def _both(label: Label, **values: object) -> str:
    """Return a text in both languages; the report's switch shows one."""
    english, japanese = label.en.format(**values), label.ja.format(**values)
    return f'<span class="en">{html.escape(english)}</span><span class="ja" lang="ja">{html.escape(japanese)}</span>'
