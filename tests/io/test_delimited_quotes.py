"""Quoted cells: the quick way and the careful way read the same."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.core.records import Molecule
from kozue.io import open_records
from kozue.io.delimited import DelimitedReader

cells = st.text(st.sampled_from("CNO(=)[]#\"', ;\tx1"), min_size=1, max_size=8).filter(
    lambda text: text.strip()
)


@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=20),
    all_quoted=st.booleans(),
    crlf=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_quick_and_careful_agree(rows, all_quoted, crlf):
    out = io.StringIO()
    writer = csv.writer(
        out,
        quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
        lineterminator="\r\n" if crlf else "\n",
    )
    writer.writerows([("smiles", "note"), *rows])
    data = out.getvalue().encode()

    def read():
        return [
            row
            for batch in open_records(data, Molecule, filename="x.csv").batches()
            for row in batch.to_pylist()
        ]

    quick = read()
    before = DelimitedReader._fast
    try:
        DelimitedReader._fast = lambda self, block: None
        careful = read()
    finally:
        DelimitedReader._fast = before
    assert quick == careful
    assert [row["note"] for row in quick] == [note for _, note in rows]


def test_a_broken_quote_does_not_take_the_quick_way():
    data = b'smiles,note\n"CC",a\nC"C,b\n"CCC,c\nCCCC,d\n'
    source = open_records(data, Molecule, filename="x.csv")
    rows = [row for batch in source.batches() for row in batch.to_pylist()]
    assert rows[0]["smiles"] == "CC"
    assert rows[-1]["smiles"] == "CCCC" or any(row["error_code"] for row in rows)
