"""How tables are made from the files that publishers offer."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from kozue.core.errors import DataError
from kozue.io.archive import read_archive

if TYPE_CHECKING:
    import pandas as pd

# Columns that we compute with RDKit; another version may differ in a few, so they are not hashed.
COMPUTED = ("inchikey", "inchikey_neutral", "ik14")

Prepare = Callable[[Mapping[str, Path], Sequence[str]], "pd.DataFrame"]


def content_hash(table: pd.DataFrame) -> str:
    """Return a SHA-256 over a table's values, whatever file format carried them.

    Columns computed here are left out. Whole numbers hash alike whether stored as integers or as
    floating-point numbers, and missing values alike whatever marks them.
    """
    digest = hashlib.sha256()
    for name in sorted(set(table.columns) - set(COMPUTED)):
        digest.update(f"\x1e{name}\x1f".encode())
        digest.update("\x1f".join(map(_text, table[name].tolist())).encode("utf-8", "replace"))
    return digest.hexdigest()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        number = float(value)
        return "" if math.isnan(number) else repr(number)
    return str(value)


def stacked(sources: Mapping[str, Path], datasets: Sequence[str]) -> pd.DataFrame:
    """Stack CSV files, with a first column ``dataset`` that says where a row is from."""
    import pandas as pd

    tables = []
    for name, path in zip(datasets, sources.values(), strict=True):
        table = pd.read_csv(path)
        table.insert(0, "dataset", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def tdc_group(sources: Mapping[str, Path], datasets: Sequence[str]) -> pd.DataFrame:
    """Stack the train_val and test tables of TDC's ``admet_group.zip``, with an InChIKey a row."""
    import io

    import pandas as pd

    (archive,) = sources.values()
    tables = {}
    for name, content in read_archive(archive):
        path = PurePosixPath(name)
        if path.stem in ("train_val", "test") and path.suffix == ".csv" and not name.startswith("__"):
            table = pd.read_csv(io.BytesIO(content))
            table.insert(0, "dataset", path.parent.name)
            table.insert(1, "split", path.stem)
            table.insert(2, "row", range(len(table)))
            tables[path.parent.name, path.stem != "train_val"] = table
    if not tables:
        raise DataError(
            f"{archive.name} holds no train_val.csv and test.csv.", "The publisher may have changed it."
        )
    whole = pd.concat([tables[key] for key in sorted(tables)], ignore_index=True)
    whole["Drug_ID"] = whole["Drug_ID"].astype(str)
    whole["Y"] = whole["Y"].astype(float)
    whole["inchikey"] = [inchikey(smiles) for smiles in whole["Drug"]]
    return whole


def with_keys(sources: Mapping[str, Path], datasets: Sequence[str]) -> pd.DataFrame:
    """Read one CSV and add the InChIKey of each uncharged molecule, whole and its first block."""
    import pandas as pd

    (path,) = sources.values()
    table = pd.read_csv(path)
    keys = [inchikey(smiles, uncharged=True) for smiles in table["smiles_r"]]
    table["inchikey_neutral"] = keys
    table["ik14"] = [key[:14] if key else None for key in keys]
    return table


def inchikey(smiles: str, *, uncharged: bool = False) -> str | None:
    """Return the InChIKey of a SMILES, or None if it cannot be read."""
    from rdkit import Chem, rdBase
    from rdkit.Chem.MolStandardize import rdMolStandardize

    silence = rdBase.BlockLogs()
    try:
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            return None
        if uncharged:
            molecule = rdMolStandardize.Uncharger().uncharge(molecule)
        return Chem.MolToInchiKey(molecule) or None
    finally:
        del silence


def one_column(sources: Mapping[str, Path], datasets: Sequence[str]) -> pd.DataFrame:
    """Read a list of SMILES, one a line, packed or not."""
    import pandas as pd

    (path,) = sources.values()
    return pd.read_csv(path, header=None, names=["smiles"], skip_blank_lines=True)


def every_fourth(sources: Mapping[str, Path], datasets: Sequence[str]) -> pd.DataFrame:
    """Keep every fourth molecule of a table, from the first on."""
    import pandas as pd

    (path,) = sources.values()
    return pd.read_csv(path, usecols=["SMILES"]).iloc[::4].reset_index(drop=True)


WAYS: dict[str, Prepare] = {
    "stacked": stacked,
    "tdc_group": tdc_group,
    "with_keys": with_keys,
    "one_column": one_column,
    "every_fourth": every_fourth,
}


def prepare(
    way: str, sources: Mapping[str, Path], datasets: Sequence[str], destination: Path
) -> tuple[int, str]:
    """Make a table and write it (Parquet, or CSV by the name's end).

    Parameters
    ----------
    way : str
        A key of :data:`WAYS`.
    sources : mapping of str to pathlib.Path
        The publisher's files, in the catalogue's order.
    datasets : sequence of str
        Names for stacked rows.
    destination : pathlib.Path
        Where to write.

    Returns
    -------
    int
        Number of rows.
    str
        Hash of the content.
    """
    table = WAYS[way](sources, datasets)
    if ".parquet" in destination.name:
        table.to_parquet(destination, index=False)
    elif ".csv.gz" in destination.name:
        table.to_csv(destination, index=False, compression={"method": "gzip", "mtime": 0})
    else:
        table.to_csv(destination, index=False)
    return len(table), content_hash(table)
