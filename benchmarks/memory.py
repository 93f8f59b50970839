"""Memory: ten million rows must need no more than a hundred thousand do."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "operations")]
os.environ["PYTHONPATH"] = str(HERE / "operations")

import harness  # noqa: E402 - the path to it is set above

CODE = """
import sys
import bench_operations
from kozue.core.registry import get_registry
get_registry().add_module(bench_operations)
from kozue.run import RunStore, execute
run = RunStore().create("bench.nothing", sys.argv[1])
status = execute(run.folder)
print(status["n_ok"])
"""


def main(sizes=(100_000, 10_000_000)):
    rows, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / "in.csv"
            with path.open("w") as stream:
                stream.write("smiles,id\n")
                for start in range(0, size, 100_000):
                    stream.writelines(
                        f"CC(=O)Oc1ccccc1C(=O)O,{n}\n" for n in range(start, min(start + 100_000, size))
                    )
            cost = harness.measure(
                [sys.executable, "-c", CODE, str(path)], environment={"KOZUE_HOME": folder}
            )
            if int(cost.output) != size:
                raise RuntimeError(f"{cost.output} of {size} rows came back")
            peaks.append(cost.peak_mb)
            rows.append(
                {
                    "rows": size,
                    "peak MB": cost.peak_mb,
                    "wall s": cost.wall_s,
                    "rows a second": size / cost.wall_s,
                }
            )
    ratio = peaks[-1] / peaks[0]
    rows.append({"rows": "ratio", "peak MB": ratio})
    figure = harness.bars("Peak memory", [f"{size:,} rows" for size in sizes], peaks, "MB", 1.1 * peaks[0])
    harness.write("memory", rows, figure, "peak at 10 M rows <= 1.1x that at 100 k", ratio <= 1.1)


if __name__ == "__main__":
    main()
