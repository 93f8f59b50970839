"""The public tables, read from the data catalogue, and the molecules that help without being among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rdkit import Chem

from kozue.chem import first_block
from kozue.data import get
from kozue.systems.patients.human_pk.chemistry import names_of, prepare
from kozue.systems.patients.human_pk.endpoints import ENDPOINTS, LEARNED
from kozue.systems.patients.human_pk.measured import MEASURED, SPECIES

CITATION = (
    "Seal et al., bioRxiv 2024.02.02.578658; "
    "human data after Lombardo et al., Drug Metab. Dispos. 2018, 46, 1466"
)
_TDC, _BENCH = "tdc_admet_group", "pharmabench"
#: Assistant -> its sets in the TDC group (training rows only) and in PharmaBench.
ASSISTANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "human_microsomes": ((_BENCH, "hum_mic_cl_reg"),),
    "rat_microsomes": ((_BENCH, "rat_mic_cl_reg"),),
    "mouse_microsomes": ((_BENCH, "mou_mic_cl_reg"),),
    "hepatocytes": ((_TDC, "clearance_hepatocyte_az"),),
    "microsomes": ((_TDC, "clearance_microsome_az"),),
    "lipophilicity": ((_BENCH, "logd_reg"), (_TDC, "lipophilicity_astrazeneca")),
    "protein_binding": ((_TDC, "ppbr_az"), (_BENCH, "ppb_reg")),
    "caco2": ((_TDC, "caco2_wang"),),
    "solubility": ((_TDC, "solubility_aqsoldb"),),
}
MOST_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Compounds:
    """All compounds of the tables, each structure once.

    Parameters
    ----------
    smiles, keys : list of str
        Shape (n,): standard SMILES, and first block of the InChIKey (the same for stereoisomers).
    mols : list of rdkit.Chem.Mol
        Shape (n,).
    human : dict of str to numpy.ndarray
        By endpoint, shape (n,), log10, NaN where not measured: what structures are learned from. A compound
        that both tables hold in different spelling counts once, in that of the larger table.
    paired : dict of str to numpy.ndarray
        The same, as it stands beside animal values; NaN for compounds that have none, and for those of the
        larger table that are the same compound as one with animal values.
    given : dict of str to numpy.ndarray
        By measured input, shape (n,), log10, NaN where not measured.
    in_human, in_animal : numpy.ndarray
        Shape (n,), bool: from which table.
    """

    smiles: list[str]
    keys: list[str]
    mols: list[Chem.Mol]
    human: dict[str, np.ndarray]
    paired: dict[str, np.ndarray]
    given: dict[str, np.ndarray]
    in_human: np.ndarray
    in_animal: np.ndarray

    def __len__(self) -> int:
        return len(self.smiles)


def _read(name: str, file: str) -> pd.DataFrame:
    path = get(name)[file]
    return pd.read_parquet(path) if file.endswith(".parquet") else pd.read_csv(path)


def load_compounds() -> Compounds:
    """Read the two pharmacokinetic tables; values of zero count as not measured."""
    large, mols = _table("human_iv_pk.csv.gz")
    small, more = _table("animal_human_pk.csv.gz")
    mols |= {smiles: mol for smiles, mol in more.items() if smiles not in mols}
    names = list(mols)
    keys = [first_block(mols[smiles]) for smiles in names]
    in_human = np.array([smiles in large for smiles in names])
    in_animal = np.array([smiles in small for smiles in names])
    by_key: dict[str, dict[str, float]] = {}
    for smiles, key in zip(names, keys, strict=True):
        for name, value in large.get(smiles, {}).items():
            by_key.setdefault(key, {}).setdefault(name, value)
        by_key.setdefault(key, {})
    held = {column for values in small.values() for column in values}
    of_human = {key for key, there in zip(keys, in_human, strict=True) if there}
    of_animal = {key for key, there in zip(keys, in_animal, strict=True) if there}

    def learned(column: str) -> np.ndarray:
        rows = [
            large[smiles] if smiles in large else small[smiles] if key not in of_human else {}
            for smiles, key in zip(names, keys, strict=True)
        ]
        return np.array([row.get(column, np.nan) for row in rows])

    def beside(column: str) -> np.ndarray:
        # What the smaller table does not hold at all comes from the larger one; what it leaves empty stays so.
        own = column in held
        rows = [
            (small[smiles] if own else by_key[key])
            if smiles in small
            else {}
            if key in of_animal
            else large[smiles]
            for smiles, key in zip(names, keys, strict=True)
        ]
        return np.array([row.get(column, np.nan) for row in rows])

    measured = {
        key: np.array([small.get(smiles, {}).get(key, np.nan) for smiles in names]) for key in MEASURED
    }
    return Compounds(
        names,
        keys,
        [mols[smiles] for smiles in names],
        {key: learned(ENDPOINTS[key].column) for key in LEARNED},
        {key: beside(ENDPOINTS[key].column) for key in LEARNED},
        measured,
        in_human,
        in_animal,
    )


def _table(file: str) -> tuple[dict[str, dict[str, float]], dict[str, Chem.Mol]]:
    """Return log10 values by name and molecules, both by standard SMILES."""
    table = _read("pksmart", file)
    ready = prepare([str(text) for text in table["smiles_r"]])
    values, mols = {}, {}
    for place, smiles in enumerate(names_of(ready.mols)):
        values[smiles] = _values(table.iloc[ready.rows[place]])
        mols[smiles] = ready.mols[place]
    return values, mols


_COLUMNS = {
    **{ENDPOINTS[key].column: ENDPOINTS[key].column for key in LEARNED},
    **{f"{species}_CL_mL_min_kg": f"{species}_cl" for species in SPECIES},
    **{f"{species}_VDss_L_kg": f"{species}_vdss" for species in SPECIES},
    **{f"{species}_fup": f"{species}_fup" for species in SPECIES},
}


def _values(record: pd.Series) -> dict[str, float]:
    found = {}
    for column, name in _COLUMNS.items():
        value = record.get(column)
        if value is not None and np.isfinite(value) and value > 0:
            found[name] = float(np.log10(value))
    return found


def load_assistant(name: str, avoid: set[str], seed: int) -> tuple[list[Chem.Mol], np.ndarray]:
    """Return molecules and values of an assistant, without those of which a key is to be avoided.

    Parameters
    ----------
    name : str
        Key of :data:`ASSISTANTS`.
    avoid : set of str
        First blocks of InChIKeys.
    seed : int
        Decides which rows are taken of a set that is larger than needed.
    """
    smiles, values = _rows(name)
    order = np.random.default_rng(seed).permutation(len(smiles))[: 2 * MOST_ROWS]
    ready = prepare([smiles[row] for row in order])
    merged: dict[str, list[float]] = {}
    kept: dict[str, Chem.Mol] = {}
    for place, text in enumerate(names_of(ready.mols)):
        if len(kept) >= MOST_ROWS and text not in kept:
            continue
        if text not in kept and first_block(ready.mols[place]) in avoid:
            continue
        kept[text] = ready.mols[place]
        merged.setdefault(text, []).append(float(values[order[ready.rows[place]]]))
    return list(kept.values()), np.array([np.median(merged[text]) for text in kept])


def _rows(name: str) -> tuple[list[str], np.ndarray]:
    smiles: list[str] = []
    values: list[np.ndarray] = []
    for source, dataset in ASSISTANTS[name]:
        if source == _TDC:
            table = _read(_TDC, "tdc_admet_group.parquet")
            # The test rows of the public benchmark stay untouched by anything that ships.
            table = table[(table["dataset"] == dataset) & (table["split"] == "train_val")]
            text, value = table["Drug"], table["Y"].to_numpy(float)
        else:
            table = _read(_BENCH, "pharmabench_final_11.parquet")
            table = table[table["dataset"] == dataset]
            text, value = table["Smiles_unify"], table["value"].to_numpy(float)
        smiles += [str(entry) for entry in text]
        values.append(_model_scale(dataset, value))
    return smiles, np.concatenate(values)


def _model_scale(dataset: str, value: np.ndarray) -> np.ndarray:
    if dataset.startswith("clearance_"):
        return np.log10(np.maximum(value, 1.0))
    if dataset in ("ppbr_az", "ppb_reg"):
        bound = value / 100 if dataset == "ppbr_az" else value
        return np.log10((1 - np.clip(bound, 0, 0.9995)) / np.clip(bound, 0.01, 1.0))
    return value


def measured_in_vitro(keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Return log10 intrinsic clearances measured for the compounds with these keys, each shape (n,).

    Microsomes in uL/min/mg (PharmaBench's log10 mL/min/g is the same number; TDC training rows), hepatocytes
    in uL/min/10^6 cells. Values at an assay's end of 3 or 150 are limits and taken as they are.
    """
    wanted = set(keys)
    out = {}
    for key, assistants in (
        ("human_clint_microsomes", ("human_microsomes", "microsomes")),
        ("human_clint_hepatocytes", ("hepatocytes",)),
    ):
        found: dict[str, list[float]] = {}
        for assistant in assistants:
            smiles, values = _rows(assistant)
            ready = prepare(smiles)
            for place, mol in enumerate(ready.mols):
                block = first_block(mol)
                if block in wanted:
                    found.setdefault(block, []).append(float(values[ready.rows[place]]))
        out[key] = np.array([np.median(found[key_]) if key_ in found else np.nan for key_ in keys])
    return out
