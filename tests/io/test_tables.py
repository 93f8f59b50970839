"""CSV, TSV and SMILES files: dialects, encodings, headers, and rows that cannot be read."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kozue.core.errors import FormatError, InputError, KozueError, LimitError
from kozue.core.records import Column, Molecule, Schema
from kozue.io import Limits, open_records

LABELLED = Schema(
    "labelled molecule",
    (Column("smiles", role="molecule"), Column("value", "double", role="value"), *Molecule.columns[1:]),
)


def read(content, name="records.csv", schema=Molecule, rows=1024, **options):
    """Return the source and all its records."""
    source = open_records(content, schema, filename=name, **options)
    return source, [record for batch in source.batches(rows) for record in batch.to_pylist()]


def codes(records):
    return [record["error_code"] for record in records]


def warned(source):
    return {warning.code for warning in source.warnings}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le-bom"])
def test_dialects_and_encodings(delimiter, newline, encoding):
    lines = [["構造", "名称", "値"], ["CCO", "エタノール", "1.5"], ["CN", "表 ソ", "2"]]
    text = newline.join(delimiter.join(cells) for cells in lines) + newline
    content = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    source, records = read(content)
    assert [record["smiles"] for record in records] == ["CCO", "CN"]
    assert [record["name"] for record in records] == ["エタノール", "表 ソ"]
    assert [record["値"] for record in records] == ["1.5", "2"]
    assert source.column_map == {"smiles": "構造", "name": "名称"}
    assert source.format == ("tsv" if delimiter == "\t" else "csv")
    assert source.warnings == []


def test_rows_of_the_wrong_width_never_shift_values():
    source, records = read(b"smiles,id,x\nCCO,1,a\nCCN,2\nCCC,3,b,c\nCO,4,d\n")
    assert [record["id"] for record in records] == ["1", None, None, "4"]
    assert codes(records) == [None, "unreadable_row", "unreadable_row", None]
    assert "records.csv, line 3" in records[1]["error_message"]
    assert "4 cells where the header has 3" in records[2]["error_message"]
    assert source.column_map == {"smiles": "smiles", "id": "id"}


def test_quoted_cells_with_delimiters_quotes_and_newlines():
    _, records = read(b'smiles,note\nCCO,"a, ""b""\nc"\nCN,d\n')
    assert records[0]["note"] == 'a, "b"\nc' and records[1]["note"] == "d"


def test_quote_that_is_never_closed_costs_one_record():
    lines = [b"smiles,id", b'"CCO,1'] + [b"CC,%d" % number for number in range(5000)]
    _, records = read(b"\n".join(lines))
    assert len(records) == 5001
    assert codes(records)[0] == "unreadable_row" and "never closed" in records[0]["error_message"]
    assert set(codes(records)[1:]) == {None}
    assert [record["id"] for record in records[1:]] == [str(number) for number in range(5000)]


def test_two_stray_quotes_do_not_swallow_what_is_between():
    lines = [b"smiles,id", b'"CCO,1'] + [b"CC,%d" % number for number in range(300)] + [b'"CN,2', b"CO,3"]
    _, records = read(b"\n".join(lines))
    assert len(records) == 303
    assert [row for row, code in enumerate(codes(records)) if code] == [0, 301]


def test_many_stray_quotes_take_linear_time():
    content = b"smiles,id\n" + b'"CCO,1\n' * 100_000
    _, records = read(content)
    assert len(records) >= 50_000


def test_quoted_record_across_blocks():
    filler = b"".join(b"CC,%d\n" % number for number in range(80_000))
    _, records = read(b"smiles,note\n" + filler + b'CCO,"' + b"a\n" * 300_000 + b'"\nCN,9\n')
    assert len(records) == 80_002
    assert records[-2]["note"].count("\n") == 300_000 and records[-1]["smiles"] == "CN"


def test_fast_and_careful_parsers_agree():
    plain = b"smiles,id\n" + b"".join(b"C%s,%d\n" % (b"C" * (n % 5), n) for n in range(3000))
    quoted = plain.replace(b"CCC,7\n", b'CCC,"7"\n')
    assert read(plain)[1] == read(quoted)[1]


def test_blank_lines_are_skipped_and_told():
    source, records = read(b"smiles,id\n\nCCO,1\n\n  \nCN,2\n")
    assert len(records) == 2
    (warning,) = source.warnings
    assert warning.code == "blank_lines" and warning.count == 3 and "line 2" in warning.text


def test_nul_bytes_and_lone_carriage_returns_are_error_records():
    _, records = read(b"smiles,id\nCC\0O,1\nCCN,2\nC\rC,3\nCO,4\n")
    assert codes(records) == ["unreadable_row", None, "unreadable_row", None]
    assert "NUL" in records[0]["error_message"]


def test_empty_cells_of_a_required_column():
    _, records = read(b'smiles,id\n,1\n"  ",2\nC,3\n')
    assert codes(records) == ["empty_value", "empty_value", None]
    assert [record["id"] for record in records] == ["1", "2", "3"]


def test_values_stay_text_unless_the_schema_asks_for_numbers():
    _, records = read(b"smiles,code\nCCO,007\nCN,1e3\n")
    assert [record["code"] for record in records] == ["007", "1e3"]


def test_numbers_that_cannot_be_read_are_named():
    _, records = read(
        "smiles,value\nC,1.5\nCC,>10\nCCC,NA\nCCCC,inf\nCN,１\nCO, 2 \n".encode(), schema=LABELLED
    )
    expected = [None, "unreadable_value", "empty_value", "unreadable_value", None, None]
    assert codes(records) == expected
    assert [record["value"] for record in records] == [1.5, None, None, None, 1.0, 2.0]
    assert "'>10'" in records[1]["error_message"] and "line 3" in records[1]["error_message"]


def test_missing_header_is_noticed():
    source, records = read(b"CCO,1\nCCN,2\n")
    assert len(records) == 2 and records[0]["smiles"] == "CCO"
    assert warned(source) == {"no_header", "guessed_column"}


def test_bare_list_of_smiles():
    source, records = read(b"C\nCC\nc1ccccc1\n", name="list.txt")
    assert [record["smiles"] for record in records] == ["C", "CC", "c1ccccc1"] and source.format == "smi"


def test_duplicate_headers_are_numbered_and_told():
    source, records = read(b"smiles,x,x,\nC,1,2,3\n")
    assert records[0]["x"] == "1" and records[0]["x (2)"] == "2" and records[0]["column_4"] == "3"
    assert warned(source) == {"doubled_column"}


def test_columns_that_are_named_like_ours_are_kept():
    source, records = read(b"s,smiles,error_code\nC,x,y\n", columns={"smiles": "s"})
    assert records[0] == {
        "smiles": "C",
        "smiles (input)": "x",
        "error_code (input)": "y",
        "error_code": None,
        "error_message": None,
    }
    assert "renamed_column" in warned(source)


def test_a_line_in_another_encoding_is_read_and_told():
    content = "smiles,name\nC,エタノール\n".encode() + "CC,メタノール\n".encode("cp932") + b"CCC,x\n"
    source, records = read(content)
    assert [record["name"] for record in records] == ["エタノール", "メタノール", "x"]
    (warning,) = source.warnings
    assert warning.code == "mixed_encoding" and "line 3" in warning.text


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"smiles,id\n", b"smiles\n\n\n"])
def test_nothing_in_it(content):
    with pytest.raises(InputError, match="holds no records"):
        read(content)


def test_five_megabyte_smiles_is_an_error_record():
    _, records = read(b"smiles,id\nCCO,1\n" + b"C" * 5_000_000 + b",2\nCN,3\n")
    assert codes(records) == [None, "line_too_long", None]
    assert "line 3" in records[1]["error_message"]


def test_smiles_longer_than_the_limit_keeps_its_other_cells():
    _, records = read(b"smiles,id\n" + b"C" * 2001 + b",1\n" + b"C" * 2000 + b",2\n")
    assert codes(records) == ["too_long", None] and records[0]["id"] == "1"
    assert records[0]["smiles"] is None and "2,001" in records[0]["error_message"]


def test_endless_line_is_given_up(tmp_path):
    with pytest.raises(LimitError, match="line 2: no end of the line"):
        read(b"smiles,id\n" + b"C" * 100_000, limits=Limits(max_line_bytes=1000))


def test_ten_gigabyte_sparse_file_fails_at_once(tmp_path):
    import resource
    import time

    path = tmp_path / "sparse.csv"
    for head in (b"", b"smiles,id\nCCO,1\n" * 30_000):
        with path.open("wb") as stream:
            stream.write(head)
            stream.truncate(10 << 30)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        with pytest.raises((FormatError, LimitError)):
            list(open_records(path, Molecule).batches())
        assert time.process_time() - start < 1
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_file_larger_than_the_limit(tmp_path):
    path = tmp_path / "large.csv"
    path.write_bytes(b"smiles\n" + b"CCO\n" * 100)
    with pytest.raises(LimitError, match="407 bytes"):
        open_records(path, Molecule, limits=Limits(max_file_bytes=400))


def test_too_many_columns():
    with pytest.raises(LimitError, match="3 columns"):
        read(b"smiles,a,b\nC,1,2\n", limits=Limits(max_columns=2))


def test_smiles_file_with_names_and_extensions():
    content = b"CCO ethanol 96 %\nC[C@H](N)C |&1:1| alanine\n\nCN\tamine\nC\0C x\n"
    source, records = read(content, name="a.smi")
    assert [record["smiles"] for record in records] == ["CCO", "C[C@H](N)C |&1:1|", "CN", None]
    assert [record["name"] for record in records] == ["ethanol 96 %", "alanine", "amine", None]
    assert codes(records)[-1] == "unreadable_row" and warned(source) == {"blank_lines"}


@pytest.mark.parametrize("rows", [1, 7, 1000, 5000])
def test_batches_have_exactly_the_rows_asked_for(rows):
    content = b"smiles,id\n" + b"".join(b"CC,%d\n" % number for number in range(3003)) + b'"C",x\n'
    source = open_records(content, Molecule, filename="a.csv")
    sizes = [batch.num_rows for batch in source.batches(rows)]
    assert sum(sizes) == 3004 and set(sizes[:-1]) <= {rows} and sizes[-1] <= rows
    assert list(source.batches(rows)) == list(source.batches(rows))


def test_large_file_streams_with_little_memory(tmp_path):
    import pyarrow as pa

    path = tmp_path / "many.csv"
    path.write_bytes(b"smiles,id\n" + b"CC(=O)Oc1ccccc1C(=O)O,aspirin\n" * 500_000)
    source = open_records(path, Molecule)
    pool = pa.default_memory_pool()
    before, rows, most = pool.bytes_allocated(), 0, 0
    for batch in source.batches():
        rows += batch.num_rows
        most = max(most, pool.bytes_allocated() - before)
    assert rows == 500_000 and most < 20_000_000
    assert source.position == source.size


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
CELL = st.lists(CELL, max_size=3).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=30),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_the_csv_module_writes_is_read_back(rows, delimiter, newline, quoting):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerow(["smiles", "id", "note"])
    kept = [["C", f"r{number}", row[2]] for number, row in enumerate(rows)]
    writer.writerows(kept)
    _, records = read(stream.getvalue().encode(), name="a.tsv" if delimiter == "\t" else "a.csv")
    assert [record["note"] for record in records] == [row[2] or None for row in kept]
    assert set(codes(records)) == {None}


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from(["a.csv", "a.tsv", "a.smi", "a.sdf", "a.parquet", "a", "a.pdb"])
)
@example(b'smiles\n"', "a.csv")
@example(b"C\n>\n", "a.smi")
@example(b"\x1f\x8b", "a.csv")
@example(b"PK\x03\x04", "a.zip")
@example(b"PAR1PAR1", "a.parquet")
def test_any_bytes_give_records_or_one_clear_error(content, name):
    try:
        source, records = read(content, name=name, rows=3)
    except KozueError as error:
        assert error.message
        return
    assert len(records) == sum(batch.num_rows for batch in source.batches(100))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=30).map(lambda b: bytes(c for c in b if c >= 32 and c != 34)), max_size=40)
)
def test_every_line_is_a_record_whatever_its_bytes(lines):
    kept = [b"C," + line for line in lines]
    _, records = read(b"smiles,note\nCC,x\n" + b"".join(line + b"\n" for line in kept))
    assert len(records) == len(kept) + 1
