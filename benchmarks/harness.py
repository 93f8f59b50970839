"""What every benchmark shares: measure a process from outside, write a table and a picture."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True)
class Cost:
    """What a finished process cost.

    Parameters
    ----------
    wall_s, cpu_s : float
        Seconds on the clock, and of processor time (user + system).
    peak_mb : float
        Largest resident memory of the process itself, in MB.
    output : str
        Standard output.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def measure(command: list[str], *, environment: dict[str, str] | None = None, check: bool = True) -> Cost:
    """Run a command and account for it with the operating system's own figures."""
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=out, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if check and process.returncode:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        out.seek(0)
        text = out.read().decode(errors="replace")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, text)


def own_peak_mb() -> float:
    """Return the largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def table(rows: list[dict[str, Any]]) -> str:
    """Return rows as a Markdown table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_cell(row.get(name)) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def write(
    name: str, rows: list[dict[str, Any]], figure: Any = None, goal: str = "", met: bool | None = None
) -> None:
    """Print a benchmark's table and keep it as Markdown, JSON and picture in ``benchmarks/out``.

    Parameters
    ----------
    name : str
        File name without suffix.
    rows : list of dict
        The table.
    figure : matplotlib Figure, optional
        The picture.
    goal : str
        What was to be reached, in words.
    met : bool, optional
        Whether it was.
    """
    OUT.mkdir(exist_ok=True)
    verdict = "" if met is None else ("met" if met else "MISSED")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = f"## {name}\n\nGoal: {goal} — **{verdict}**\n\n{table(rows)}\n\n{machine}\n"
    (OUT / f"{name}.md").write_text(text, encoding="utf-8")
    kept = {"name": name, "goal": goal, "met": met, "rows": rows, "machine": machine}
    (OUT / f"{name}.json").write_text(json.dumps(kept, indent=1, default=str), encoding="utf-8")
    if figure is not None:
        figure.savefig(OUT / f"{name}.svg")
    sys.stdout.write(text + "\n")


def bars(title: str, labels: list[str], values: list[float], unit: str, goal: float | None = None) -> Any:
    """Return a bar chart with the goal as a line."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.5 * len(labels) + 1.4), layout="constrained")
    axes = figure.subplots()
    axes.barh(labels, values, color="#0f766e")
    for place, value in enumerate(values):
        axes.text(value, place, f" {value:.3g}", va="center", fontsize=9)
    if goal is not None:
        axes.axvline(goal, color="#b42318", linestyle="--", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
