"""Engine: overhead a record at 1,024-row batches, and what a pool of two gains."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "operations")]
os.environ["PYTHONPATH"] = str(HERE / "operations")

import harness  # noqa: E402 - the path to it is set above

ROWS = 400_000
REPEATS = 3


def timed(operation, path, folder, clock=time.monotonic, **options):
    """Return the seconds that a run takes from its description to its report."""
    from kozue.run import RunStore, execute

    run = RunStore(folder).create(operation, path, options.pop("settings", {}), **options)
    began = clock()
    execute(run.folder)
    return clock() - began


def main():
    import bench_operations
    import pyarrow as pa
    import pyarrow.csv

    from kozue.core.registry import get_registry

    get_registry().add_module(bench_operations)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KOZUE_HOME"] = folder
        path = Path(folder) / "many.csv"
        table = pa.table({"smiles": ["CC(=O)Oc1ccccc1C(=O)O"] * ROWS, "id": pa.array(range(ROWS))})
        pa.csv.write_csv(table, path)
        few = Path(folder) / "few.csv"
        pa.csv.write_csv(table.slice(0, 1024), few)
        # Processor time: what else the machine does is no overhead of ours. The report's fixed cost is taken off.
        fixed = min(timed("bench.nothing", few, Path(folder), time.process_time) for _ in range(REPEATS))
        whole = min(timed("bench.nothing", path, Path(folder), time.process_time) for _ in range(REPEATS))
        overhead = (whole - fixed) / (ROWS - 1024) * 1e6
        busy = Path(folder) / "busy.csv"
        pa.csv.write_csv(table.slice(0, 16_384), busy)
        ratios = []
        for _ in range(REPEATS):
            alone = timed("bench.work", busy, Path(folder), settings={"rounds": 30_000})
            pair = timed(
                "bench.work", busy, Path(folder), settings={"rounds": 30_000}, engine="pool", workers=2
            )
            ratios.append(alone / pair)
    ratio = sorted(ratios)[len(ratios) // 2]
    rows = [
        {
            "what": "overhead of reading, row keeping, parts and joining",
            "value": overhead,
            "unit": "us a record",
            "must": "<= 5",
        },
        {
            "what": "pool of 2 over inline, CPU-bound (median of 3)",
            "value": ratio,
            "unit": "x",
            "must": ">= 1.8",
        },
        {
            "what": "lowest and highest of the three",
            "value": f"{min(ratios):.2f} - {max(ratios):.2f}",
            "unit": "x",
        },
    ]
    figure = harness.bars("Engine", ["overhead [us a record]", "pool of 2 [x inline]"], [overhead, ratio], "")
    harness.write(
        "engine",
        rows,
        figure,
        "<= 5 us a record; pool >= 1.8x inline on 2 cores",
        overhead <= 5 and ratio >= 1.8,
    )


if __name__ == "__main__":
    main()
