"""Fuzz: mutated SMILES, tables, SD files and structures must never crash, hang or lose a record.

``python benchmarks/fuzz_inputs.py [--cases 100000] [--workers 2] [--seed 0]``

Two kinds of mutation: *kept* ones leave the line structure alone, so that the number of records is
known and must come out; *wild* ones flip, cut, splice and re-encode anything, and must give either
records (the same number at every batch size) or one :class:`KozueError`. Any other exception, a dead
worker or a case that takes more than 5 s of processor time (or a minute on the clock, whatever else the
machine does) is a failure. A failing case can be repeated by its number and seed.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import multiprocessing
import os
import queue
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness

HANG_S = 5.0
CLOCK_S = 60.0
START_S = 120.0
SMILES_A_CASE = 25
DRUGS = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O",
    "C[C@H](N)C(=O)O",
    "F/C=C/F",
    "[Na+].[Cl-]",
    "C1=CC2=C(C(=C1)O)N=CC=C2",
    "O=C(O)c1ccccc1O",
    "CC12CCC3C(C1CCC2O)CCC4=C3C=CC(=C4)O",
    "CN(C)C(=N)NC(=N)N",
    "C[N+](C)(C)CC([O-])=O",
    "O=S(=O)(N)c1ccc(cc1)n1nc(cc1c1ccc(cc1)C)C(F)(F)F",
    "[13C@@H](F)(Cl)Br",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "CC(=O)N[C@@H](CO)C(=O)N1CCC[C@H]1C(=O)O",
    "C1CC1.C%12CCCC%12",
    "[2H]C([2H])O",
]
TOKENS = [
    *"()[]=#@/\\129%.+-cno*:~$>{}|",
    *("@@", "%99", "Br", "Cl", "[nH]", "[C@@H]", "[Fe+2]", "\x00", "é", "構", "\u202e"),
]
PDB_LINES = [
    f"ATOM  {n:5d}  {name:<3} {res} A{num:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00           {name[0]}  "
    for n, (name, res, num, x, y, z) in enumerate(
        [
            ("N", "MET", 1, 27.34, 24.43, 2.614),
            ("CA", "MET", 1, 26.266, 25.413, 2.842),
            ("C", "MET", 1, 26.913, 26.639, 3.531),
            ("O", "MET", 1, 27.886, 26.463, 4.263),
            ("N", "GLN", 2, 26.335, 27.77, 3.258),
            ("CA", "GLN", 2, 26.85, 29.021, 3.898),
        ],
        1,
    )
]


@dataclass
class Tally:
    """What happened to the inputs of one kind."""

    inputs: int = 0
    records: int = 0
    good: int = 0
    error_records: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    failures: list[str] = field(default_factory=list)


def corpus() -> dict[str, tuple[bytes, int, str]]:
    """Return small real files: kind -> (content, records, name)."""
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    table = "smiles,id,name,value\n" + "".join(
        f"{smiles},m{number},化合物 {number},{number * 0.37:.2f}\n" for number, smiles in enumerate(DRUGS)
    )
    quoted = 'SMILES;"note"\r\n' + "".join(f'"{s}";"a ""b""\r\n; c"\r\n' for s in DRUGS[:8])
    blocks = ""
    for number, smiles in enumerate(DRUGS[:5]):
        molecule = Chem.MolFromSmiles(smiles)
        rdDepictor.Compute2DCoords(molecule)
        blocks += f"m{number}" + Chem.MolToMolBlock(molecule) + f"> <pIC50>  ({number})\n{number}.5\n\n$$$$\n"
    atoms = "\n".join(
        f"ATOM {n} {line[12:16].strip()} {line[17:20]} A {line[30:38]} {line[38:46]} {line[46:54]}"
        for n, line in enumerate(PDB_LINES, 1)
    )
    names = ("group_PDB", "id", "label_atom_id", "label_comp_id", "label_asym_id")
    names += ("Cartn_x", "Cartn_y", "Cartn_z")
    cif = "data_1ABC\n_entry.id 1ABC\nloop_\n" + "".join(f"_atom_site.{n}\n" for n in names) + atoms + "\n#\n"
    pdb = "HEADER    HYDROLASE                               01-JAN-00   1ABC              \n"
    pdb += "\n".join(PDB_LINES) + "\nTER\nEND\n"
    return {
        "csv": (table.encode(), len(DRUGS), "a.csv"),
        "csv quoted": (quoted.encode(), 8, "q.csv"),
        "csv Shift_JIS": (table.encode("cp932"), len(DRUGS), "s.csv"),
        "csv UTF-16": (table.encode("utf-16"), len(DRUGS), "u.csv"),
        "csv gzip": (gzip.compress(table.encode()), len(DRUGS), "a.csv.gz"),
        "csv bzip2": (bz2.compress(table.encode()), len(DRUGS), "a.csv.bz2"),
        "smi": ("".join(f"{s} mol {n}\n" for n, s in enumerate(DRUGS)).encode(), len(DRUGS), "a.smi"),
        "sdf": (blocks.encode(), 5, "a.sdf"),
        "pdb": (pdb.encode(), 1, "a.pdb"),
        "mmcif": (cif.encode(), 1, "a.cif"),
        "fasta": (b">p1 first\nMKVLAAGTWQ\nMKVLA\n>p2\nMKVLAAGTWQRRS\n", 2, "a.fasta"),
    }


def flip(data: bytearray, rng: random.Random) -> None:
    """Change bits of a few bytes."""
    for _ in range(rng.choice((1, 1, 3, 20))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def cut(data: bytearray, rng: random.Random) -> None:
    """Drop the end or a piece."""
    start = rng.randrange(len(data) + 1)
    del data[start : rng.choice((len(data), start + rng.randrange(40)))]


def splice(data: bytearray, rng: random.Random) -> None:
    """Copy a piece to another place, perhaps many times."""
    start, at = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    data[at:at] = data[start : start + rng.randrange(60)] * rng.choice((1, 1, 2, 200))


def insert(data: bytearray, rng: random.Random) -> None:
    """Put something nasty somewhere."""
    nasty = (
        b"\0",
        b'"',
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b",",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"$$$$\n",
        b"M  END\n",
        b"=1+1",
    )
    more = (
        b"1e999",
        b"nan",
        "𝔘\u202e".encode(),
        "表ソ".encode("cp932"),
        b"\t" * 50,
        b"A" * 5000,
        b"> <x>\n",
        b"\x1a",
        b">",
    )
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(nasty + more)


def recode(data: bytearray, rng: random.Random) -> None:
    """Write the text in another encoding, or with other line ends, or packed."""
    text = bytes(data).decode("utf-8", "replace")
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: text.encode("utf-16"),
        lambda: text.encode("cp932", "replace"),
        lambda: text.encode("utf-8-sig"),
        lambda: text.encode("utf-16-le"),
        lambda: bytes(data).replace(b"\n", b"\r"),
        lambda: bytes(data).replace(b"\n", b"\r\n"),
        lambda: gzip.compress(bytes(data))[: rng.choice((None, -8, 60))],
    )
    data[:] = rng.choice(ways)()


def overwrite(data: bytearray, rng: random.Random) -> None:
    """Fill a piece with random bytes."""
    start = rng.randrange(len(data) + 1)
    piece = data[start : start + rng.randrange(30)]
    data[start : start + len(piece)] = rng.randbytes(len(piece))


WILD = (flip, cut, splice, insert, recode, overwrite)


def wild(content: bytes, rng: random.Random) -> bytes:
    """Apply one to four mutations of any kind."""
    data = bytearray(content)
    for _ in range(rng.randrange(1, 5)):
        rng.choice(WILD)(data, rng)
    return bytes(data)


def kept(content: bytes, rng: random.Random) -> bytes:
    """Change bytes after the first line without touching what separates or quotes records."""
    data = bytearray(content)
    first = data.find(b"\n") + 1
    special = b'\n\r"$>\0'
    for _ in range(rng.choice((1, 2, 5, 30))):
        at = rng.randrange(first, len(data))
        new = rng.choice((rng.randrange(128, 256), rng.randrange(33, 127), rng.randrange(33, 127)))
        line_start = data[at - 1] in b"\n"
        if data[at] not in special and new not in special and not line_start:
            data[at] = new
    return bytes(data)


def mutated_smiles(rng: random.Random) -> str | None:
    """Damage a SMILES by token; now and then give nothing or something absurd."""
    absurd = rng.random()
    if absurd < 0.02:
        return rng.choice(
            (None, "", " ", "C" * 3000, "(" * 500, "[" * 500, "C1" * 400, "." * 100, "C=" * 900 + "C")
        )
    text = rng.choice(DRUGS)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(text) + 1)
        way = rng.randrange(4)
        if way == 0:
            text = text[:at] + rng.choice(TOKENS) + text[at:]
        elif way == 1:
            text = text[:at] + text[at + rng.randrange(4) :]
        elif way == 2:
            other = rng.choice(DRUGS)
            text = text[:at] + other[rng.randrange(len(other)) :]
        else:
            text = text[:at] + text[at : at + 8] * rng.randrange(3) + text[at:]
    return text


def schema_for(kind: str) -> Any:
    """Return what an operation would ask of such a file."""
    from kozue.core.records import Column, Molecule, Schema

    if kind in ("pdb", "mmcif"):
        return Schema("structure", (Column("structure", role="protein_structure"),))
    if kind == "fasta":
        return Schema("protein", (Column("sequence", role="protein_sequence"),))
    if kind == "csv":
        return Molecule.with_columns(Column("value", "double", role="value", required=False))
    return Molecule


def read_all(content: Any, schema: Any, name: str, rows: int) -> tuple[int, int]:
    """Read every batch; return how many records there were and how many of them are errors."""
    from kozue.io import open_records

    records = errors = 0
    for batch in open_records(content, schema, filename=name).batches(rows):
        records += batch.num_rows
        errors += batch.num_rows - batch["error_code"].null_count
    return records, errors


def smiles_case(rng: random.Random, tally: Tally) -> None:
    """Read a list of damaged SMILES and parse what the reader lets through."""
    from kozue.chem.parsing import parse_many
    from kozue.core.records import Molecule
    from kozue.io import open_records

    given = [mutated_smiles(rng) for _ in range(SMILES_A_CASE)]
    tally.inputs += len(given)
    (batch,) = open_records(given, Molecule).batches(len(given))
    molecules, errors = parse_many(batch["smiles"].to_pylist())
    if not batch.num_rows == len(molecules) == len(given):
        tally.failures.append(f"{len(given)} SMILES became {batch.num_rows} records")
    if any((molecule is None) != (row in errors) for row, molecule in enumerate(molecules)):
        tally.failures.append("a SMILES has neither a molecule nor an error, or both")
    tally.records += len(given)
    tally.error_records += len(errors)
    tally.good += len(given) - len(errors)


def file_case(kind: str, original: tuple[bytes, int, str], rng: random.Random, tally: Tally) -> None:
    """Read a damaged file at two batch sizes."""
    from kozue.core.errors import KozueError

    content, known, name = original
    keeps = rng.random() < 0.4 and kind in ("csv", "smi", "sdf", "csv Shift_JIS")
    damaged = kept(content, rng) if keeps else wild(content, rng)
    tally.inputs += 1
    try:
        records, errors = read_all(damaged, schema_for(kind), name, 3)
        again, _ = read_all(damaged, schema_for(kind), name, 1000)
    except KozueError as error:
        if not error.message:
            tally.failures.append(f"an error without words: {error!r}")
        if keeps:
            tally.failures.append(f"{known} records were refused: {error}")
        tally.refused += 1
        return
    if records != again or (keeps and records != known):
        tally.failures.append(f"{records} and {again} records, {known if keeps else 'any number'} expected")
    tally.records += records
    tally.error_records += errors
    tally.good += records - errors


def run_case(case: int, seed: int, files: dict[str, tuple[bytes, int, str]], tally: dict[str, Tally]) -> None:
    """Run one case; its number and the seed decide everything about it."""
    rng = random.Random(f"{seed}/{case}")
    kinds = ["smiles", *files]
    kind = "smiles" if case % 50 == 0 else kinds[1 + rng.randrange(len(files))]
    part = tally.setdefault(kind, Tally())
    start = time.process_time()
    failed = len(part.failures)
    try:
        if kind == "smiles":
            smiles_case(rng, part)
        else:
            file_case(kind, files[kind], rng, part)
    except Exception:  # noqa: BLE001 - an uncaught error of any kind is what is looked for
        part.failures.append(traceback.format_exc(limit=-4))
    part.failures[failed:] = [f"case {case}: {text}" for text in part.failures[failed:]]
    part.slowest_s = max(part.slowest_s, time.process_time() - start)


def work(cases: range, seed: int, started: Any, results: Any) -> None:
    """Run cases in a process of its own, telling which one runs and since when."""
    files = corpus()
    for case in range(100):
        run_case(-case, seed, files, {})  # loads everything once, uncounted
    tally: dict[str, Tally] = {}
    for case in cases:
        started[0], started[1], started[2] = float(case), time.monotonic(), time.process_time()
        run_case(case, seed, files, tally)
    started[1] = -1.0
    results.put(tally)


@dataclass
class Watched:
    """A worker and the case that it is at."""

    cases: range
    process: Any
    started: Any
    born: float


def overdue(watched: Watched) -> bool:
    """Tell whether a worker's case takes longer than it may."""
    since, spent = watched.started[1], watched.started[2]
    now = time.monotonic()
    if since <= 0:
        return since == 0 and now - watched.born > START_S
    return now - since > CLOCK_S or (now - since > HANG_S and cpu_s(watched.process.pid) - spent > HANG_S)


def cpu_s(pid: int) -> float:
    """Return the processor time of a process; endless where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("inf")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def supervise(cases: int, workers: int, seed: int) -> tuple[dict[str, Tally], list[str]]:
    """Run all cases in pieces; end and report a worker that hangs or dies, and go on behind that case."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    size = 2000
    waiting = [range(start, min(start + size, cases)) for start in range(0, cases, size)][::-1]
    running: list[Watched] = []
    tallies: list[dict[str, Tally]] = []
    lost: list[str] = []

    def collect() -> None:
        while True:
            try:
                tallies.append(results.get(timeout=0.1))
            except queue.Empty:
                return

    while waiting or running:
        while waiting and len(running) < workers:
            piece = waiting.pop()
            started = context.Array("d", [float(piece.start), 0.0, 0.0], lock=False)
            process = context.Process(target=work, args=(piece, seed, started, results), daemon=True)
            process.start()
            running.append(Watched(piece, process, started, time.monotonic()))
        collect()
        for watched in running[:]:
            case = int(watched.started[0])
            hangs = overdue(watched)
            dead = not watched.process.is_alive() and watched.process.exitcode != 0
            if hangs or dead:
                lost.append(f"case {case}: " + (f"more than {HANG_S} CPU s" if hangs else "the worker died"))
                watched.process.kill()
                if case + 1 < watched.cases.stop:
                    waiting.append(range(case + 1, watched.cases.stop))
            if hangs or not watched.process.is_alive():
                watched.process.join()
                running.remove(watched)
    collect()
    return merged(tallies), lost


def merged(tallies: list[dict[str, Tally]]) -> dict[str, Tally]:
    """Add up what the workers counted."""
    whole: dict[str, Tally] = {}
    for tally in tallies:
        for kind, part in tally.items():
            into = whole.setdefault(kind, Tally())
            into.inputs += part.inputs
            into.records += part.records
            into.good += part.good
            into.error_records += part.error_records
            into.refused += part.refused
            into.slowest_s = max(into.slowest_s, part.slowest_s)
            into.failures += part.failures
    return dict(sorted(whole.items()))


def main() -> None:
    """Run the fuzz and print its table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=70_000, help="a SMILES case holds 25 inputs")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", type=int, default=None, help="repeat one case here, without a worker")
    given = options.parse_args()
    if given.only is not None:
        tally: dict[str, Tally] = {}
        run_case(given.only, given.seed, corpus(), tally)
        print(tally)
        return
    start = time.perf_counter()
    tallies, lost = supervise(given.cases, given.workers, given.seed)
    rows = [
        {
            "input": kind,
            "inputs": f"{part.inputs:,}",
            "records": f"{part.records:,}",
            "read": f"{part.good:,}",
            "error records": f"{part.error_records:,}",
            "refused with a reason": f"{part.refused:,}",
            "failures": len(part.failures),
            "slowest case (CPU s)": f"{part.slowest_s:.2f}",
        }
        for kind, part in tallies.items()
    ]
    inputs = sum(part.inputs for part in tallies.values())
    failures = [text for part in tallies.values() for text in part.failures] + lost
    for text, count in Counter(failures).most_common(20):
        print(f"{count} x {text}\n")
    rows.append(
        {
            "input": "all",
            "inputs": f"{inputs:,}",
            "failures": len(failures),
            "hangs or deaths": len(lost),
            "seconds": round(time.perf_counter() - start),
        }
    )
    slowest = [part.slowest_s for part in tallies.values()]
    picture = harness.bars("Slowest mutated input of each kind", list(tallies), slowest, "s", HANG_S)
    goal = "100,000 inputs, 0 uncaught errors, 0 hangs over 5 s, n records in = n records out"
    harness.write("fuzz_inputs", rows, picture, goal, not failures and inputs >= 100_000)


if __name__ == "__main__":
    main()
