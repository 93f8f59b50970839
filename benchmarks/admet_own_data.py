"""Own measurements of 5,000 molecules: trained, judged over whole scaffolds and reported, by the command line.

PharmaBench's log D stands in for a company's assay. Without transfer, since the shipped networks know these labels: the
scores then are those of a model that saw nothing but four fifths of these molecules (and with transfer the time is that
of a user, the score is flattered and not shown). With limits: a quarter of the values are known only as ``>limit``;
scores count the measured ones alone, so that the two lines' errors are not of the same molecules.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from harness import measure, write
from kozue.data import get

COUNT, SEED = 5000, 0
GOAL_MIN = 20.0
WAYS = {
    "as a user would": ("y", []),
    "without transfer": ("y", ["--transfer=false"]),
    "a quarter only limits": ("censored", ["--transfer=false"]),
}


def main():
    table = pd.read_parquet(get("pharmabench")["pharmabench_final_11.parquet"])
    rows = table[table.dataset == "logd_reg"].sample(COUNT, random_state=SEED)
    limit = rows.value.quantile(0.75)
    given = pd.DataFrame({"smiles": rows.Smiles_unify, "y": rows.value})
    given["censored"] = [f">{limit:g}" if value > limit else str(value) for value in rows.value]
    found, slowest = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.csv"
        given.to_csv(path, index=False)
        for number, (way, (column, options)) in enumerate(WAYS.items()):
            out = Path(folder) / str(number)
            command = [
                "admet",
                "train",
                path,
                "--target",
                column,
                "--name",
                f"own-{number}",
                *options,
                "-o",
                out,
            ]
            cost = measure(
                [str(Path(sys.executable).with_name("kozue")), *map(str, command)],
                environment={"OMP_NUM_THREADS": "1", "KOZUE_HOME": str(Path(folder) / "home")},
            )
            if not (out / "report.html").exists():
                raise RuntimeError(f"{way}: there is no report")
            line = {
                "what": way,
                "wall s": round(cost.wall_s),
                "CPU s": round(cost.cpu_s),
                "peak MB": round(cost.peak_mb),
            }
            if number:
                metrics = pq.read_table(out / "result.parquet").to_pandas().set_index("metric")
                for name in ("MAE", "coverage"):
                    if name in metrics.index:
                        one = metrics.loc[name]
                        ends = f" ({one['low']:.3f} to {one['high']:.3f})" if pd.notna(one["low"]) else ""
                        line[name] = f"{one['value']:.3f}{ends}"
            found.append(line)
            slowest = max(slowest, cost.wall_s)
    write("admet_own_data", found, None, f"at most {GOAL_MIN:g} minutes", slowest <= 60 * GOAL_MIN)


if __name__ == "__main__":
    main()
