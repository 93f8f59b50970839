"""The shipped models among the entries of the public leaderboard, as table and picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from kozue.core.svg import as_svg
from kozue.systems.molecules.admet.benchmark import BOARD, Group, Standing
from kozue.systems.molecules.admet.endpoints import ENDPOINTS
from kozue.systems.molecules.admet.outputs import LEADERBOARD_SCHEMA


def columns(standing: Standing) -> dict[str, Any]:
    """Return what the evaluation's table says of a standing."""
    return {
        "rank": standing.place,
        "entries": standing.entries,
        "rank_without_leaks": standing.clean_place,
        "best_entry": standing.best.name,
        "best_public": standing.best.value,
    }


def table(group: Group, scores: Mapping[str, float], name: str) -> pa.Table:
    """Return all entries of each endpoint's board in order, ours among them.

    Parameters
    ----------
    group : Group
        With the leaderboard.
    scores : mapping of str to float
        Our value by endpoint; those without a board are left out.
    name : str
        What our entry is called.
    """
    rows: list[dict[str, Any]] = []
    for key, score in scores.items():
        endpoint = ENDPOINTS[key]
        standing = group.standing(endpoint.dataset, endpoint.metric, score)
        if standing is None:
            continue
        entries = [
            {
                "entry": one.name,
                "value": one.value,
                "spread": one.spread,
                "is_ours": False,
                "is_leaked": one.is_leaked,
            }
            for one in group.board(endpoint.dataset)
        ]
        ours = {"entry": name, "value": score, "spread": None, "is_ours": True, "is_leaked": False}
        entries.insert(standing.place - 1, ours)
        for number, entry in enumerate(entries):
            is_tied = number > 0 and entry["value"] == entries[number - 1]["value"]
            place = rows[-1]["place"] if is_tied else number + 1
            spread = entry["spread"]
            entry["spread"] = None if spread is None or spread != spread else spread
            rows.append({"endpoint": key, "place": place, "metric": endpoint.metric, **entry})
    return pa.Table.from_pylist(rows, schema=LEADERBOARD_SCHEMA.to_arrow())


def picture(standings: Mapping[str, Standing]) -> Any:
    """Draw where each endpoint stands on its board; a matplotlib figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.28 * len(standings) + 1.4), layout="constrained")
    axes = figure.subplots()
    for row, one in enumerate(standings.values()):
        axes.plot(
            [1, one.entries], [row, row], color="#d9d5cc", linewidth=5, solid_capstyle="round", zorder=1
        )
        axes.text(one.entries + 0.6, row, str(one.entries), va="center", fontsize=7, color="#777777")
        if one.clean_place != one.place:
            axes.plot(
                one.clean_place, row, "o", markerfacecolor="white", color="#2a7ab9", markersize=8, zorder=2
            )
        axes.plot(one.place, row, "o", color="#2a7ab9", markersize=8, zorder=3)
    axes.set_yticks(range(len(standings)), list(standings))
    axes.invert_yaxis()
    axes.set_xlabel(
        f"place on the board of the {BOARD} (1 is best, grey: all entries;\n"
        "hollow: without entries that are known to have seen the labels)",
        fontsize=8,
    )
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def figures(standings: Mapping[str, Standing], mode: str) -> dict[str, str]:
    """Return the picture as SVG by title; nothing without standings."""
    if not standings:
        return {}
    return {f"Place on the public leaderboard, mode {mode}": as_svg(picture(standings))}
