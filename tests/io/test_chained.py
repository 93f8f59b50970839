"""The result of one operation is the input of the next: failed records stay failed, and say why."""

from __future__ import annotations

import pytest

from kozue.core.records import Molecule
from kozue.io import open_records, write_records

ROWS = [
    {"smiles": "CCO", "value": 1.5, "error_code": None, "error_message": None},
    {
        "smiles": "C(C",
        "value": None,
        "error_code": "unreadable_molecule",
        "error_message": "It cannot be read.",
    },
    {"smiles": None, "value": None, "error_code": None, "error_message": None},
]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ""])
def test_errors_are_carried_on(tmp_path, suffix):
    import pyarrow as pa

    source = pa.Table.from_pylist(ROWS)
    if suffix:
        path = tmp_path / f"result{suffix}"
        write_records(source.to_batches(), path)
        source = path
    opened = open_records(source, Molecule)
    (batch,) = list(opened.batches())
    assert batch.column("error_code").to_pylist() == [None, "unreadable_molecule", "empty_value"]
    assert batch.column("error_message")[1].as_py() == "It cannot be read."
    assert batch.schema.names == ["smiles", "value", "error_code", "error_message"]
