"""What can be said of a structure at once: its formula, what is odd about it, and where alerts lie."""

from __future__ import annotations

from typing import Any

from kozue.core.errors import InputError, LimitError
from kozue.core.records import Label
from kozue.core.wording import counted

GIVEN = "_given_place"
MAX_TEXT = 200_000
LARGE = 70
# Semi-metals that drugs do contain (boron, silicon, arsenic, selenium) are not counted among the metals.
_NOT_METALS = frozenset([1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86])

NOTES: dict[str, Label] = {
    "parts": Label(
        "It has {count} separate {part|parts}; predictions are for the largest one, uncharged.",
        "{count} 個の成分からなります。予測は最大の成分（中性形）に対するものです。",
    ),
    "metal": Label(
        "It contains {names}; the models have hardly seen metals, so the numbers mean little.",
        "{names} を含みます。モデルは金属をほとんど学習していないため、値はあまり意味を持ちません。",
    ),
    "no_carbon": Label(
        "It has no carbon; the models know organic molecules only.",
        "炭素を含みません。モデルの対象は有機分子だけです。",
    ),
    "large": Label(
        "It has {count} heavy {atom|atoms}; most molecules that the models know are much smaller (peptides and "
        "macrocycles behave differently).",
        "重原子が {count} 個あります。モデルが知る分子の多くはずっと小さく、ペプチドや大環状分子の挙動は異なります。",
    ),
    "stereo": Label(
        "{count} {stereo centre is|stereo centres are} not defined; the numbers stand for the mixture.",
        "立体が未指定の中心が {count} 個あります。値は混合物としてのものです。",
    ),
    "radical": Label(
        "It has {count} unpaired {electron|electrons}; check that this is meant.",
        "不対電子が {count} 個あります。意図したものか確認してください。",
    ),
}


def read(text: str) -> Any:
    """Read a structure (SMILES, MOL block or InChI) as an RDKit molecule.

    Raises
    ------
    InputError
        With the reason.
    LimitError
        If it is far too long.
    """
    from rdkit import Chem, rdBase

    from kozue.chem import parse

    if len(text) > MAX_TEXT:
        raise LimitError(
            f"The structure has {len(text):,} characters; the limit is {MAX_TEXT:,}.",
            "Give one molecule, as SMILES or MOL block.",
        )
    if not text.strip().startswith("InChI="):
        return parse(text if "\n" in text.strip() else text.strip())
    with rdBase.BlockLogs():
        mol = Chem.MolFromInchi(text.strip()[:4000])  # type: ignore[no-untyped-call]
    if mol is None:
        raise InputError("This InChI cannot be read.", "Check that it is complete, or give a SMILES.")
    return parse(Chem.MolToSmiles(mol))


def facts(text: str) -> dict[str, Any]:
    """Describe a structure.

    Parameters
    ----------
    text : str
        SMILES, MOL block or InChI.

    Returns
    -------
    dict
        ``smiles`` (as given, or made from the block), ``canonical``, ``inchikey``, ``formula``, ``weight``
        (g/mol), ``heavy_atoms``, ``notes`` and ``alerts`` (name and atoms, 0-based in the order of
        ``smiles``).
    """
    from rdkit import Chem
    from rdkit.Chem import rdMolDescriptors

    from kozue.chem import canonical_smiles, inchikey

    mol = read(text)
    plain = text.strip()
    smiles = plain
    if "\n" in plain or plain.startswith("InChI="):
        smiles = Chem.MolToSmiles(mol)
        mol = read(smiles)
    return {
        "smiles": smiles,
        "canonical": canonical_smiles(mol),
        "inchikey": inchikey(mol),
        "formula": rdMolDescriptors.CalcMolFormula(mol),
        "weight": round(rdMolDescriptors._CalcMolWt(mol), 3),
        "heavy_atoms": mol.GetNumHeavyAtoms(),
        "atoms": mol.GetNumAtoms(),
        "notes": notes(mol),
        "alerts": alerts(mol),
    }


def notes(mol: Any) -> list[dict[str, Any]]:
    """Return what a reader of predictions should know about the structure itself."""
    from rdkit import Chem

    found: list[tuple[str, dict[str, Any]]] = []
    parts = len(Chem.GetMolFrags(mol))
    if parts > 1:
        found.append(("parts", {"count": parts}))
    metals = sorted({atom.GetSymbol() for atom in mol.GetAtoms() if atom.GetAtomicNum() not in _NOT_METALS})
    # Sodium and its like are the other half of a salt; they go with it.
    kept = [name for name in metals if parts == 1 or name not in ("Li", "Na", "K", "Mg", "Ca")]
    if kept:
        found.append(("metal", {"names": ", ".join(kept)}))
    if not any(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()):
        found.append(("no_carbon", {}))
    if mol.GetNumHeavyAtoms() > LARGE:
        found.append(("large", {"count": mol.GetNumHeavyAtoms()}))
    open_centres = [
        centre
        for centre in Chem.FindPotentialStereo(mol)
        if centre.specified == Chem.StereoSpecified.Unspecified
    ]
    if open_centres:
        found.append(("stereo", {"count": len(open_centres)}))
    electrons = sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())
    if electrons:
        found.append(("radical", {"count": electrons}))
    return [
        {
            "code": code,
            "message": {"en": _filled(NOTES[code].en, values), "ja": _filled(NOTES[code].ja, values)},
        }
        for code, values in found
    ]


def _filled(text: str, values: dict[str, Any]) -> str:
    return counted(text, values["count"]) if "count" in values else text.format(**values)


def alerts(mol: Any) -> list[dict[str, Any]]:
    """Return the structural alerts of what is judged (the largest part, uncharged) with their atoms."""
    from rdkit import Chem

    from kozue.chem import standardise
    from kozue.chem.alerts import alert_atoms

    marked = Chem.Mol(mol)
    for atom in marked.GetAtoms():
        atom.SetIntProp(GIVEN, atom.GetIdx())
    judged = standardise(marked)
    places = [atom.GetIntProp(GIVEN) if atom.HasProp(GIVEN) else -1 for atom in judged.GetAtoms()]
    return [
        {"name": name, "atoms": sorted({places[atom] for atom in atoms} - {-1})}
        for name, atoms in alert_atoms(judged)
    ]
