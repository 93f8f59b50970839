"""Writers: every format, atomic, deterministic, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.errors import InputError
from kozue.core.records import Molecule
from kozue.io import open_records, write_records

RECORDS = [
    {"smiles": "CCO", "id": "=1+1", "note": 'a,"b"\nc', "v": -3.5, "l": [1, 2], "s": {"a": 1.5}},
    {"smiles": "C1CC", "id": "-x", "note": "\tt", "v": None, "l": None, "s": None},
    {"smiles": None, "id": "構造", "note": None, "v": 2.0, "l": [], "s": None},
]


def batches(rows=2):
    return open_records(RECORDS, Molecule).batches(rows)


def written(path):
    assert write_records(batches(), path) == 3
    source = open_records(path, Molecule)
    return [record for batch in source.batches() for record in batch.to_pylist()]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz", "a.tsv.zst", "a.csv.bz2", "a.parquet"])
def test_tables_are_read_back(tmp_path, name):
    found = written(tmp_path / name)
    assert [record["smiles"] for record in found] == ["CCO", "C1CC", None]
    assert found[2]["id"] == "構造" and found[2]["error_code"] == "empty_value"
    if "parquet" in name:
        assert found[0]["l"] == [1, 2] and found[0]["id"] == "=1+1"
    else:
        assert found[0]["note"] == 'a,"b"\nc' and found[0]["l"] == "[1, 2]" and found[0]["s"] == '{"a": 1.5}'
        assert [record["v"] for record in found] == ["-3.5", None, "2"]


def test_formulas_are_guarded_and_numbers_are_not():
    stream = io.BytesIO()
    write_records(batches(), stream, "csv")
    rows = list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline="")))
    assert [row["id"] for row in rows] == ["'=1+1", "'-x", "構造"]
    assert rows[0]["v"] == "-3.5" and rows[1]["note"] == "'\tt"
    stream = io.BytesIO()
    write_records(batches(), stream, "csv", guard_formulas=False)
    assert b"\nCCO,=1+1," in stream.getvalue()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=20), st.text(min_size=1, max_size=8))
def test_no_text_cell_can_be_a_formula(cells, header):
    table = pa.table(
        {header: pa.array([c.encode("utf-8", "replace").decode() for c in cells]), "n": range(len(cells))}
    )
    stream = io.BytesIO()
    write_records(table.to_batches(), stream, "csv")
    text = stream.getvalue().decode("utf-8", "surrogatepass")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == len(cells) + 1
    assert not any(row[0][:1] in tuple("=+-@\t\r") for row in rows)
    assert [row[0].removeprefix("'") for row in rows[1:]] == [cell.removeprefix("'") for cell in cells]


def test_single_column_with_an_empty_cell_keeps_its_rows(tmp_path):
    table = pa.table({"smiles": ["C", None, "CC"]})
    write_records(table.to_batches(), tmp_path / "a.csv")
    source = open_records(tmp_path / "a.csv", Molecule)
    assert sum(batch.num_rows for batch in source.batches()) == 3


def test_sdf_keeps_every_record(tmp_path):
    found = written(tmp_path / "a.sdf")
    assert [record["smiles"] for record in found] == ["CCO", None, None]
    assert [record["error_code"] for record in found] == [None, "unreadable_molecule", "empty_value"]
    assert found[2]["error_message"].startswith("<records>, record 3")
    assert found[0]["v"] == "-3.5" and found[1]["id"] == "-x"


def test_sdf_values_cannot_break_out_of_their_record(tmp_path):
    nasty = pa.table({"smiles": ["C", "CC"], "x": ["a\n\n$$$$\n> <y>\nb", "2"], "<b>": ["1", "2"]})
    assert write_records(nasty.to_batches(), tmp_path / "a.sdf") == 2
    source = open_records(tmp_path / "a.sdf", Molecule)
    assert sum(batch.num_rows for batch in source.batches()) == 2


def test_smi_and_jsonl(tmp_path):
    write_records(batches(), tmp_path / "a.smi")
    lines = (tmp_path / "a.smi").read_text().splitlines()
    assert lines[:2] == ["CCO =1+1", "C1CC -x"] and lines[2].startswith("* error: ")
    write_records(batches(), tmp_path / "a.jsonl")
    found = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert found[0]["l"] == [1, 2] and found[1]["v"] is None and len(found) == 3


def test_jsonl_has_no_numbers_that_json_lacks(tmp_path):
    table = pa.table({"v": [float("nan"), float("inf"), 1.0]})
    write_records(table.to_batches(), tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == '{"v": null}\n{"v": null}\n{"v": 1.0}\n'


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.csv.gz", "a.csv.zst", "a.sdf", "a.jsonl"])
def test_same_records_give_the_same_bytes_however_batched(tmp_path, name):
    write_records(batches(1), tmp_path / name)
    first = (tmp_path / name).read_bytes()
    write_records(batches(3), tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def failing():
        yield from batches()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_records(failing(), path)
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_places_and_formats_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="does not say in which format"):
        write_records(batches(), tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="no format named 'xls'"):
        write_records(batches(), tmp_path / "a.csv", "xls")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_records(batches(), tmp_path / "file" / "a.csv")
    with pytest.raises(InputError, match="hold no molecules"):
        write_records(pa.table({"a": [1]}).to_batches(), tmp_path / "a.sdf")


def test_standard_output(capsysbinary):
    write_records(batches(), "-", "tsv")
    assert capsysbinary.readouterr().out.startswith(b"smiles\tid\tnote\t")


def test_roles_travel_through_parquet(tmp_path):
    write_records(batches(), tmp_path / "a.parquet")
    source = open_records(tmp_path / "a.parquet", Molecule)
    assert source.arrow_schema.field("smiles").metadata[b"kozue.role"] == b"molecule"
