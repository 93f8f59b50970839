"""Batches to columns: the work behind ``descriptors.compute``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from rdkit import Chem

from kozue.chem import canonical_smiles, parse_many, standardise
from kozue.core.context import Context
from kozue.core.records import Batch, Column, RecordError, result_batch
from kozue.systems.molecules.descriptors import caching
from kozue.systems.molecules.descriptors.catalogue import BLOCKS, numbers
from kozue.systems.molecules.descriptors.computing import Computed, compute
from kozue.systems.molecules.descriptors.outputs import block_columns
from kozue.systems.molecules.descriptors.settings import as_columns

if TYPE_CHECKING:
    from kozue.systems.molecules.descriptors.settings import ComputeSettings

_NOTES = {
    "no_force_field": "MMFF94 has no parameters for {count} {molecule: its|molecules: their} conformers "
    "are not relaxed.",
    "salts_removed": "{count} {structure is a salt or mixture: its|structures are salts or mixtures: their} largest "
    "part was described, uncharged.",
}


def compute_batches(batches: Iterator[Batch], settings: ComputeSettings, context: Context) -> Iterator[Batch]:
    """Describe every molecule of every batch."""
    for batch in batches:
        context.check_cancelled()
        yield _batch(batch.column("smiles").to_pylist(), settings, context)


def _batch(texts: list[str | None], settings: ComputeSettings, context: Context) -> Batch:
    mols, errors = parse_many(texts)
    ready, rows = _standard(mols, errors, settings, context)
    smiles = [canonical_smiles(mol) for mol in ready] if settings.cache else []
    found: dict[str, Computed] = {}
    for key in settings.blocks:
        context.check_cancelled()
        found[key] = cached(key, ready, smiles, settings)
    for computed in found.values():
        for place, why in computed.problems.items():
            errors.setdefault(rows[place], RecordError("not_computable", why))
    # The conformer is one for all blocks, so the worst block counts.
    unrelaxed = max((computed.notes.get("no_force_field", 0) for computed in found.values()), default=0)
    if unrelaxed:
        context.warn("no_force_field", _NOTES["no_force_field"], unrelaxed)
    take: list[int | None] = [None] * len(texts)
    for place, row in enumerate(rows):
        take[row] = None if row in errors else place
    spread = pa.array(take, pa.int32())
    columns: dict[Column, pa.Array] = {}
    for key, computed in found.items():
        good = np.array([row not in errors for row in rows], bool)
        for column, array in _arrays(key, computed.values, good, settings, context):
            columns[column] = array.take(spread)
    return result_batch(columns, errors, len(texts))


def _standard(
    mols: Sequence[Chem.Mol | None],
    errors: dict[int, RecordError],
    settings: ComputeSettings,
    context: Context,
) -> tuple[list[Chem.Mol], list[int]]:
    """Return the molecules to describe and their rows."""
    ready, rows, stripped = [], [], 0
    for row, mol in enumerate(mols):
        if mol is None:
            continue
        try:
            ready.append(standardise(mol) if settings.standardise else mol)
        except (ValueError, RuntimeError) as error:
            errors[row] = RecordError(
                "unreadable_molecule", f"The structure cannot be brought into its standard form: {error}."
            )
            continue
        rows.append(row)
        stripped += settings.standardise and len(Chem.GetMolFrags(mol)) > 1
    if stripped:
        context.warn("salts_removed", _NOTES["salts_removed"], stripped)
    return ready, rows


def cached(key: str, mols: Sequence[Chem.Mol], smiles: Sequence[str], settings: ComputeSettings) -> Computed:
    """Compute a block, or take what is on disk.

    Parameters
    ----------
    key : str
        Block.
    mols : sequence of rdkit.Chem.Mol
        Shape (n,).
    smiles : sequence of str
        Shape (n,), canonical; empty without a cache.
    settings : ComputeSettings
        As given.
    """
    if not (settings.cache and mols and caching.worth_keeping(key)):
        return compute(key, mols, settings)
    block = BLOCKS[key]
    kind = np.dtype(np.int32 if block.whole else np.float64)
    width = len(numbers(block, settings.size))
    wanted = caching.keys(key, smiles, settings)
    kept = {k: row for k, row in caching.load(wanted, kind).items() if len(row) == width}
    missing = [place for place, k in enumerate(wanted) if k not in kept]
    if not missing:
        return Computed(np.stack([kept[k] for k in wanted]), {}, {})
    fresh = compute(key, [mols[place] for place in missing], settings)
    # A conformer without a force field is made again, so that its warning is given again.
    if not fresh.notes:
        caching.save(
            {
                wanted[place]: fresh.values[number]
                for number, place in enumerate(missing)
                if number not in fresh.problems
            }
        )
    values = np.zeros((len(mols), width), kind)
    for place, k in enumerate(wanted):
        if k in kept:
            values[place] = kept[k]
    values[missing] = fresh.values
    return Computed(values, {missing[n]: why for n, why in fresh.problems.items()}, fresh.notes)


def _arrays(
    key: str, values: np.ndarray, good: np.ndarray, settings: ComputeSettings, context: Context
) -> Iterator[tuple[Column, pa.Array]]:
    """Yield the columns of one block; what is not a number becomes empty, and is told."""
    block = BLOCKS[key]
    columns = block_columns(block, settings)
    undefined = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    _tell_undefined(key, undefined[good], settings, context)
    if as_columns(key, settings.form):
        for place, column in enumerate(columns):
            yield column, pa.array(values[:, place], mask=undefined[:, place])
        return
    flat = pa.array(values.ravel(), mask=undefined.ravel())
    offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    yield columns[0], pa.ListArray.from_arrays(pa.array(offsets), flat)


def _tell_undefined(key: str, undefined: np.ndarray, settings: ComputeSettings, context: Context) -> None:
    which = np.flatnonzero(undefined.any(axis=0))
    if not len(which):
        return
    block = BLOCKS[key]
    names = [f"{key}_{number.name}" for number in numbers(block, settings.size)]
    some = f"{len(which)} numbers" if len(which) > 3 else ", ".join(names[place] for place in which)
    context.warn(
        "undefined_values",
        f"{block.label.en}: {some} left empty for {{count}} {{molecule|molecules}}, for which "
        "the value is undefined or too large.",
        int(undefined.any(axis=1).sum()),
    )
