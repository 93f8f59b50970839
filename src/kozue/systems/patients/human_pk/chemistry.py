"""Records to molecules that the models may answer, and molecules to arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

from kozue.chem import Featuriser, canonical_smiles, parse_many, standardise
from kozue.chem.fingerprints import counts
from kozue.core.records import RecordError

HEAVIEST = 1500.0
_METAL = Chem.MolFromSmarts(
    "[!#1;!#2;!#5;!#6;!#7;!#8;!#9;!#10;!#14;!#15;!#16;!#17;!#18;!#34;!#35;!#36;!#53;!#54]"
)
_BACKBONE = Chem.MolFromSmarts("[NX3][CX4][CX3](=O)[NX3][CX4][CX3](=O)")
_PEPTIDE_UNITS = 4
#: Kinds of counts, radius 2 for both Morgan kinds, with their folded sizes.
KINDS = {"morgan": 4096, "feature": 4096, "pair": 512}
MOST = 15  # counts above say "many"

# Groups that are ionised at pH 7.4 or decide about metabolism; counted in the uncharged structure.
_GROUPS = {
    "acid": ("[CX3](=O)[OX2H1]",),
    "strong_acid": (
        "[SX4](=O)(=O)[OX2H]",
        "P(=O)[OX2H]",
        "c1nn[nH]n1",
        "c1nnn[nH]1",
        "[CX3](=O)[NX3H][SX4](=O)(=O)",
    ),
    "weak_acid": ("c[OX2H]", "[NX3H1;!$(NC=O)]S(=O)(=O)", "[CX3](=O)[NX3H][CX3](=O)", "C(=O)N[OX2H]"),
    "amine_primary": ("[NX3H2;!$(N[C,S]=[O,N,S]);!$(Nc);!$(N[!#6])][CX4]",),
    "amine_secondary": ("[NX3H1;!$(N[C,S]=[O,N,S]);!$(Nc);!$(N[!#6])]([CX4])[CX4]",),
    "amine_tertiary": ("[NX3H0;!$(N[C,S]=[O,N,S]);!$(Nc);!$(N[!#6])]([CX4])([CX4])[CX4]",),
    "amidine": ("[NX3][CX3]=[NX2;!$(N-[!#6])]",),
    "guanidine": ("[NX3][CX3](=[NX2])[NX3]",),
    "azine": ("[nX2r6]",),
    "imidazole": ("[nX3;r5]:c:[nX2;r5]",),
    "aniline": ("[NX3;H2,H1;!$(NC=O);!$(NS)]c",),
    "quaternary": ("[N+X4]", "[n+]"),
    "ester": ("[CX3](=O)[OX2][CX4]",),
    "glycoside": ("[OX2;r5,r6][CX4;r5,r6][OX2]",),
    "nucleoside": ("[OX2;r5][CX4;r5]n",),
    "beta_lactam": ("O=C1CCN1",),
    "steroid": ("C1CCC2C(C1)CCC1C2CCC2CCCC12",),
    "trifluoromethyl": ("[CX4](F)(F)F",),
    "catechol": ("c([OH])c([OH])",),
}
GROUP_NAMES = (*_GROUPS, "acids", "bases", "zwitterion", "net_charge")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Molecules ready for the models.

    Parameters
    ----------
    rows : list of int
        Shape (k,), 0-based positions of the usable records.
    mols : list of rdkit.Chem.Mol
        Shape (k,), standardised.
    errors : dict of int to RecordError
        The other records.
    stripped, charged, peptides : int
        How many were salts, stay charged, or are peptides: each is worth a warning.
    """

    rows: list[int]
    mols: list[Chem.Mol]
    errors: dict[int, RecordError]
    stripped: int
    charged: int
    peptides: int


def prepare(smiles: Sequence[str | None]) -> Prepared:
    """Read, standardise and refuse what no model here has ever seen.

    Parameters
    ----------
    smiles : sequence of str or None
        Shape (n,).
    """
    mols, errors = parse_many(smiles)
    rows: list[int] = []
    ready: list[Chem.Mol] = []
    stripped = charged = peptides = 0
    for row, mol in enumerate(mols):
        if mol is None:
            continue
        try:
            standard = standardise(mol)
        except (ValueError, RuntimeError) as error:
            reason = f"The structure cannot be brought into its standard form: {error}."
            errors[row] = RecordError("unreadable_molecule", reason)
            continue
        refused = refusal(mol, standard)
        if refused is not None:
            errors[row] = refused
            continue
        stripped += len(Chem.GetMolFrags(mol)) > 1
        charged += Chem.GetFormalCharge(standard) != 0
        peptides += len(standard.GetSubstructMatches(_BACKBONE)) >= _PEPTIDE_UNITS
        rows.append(row)
        ready.append(standard)
    return Prepared(rows, ready, errors, stripped, charged, peptides)


def refusal(given: Chem.Mol, standard: Chem.Mol) -> RecordError | None:
    """Say why a structure cannot be answered, or None.

    Parameters
    ----------
    given, standard : rdkit.Chem.Mol
        As it came, and its standard form.
    """
    metal = standard.GetSubstructMatch(_METAL)
    if metal:
        symbol = standard.GetAtomWithIdx(metal[0]).GetSymbol()
        return RecordError(
            "metal",
            f"The structure holds {symbol}: metal complexes were not among the training molecules, "
            "and no number would mean anything.",
        )
    if not any(atom.GetAtomicNum() == 6 for atom in standard.GetAtoms()):
        return RecordError(
            "no_organic_molecule", "The structure has no carbon: only organic molecules can be predicted."
        )
    weight = Descriptors.MolWt(standard)
    if weight > HEAVIEST:
        return RecordError(
            "too_heavy",
            f"A molecule of {weight:,.0f} g/mol is beyond the small molecules that the model knows "
            f"(at most {HEAVIEST:,.0f} g/mol); proteins, large peptides and polymers behave otherwise.",
        )
    return _mixture(given)


def _mixture(given: Chem.Mol) -> RecordError | None:
    """Refuse two different parts of similar size: which of them is meant cannot be known."""
    parts = Chem.GetMolFrags(given, asMols=True)
    if len(parts) < 2:
        return None
    sizes = sorted({(part.GetNumHeavyAtoms(), Chem.MolToSmiles(part)) for part in parts}, reverse=True)
    if len(sizes) > 1 and sizes[1][0] >= 10 and sizes[1][0] >= 0.6 * sizes[0][0]:
        return RecordError(
            "mixture",
            f"The structure has two different large parts ({sizes[0][0]} and {sizes[1][0]} heavy atoms): "
            "give each compound, or the drug without its counter-ion, in a row of its own.",
        )
    return None


@cache
def _feature_morgan() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(
        radius=2,
        fpSize=KINDS["feature"],
        atomInvariantsGenerator=rdFingerprintGenerator.GetMorganFeatureAtomInvGen(),
    )


def fingerprints(mols: Sequence[Chem.Mol]) -> dict[str, np.ndarray]:
    """Return capped counts of every kind, each shape (n, size), uint8."""
    make = _feature_morgan()
    feature = np.zeros((len(mols), KINDS["feature"]), np.int32)
    for row, mol in enumerate(mols):
        feature[row] = make.GetCountFingerprintAsNumPy(mol)
    found = {
        "morgan": counts(mols, "morgan", KINDS["morgan"]),
        "feature": feature,
        "pair": counts(mols, "pair", KINDS["pair"]),
    }
    return {kind: np.minimum(array, MOST).astype(np.uint8) for kind, array in found.items()}


_BLOCKS = ("properties", "fragments", "reduced", "folded")


@cache
def _featuriser() -> Featuriser:
    return Featuriser(["properties", "fragments", "erg", "morgan"])


def tables(mols: Sequence[Chem.Mol]) -> dict[str, np.ndarray]:
    """Return numbers of each kind, shape (n, d), float32, without NaN.

    ``properties``, ``fragments``, ``reduced`` (extended reduced graph), ``folded`` (1,024 Morgan counts) and
    ``groups`` (ionisable and metabolic groups).
    """
    drawn = np.nan_to_num(_featuriser().transform(mols), nan=0.0)
    ends = np.cumsum([len(block.names) for block in _featuriser().blocks])[:-1]
    return {**dict(zip(_BLOCKS, np.split(drawn, ends, axis=1), strict=True)), "groups": groups(mols)}


@cache
def _patterns() -> dict[str, tuple[Chem.Mol, ...]]:
    return {name: tuple(Chem.MolFromSmarts(text) for text in texts) for name, texts in _GROUPS.items()}


def groups(mols: Sequence[Chem.Mol]) -> np.ndarray:
    """Count ionisable and metabolic groups, shape (n, 23), float32; see :data:`GROUP_NAMES`."""
    out = np.zeros((len(mols), len(GROUP_NAMES)), np.float32)
    for row, mol in enumerate(mols):
        found = {
            name: sum(len(mol.GetSubstructMatches(pattern)) for pattern in patterns)
            for name, patterns in _patterns().items()
        }
        acids = found["acid"] + found["strong_acid"]
        bases = sum(
            found[name]
            for name in ("amine_primary", "amine_secondary", "amine_tertiary", "guanidine", "amidine")
        )
        net = min(bases, 2) + found["quaternary"] - min(acids, 2)
        out[row] = [*found.values(), acids, bases, float(acids > 0 and bases > 0), net]
    return out


def names_of(mols: Sequence[Chem.Mol]) -> list[str]:
    """Return canonical SMILES, shape (n,)."""
    return [canonical_smiles(mol) for mol in mols]
