"""Inputs made to burn time or memory end quickly."""

from __future__ import annotations

import io
import lzma
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kozue.core.errors import KozueError, LimitError
from kozue.core.records import Molecule
from kozue.io import Limits, open_records

LONG = 1_000_000


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.smi", b"C" + b" " * LONG + b"x\n"),
        ("a.smi", b"C |" + b"| " * (LONG // 2) + b"\n"),
        ("a.sdf", b"x\n\n\nM  END\n>" + b"<" * LONG + b"\n$$$$\n"),
        ("a.sdf", b"x\n\n\nM  END\n> <a" + b"<a" * (LONG // 2) + b"\n$$$$\n"),
        ("a.sdf", b"$$$$\n" * 50_000 + b"M  END\n"),
        ("a.csv", b"smiles," + b"x," * 1000 + b"\n" + b"C" + b"," * 1001 + b"\n"),
        ("a.csv", b"a," * 250_000 + b"\nC\n"),
        ("a.csv", b"smiles,x\n" + b'C,"' * 200_000 + b"\n"),
        ("a.csv", b"smiles,x\n" + b'"' * LONG + b"\n"),
        ("a.csv", b"smiles,x\n" + b'"\n' * 300_000),
        ("a.csv", b"smiles\n" + b"[" * LONG + b"\n"),
        ("a.csv", b"smiles,x\n" + b"\n" * LONG + b"C,1\n"),
        ("a.csv", b"smiles,x\n" + b"C,\xff\n" * 100_000),
        ("a.fasta", b">a\n" + b"M\n" * 500_000),
        ("a.fasta", b">\n" * 300_000),
        ("a.csv", b"\r" * LONG),
    ],
)
def test_time_is_bounded(name, content):
    start = time.process_time()
    try:
        for _ in open_records(content, Molecule, filename=name).batches():
            pass
    except KozueError as error:
        assert len(str(error)) < 3000
    # Under a tracer (coverage) everything takes several times as long.
    assert time.process_time() - start < (5 if sys.gettrace() is None else 30)


def test_mol_block_of_absurd_size_is_an_error_record():
    atoms = b"    0.0000    0.0000    0.0000 C   0  0\n" * 6000
    content = b"x\n\n\n  6  0  0  0  0  0  0  0  0  0999 V2000\n" + atoms + b"M  END\n$$$$\n"
    (batch,) = open_records(content, Molecule, filename="a.sdf").batches()
    assert batch["error_code"].to_pylist() == ["too_long"]


def test_xz_that_asks_for_much_memory_is_refused():
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    content = lzma.compress(b"smiles\nCCO\n", filters=filters)
    with pytest.raises(KozueError, match="damaged"):
        open_records(content, Molecule, filename="a.csv.xz")


def test_parquet_row_group_larger_than_the_limit():
    stream = io.BytesIO()
    pq.write_table(pa.table({"smiles": ["C" * 1000] * 1000}), stream, use_dictionary=False)
    with pytest.raises(LimitError, match="row group"):
        open_records(stream.getvalue(), Molecule, limits=Limits(max_total_bytes=10_000))


def test_names_of_many_equal_columns():
    header = b"smiles," + b",".join([b"x"] * 1500)
    source = open_records(header + b"\nC" + b",1" * 1500 + b"\n", Molecule, filename="a.csv")
    assert source.arrow_schema.names[-3] == "x (1500)"
    assert len(set(source.arrow_schema.names)) == 1503


def test_table_that_is_named_smi():
    source = open_records(b"CCO,ethanol\nCC,ethane\n", Molecule, filename="a.smi")
    assert source.format == "csv" and "format_by_content" in {warning.code for warning in source.warnings}
    source = open_records(b"smiles\tid\nCCO\tx\n", Molecule, filename="a.smi")
    assert source.format == "tsv" and source.column_map == {"smiles": "smiles", "id": "id"}
