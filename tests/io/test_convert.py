"""Values brought to the types that a schema asks for, and text in several encodings."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kozue.core.errors import KozueError
from kozue.core.records import Column, Molecule, Schema
from kozue.io import Limits, open_records

TYPED = Schema(
    "typed",
    (
        Column("smiles", role="molecule"),
        Column("flag", "bool", required=False),
        Column("count", "int64", required=False),
        Column("small", "int32", required=False),
        Column("half", "float", required=False),
        Column("tags", "list<string>", required=False),
        Column("numbers", "list<double>", required=False),
    ),
)


def read(source, schema=TYPED, **options):
    opened = open_records(source, schema, **options)
    return opened, [record for batch in opened.batches() for record in batch.to_pylist()]


def test_text_becomes_every_type():
    content = (
        b"smiles,flag,count,small,half,tags,numbers\n"
        b'C,yes,3,4.0,1.5,"[""a""]","[1, 2.5]"\n'
        b"C,FALSE,-1,,nan,,\n"
        b"C,na,N/A,1e3,none,null,[]\n"
    )
    _, records = read(content, filename="a.csv")
    assert [record["error_code"] for record in records] == [None] * 3
    assert [record["flag"] for record in records] == [True, False, None]
    assert [record["count"] for record in records] == [3, -1, None]
    assert [record["small"] for record in records] == [4, None, 1000]
    assert [record["half"] for record in records] == [1.5, None, None]
    assert [record["tags"] for record in records] == [["a"], None, None]
    assert [record["numbers"] for record in records] == [[1.0, 2.5], None, []]


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("flag", "perhaps", "true or false"),
        ("count", "1.5", "a whole number"),
        ("count", "1e30", "a whole number"),
        ("small", "3000000000", "a whole number"),
        ("half", "1,5", "a number"),
        ("half", "-inf", "infinite"),
        ("tags", "[1", "list"),
        ("numbers", '["a"]', "list"),
    ],
)
def test_what_cannot_be_converted_is_named(column, value, word):
    _, records = read([{"smiles": "C", column: value}, {"smiles": "CC", column: None}])
    assert [record["error_code"] for record in records] == ["unreadable_value", None]
    assert word in records[0]["error_message"] and column in records[0]["error_message"]
    assert records[0][column] is None and records[0]["smiles"] == "C"


def test_typed_columns_in_memory_are_converted_too():
    table = pa.table(
        {
            "smiles": pa.array([b"C", b"CC"], pa.binary()),
            "flag": pa.array([1, 0]),
            "count": pa.array([1.0, 2.5]),
            "half": pa.array([1, 2]),
            "tags": pa.array([["a"], None], pa.list_(pa.large_string())),
            "day": pa.array([0, 1], pa.date32()),
        }
    )
    _, records = read(table)
    assert [record["smiles"] for record in records] == ["C", "CC"]
    assert [record["flag"] for record in records] == [True, False]
    assert [record["error_code"] for record in records] == [None, "unreadable_value"]
    assert records[0]["tags"] == ["a"] and str(records[1]["day"]) == "1970-01-02"


def test_molecules_from_mol_blocks_in_cells_may_be_long():
    from rdkit import Chem

    block = Chem.MolToMolBlock(Chem.MolFromSmiles("C" * 100))
    _, records = read([block, "C" * 3000], Molecule)
    assert [record["error_code"] for record in records] == [None, "too_long"]


def test_lines_longer_than_a_small_limit_are_set_aside_in_their_place():
    lines = [b"smiles,id"] + [
        b"C" * (200 if number % 10 == 3 else 5) + b",%d" % number for number in range(50)
    ]
    _, records = read(b"\n".join(lines), Molecule, filename="a.csv", limits=Limits(max_line_bytes=100))
    codes = [record["error_code"] for record in records]
    assert codes == ["line_too_long" if number % 10 == 3 else None for number in range(50)]
    _, records = read(
        b"\r\n".join(lines) + b"\r\n", Molecule, filename="a.csv", limits=Limits(max_line_bytes=100)
    )
    assert [record["error_code"] for record in records] == codes
    content = b"\n".join(line.replace(b",", b" ") for line in lines)
    _, records = read(content, Molecule, filename="a.smi", limits=Limits(max_line_bytes=100))
    assert [record["error_code"] for record in records] == codes


def test_bytes_of_no_encoding_are_replaced_and_told():
    content = "smiles,name\nC,エタノール\n".encode() + b"CC,a\x81\xff\xfe\x90\n"
    source, records = read(content, Molecule, filename="a.csv")
    assert len(records) == 2 and "\ufffd" in records[1]["name"]
    assert {warning.code for warning in source.warnings} == {"replaced_characters"}


def test_lone_carriage_returns_with_a_line_too_long():
    content = b"smiles,id\rC,1\r" + b"C" * 500 + b",2\rCC,3\r"
    _, records = read(content, Molecule, filename="a.csv", limits=Limits(max_line_bytes=100))
    assert [record["id"] for record in records] == ["1", None, "3"]


def test_smiles_file_that_was_cut_and_one_with_a_header():
    import gzip

    packed = gzip.compress(b"".join(b"C%s m%d\n" % (b"C" * (n % 9), n * 7919 % 9973) for n in range(3000)))
    source, records = read(packed[:4000], Molecule, filename="a.smi.gz")
    assert records[-1]["error_code"] == "cut_file" and source.warnings
    source, records = read(b"smiles name\nC x\n", Molecule, filename="a.smi")
    assert len(records) == 1 and {warning.code for warning in source.warnings} == {"header_line"}


def test_structure_packed_and_cut():
    import gzip
    import random

    schema = Schema("structure", (Column("structure", role="protein_structure"),))
    rng = random.Random(0)
    line = "ATOM  {:5d}  CA  ALA A{:4d}    {:8.3f}{:8.3f}{:8.3f}  1.00 20.00           C  \n"
    atoms = "".join(line.format(n, n, *(rng.uniform(-99, 99) for _ in range(3))) for n in range(1, 900))
    packed = gzip.compress(("HEADER    X\n" + atoms).encode())
    _, records = read(packed, schema, filename="a.pdb.gz")
    assert records[0]["error_code"] is None
    source, records = read(packed[: len(packed) // 2], schema, filename="a.pdb.gz")
    assert [record["error_code"] for record in records] == ["cut_file"] and source.warnings


def test_names_that_the_package_does_not_have():
    import kozue.io

    assert "open_records" in dir(kozue.io)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kozue.io.nothing
    with pytest.raises(KozueError):
        open_records(b"", Molecule)
