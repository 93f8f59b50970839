"""ADMET throughput on one core, cold start and memory, for all endpoints with everything that comes with them.

``--peer PYTHON`` names the interpreter of an environment with ADMET-AI (``pip install kozue[bench]`` there): it then
predicts the same molecules in the same run.
"""

from __future__ import annotations

import argparse
import sys

from harness import measure, write

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
COUNT = 1000
COLD, MEMORY = 3.0, 500.0
TIMES = {"fast": 10.0, "fast, values alone": None, "accurate": 1.0}  # as fast as the peer
SETTINGS = {
    "fast": {"mode": "fast"},
    "fast, values alone": {"mode": "fast", "detail": "values"},  # no more than the peer shows
    "accurate": {"mode": "accurate"},
}

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
settings = predict.parse(SETTINGS)
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
PEER = """
import time
from admet_ai import ADMETModel
model = ADMETModel(num_workers=0)
model.predict(smiles=smiles[:8])
began = time.process_time()
found = model.predict(smiles=smiles)
took = time.process_time() - began
print(len(smiles) / took, len(smiles) - len(found), len(set(smiles)))
"""
ONE = "from kozue import run; print(run.answer('admet.predict', ['CC(=O)Oc1ccccc1C(=O)O']).n_ok)"


def rate_of(python, code):
    """Return molecules a CPU second, how many had no answer, how many were distinct, and peak memory."""
    found = measure([python, "-c", MANY.replace("COUNT", str(COUNT)) + code], environment=ONE_THREAD)
    rate, failed, distinct = found.output.split()[-3:]
    return float(rate), int(failed), int(distinct), found.peak_mb


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="interpreter of an environment with ADMET-AI")
    chosen = parser.parse_args()
    rates, rows, ok = {}, [], True
    for mode in TIMES:
        rates[mode], failed, distinct, peak = rate_of(
            sys.executable, CODE.replace("SETTINGS", repr(SETTINGS[mode]))
        )
        rows += [
            {"what": f"{mode}: molecules per CPU second, all endpoints, one thread", "found": rates[mode]},
            {
                "what": f"{mode}: molecules without an answer of {distinct} distinct",
                "found": failed,
                "goal": "0",
            },
            {
                "what": f"{mode}: peak memory, MB",
                "found": peak,
                "goal": f"<= {MEMORY:g}" if mode.startswith("fast") else "",
            },
        ]
        ok &= failed == 0 and (not mode.startswith("fast") or peak <= MEMORY)
    cold = min(
        (measure([sys.executable, "-c", ONE], environment=ONE_THREAD) for _ in range(3)),
        key=lambda c: c.cpu_s,
    )
    rows += [
        {"what": "process start to first answer, CPU s", "found": cold.cpu_s, "goal": f"<= {COLD:g}"},
        {"what": "process start to first answer, wall s", "found": cold.wall_s},
    ]
    ok &= cold.cpu_s <= COLD
    if chosen.peer:
        peer, _, _, peak = rate_of(chosen.peer, PEER)
        rows += [
            {"what": "ADMET-AI: molecules per CPU second, one thread", "found": peer},
            {"what": "ADMET-AI: peak memory, MB", "found": peak},
        ]
        for mode, times in TIMES.items():
            row = {"what": f"{mode} over ADMET-AI", "found": rates[mode] / peer}
            rows.append(row if times is None else {**row, "goal": f">= {times:g}"})
            ok &= times is None or rates[mode] >= times * peer
    write("admet_throughput", rows, None, "fast mode ten times, accurate mode once as fast as ADMET-AI", ok)


if __name__ == "__main__":
    main()
