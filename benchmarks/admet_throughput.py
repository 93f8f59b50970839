"""ADMET throughput on one core, cold start and memory, for all 22 endpoints with everything that comes with them."""

from __future__ import annotations

import sys

from harness import measure, write

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
COUNT = 1000
RATE, COLD, MEMORY = 100.0, 3.0, 500.0

# Different drug-like molecules without any data set: fragments put together.
MANY = """
import itertools
cores = ["c1ccc({})cc1{}", "c1cc({})ncc1{}", "C1CN({})CCN1{}", "c1ccc2[nH]c({})c(C)c2c1{}", "O=C1CCC({})N1{}"]
left = ["C(=O)NCc1ccccc1", "S(=O)(=O)NC", "OCCN(C)C", "C(=O)N1CCOCC1", "CC(=O)O", "Cc1ccncc1", "C(F)(F)F", "CCCC"]
right = ["", ".Cl", "C", "CC", "CCC", "CCO", "CC(C)C", "CCN", "CC#N", "CCOC", "CCCl", "CCF", "CCS", "CCCC",
         "CC(C)(C)C", "CCCO", "CCC(=O)N", "CC1CC1", "CCc1ccccc1", "CCc1ccco1", "CCC(=O)OC", "CCNC", "CCCN", "CCCCC",
         "CCOCC"]
smiles = [c.format(a, b) for c, a, b in itertools.product(cores, left, right)][:COUNT]
"""
CODE = """
import time
from kozue.core.context import Context
from kozue.core.registry import get_registry
import pyarrow as pa
predict = get_registry().operation("admet.predict")
settings = predict.parse({})
def run(smiles):
    batches = [pa.RecordBatch.from_pydict({"smiles": smiles[i:i + 256]}) for i in range(0, len(smiles), 256)]
    return list(predict(iter(batches), settings, Context()))
run(smiles[:8])
began = time.process_time()
found = run(smiles)
took = time.process_time() - began
failed = sum(batch.num_rows - batch.column("error_code").null_count for batch in found)
print(len(smiles) / took, failed, len(set(smiles)))
"""
ONE = "from kozue import run; print(run.answer('admet.predict', ['CC(=O)Oc1ccccc1C(=O)O']).n_ok)"


def main():
    many = measure([sys.executable, "-c", MANY.replace("COUNT", str(COUNT)) + CODE], environment=ONE_THREAD)
    rate, failed, distinct = many.output.split()
    cold = min(
        (measure([sys.executable, "-c", ONE], environment=ONE_THREAD) for _ in range(3)),
        key=lambda c: c.cpu_s,
    )
    rows = [
        {
            "what": "molecules per CPU second, 22 endpoints, one thread",
            "found": float(rate),
            "goal": f">= {RATE:g}",
        },
        {"what": "distinct molecules", "found": int(distinct), "goal": ""},
        {"what": "molecules without an answer", "found": int(failed), "goal": "0"},
        {"what": "process start to first answer, CPU s", "found": cold.cpu_s, "goal": f"<= {COLD:g}"},
        {"what": "process start to first answer, wall s", "found": cold.wall_s, "goal": ""},
        {"what": "peak memory, MB", "found": many.peak_mb, "goal": f"<= {MEMORY:g}"},
    ]
    met = float(rate) >= RATE and cold.cpu_s <= COLD and many.peak_mb <= MEMORY and int(failed) == 0
    write(
        "admet_throughput", rows, None, f">= {RATE:g} molecules/s on one core; cold start <= {COLD:g} s", met
    )


if __name__ == "__main__":
    main()
