"""Does a molecule hold a core, grown at its marked sites only? Asked in another way than the system itself does.

All hydrogens are drawn out in both, so that a hydrogen of the core that has become something else is a missing atom.
"""

from __future__ import annotations

from rdkit import Chem

MATCHES = 2000


def queries(core):
    """Return the core as queries with hydrogens; two if a linker may be a single atom, which both points then share."""
    marked = Chem.MolFromSmiles(core)
    found = [query(marked)]
    if "." in core:
        points = [atom.GetIdx() for atom in marked.GetAtoms() if not atom.GetAtomicNum()]
        joined = Chem.RWMol(marked)
        joined.AddBond(
            points[0], marked.GetAtomWithIdx(points[1]).GetNeighbors()[0].GetIdx(), Chem.BondType.SINGLE
        )
        joined.RemoveAtom(points[1])
        found.append(query(joined.GetMol()))
    return found


def query(marked):
    """Return a core with hydrogens whose atoms, points apart, ask for their number of neighbours."""
    for atom in marked.GetAtoms():
        atom.SetAtomMapNum(0)
    Chem.SanitizeMol(marked)
    asked = Chem.AdjustQueryParameters.NoAdjustments()
    asked.makeDummiesQueries = True
    asked.adjustDegree = True
    asked.adjustDegreeFlags = Chem.ADJUST_IGNOREDUMMIES
    return Chem.AdjustQueryProperties(Chem.AddHs(marked), asked)


def keeps(asked, smiles):
    """Tell whether a molecule holds the core, and whether it has grown at the allowed sites only.

    Parameters
    ----------
    asked : list of rdkit.Chem.Mol
        From :func:`queries`.
    smiles : str
        The molecule.

    Returns
    -------
    tuple of bool
        (holds the core, has grown at allowed sites only).
    """
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or len(Chem.GetMolFrags(mol)) != 1:
        return False, False
    whole = Chem.AddHs(mol)
    bare = [Chem.DeleteSubstructs(Chem.Mol(one), Chem.MolFromSmarts("[#0]")) for one in asked[:1]]
    return any(holds(one, mol) for one in bare), any(grown(one, whole) for one in asked)


def holds(bare, mol):
    """Tell whether the heavy atoms of the core are there: elements, charges, bonds."""
    heavy = Chem.RWMol(bare)
    for atom in sorted((atom.GetIdx() for atom in bare.GetAtoms() if atom.GetAtomicNum() == 1), reverse=True):
        heavy.RemoveAtom(atom)
    plain = Chem.RWMol()
    for atom in heavy.GetAtoms():
        kind = "a" if atom.GetIsAromatic() else "A"
        plain.AddAtom(Chem.AtomFromSmarts(f"[#{atom.GetAtomicNum()};{kind};{atom.GetFormalCharge():+d}]"))
    for bond in heavy.GetBonds():
        plain.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondType())
    return mol.HasSubstructMatch(plain.GetMol())


def grown(asked, whole):
    """Tell whether the core lies in a molecule with every neighbour, charge and centre as drawn, points apart."""
    points = {atom.GetIdx() for atom in asked.GetAtoms() if not atom.GetAtomicNum()}
    for match in whole.GetSubstructMatches(asked, useChirality=True, maxMatches=MATCHES):
        inside = {place for at, place in enumerate(match) if at not in points}
        same = all(
            whole.GetAtomWithIdx(match[atom.GetIdx()]).GetFormalCharge() == atom.GetFormalCharge()
            and whole.GetAtomWithIdx(match[atom.GetIdx()]).GetIsAromatic() == atom.GetIsAromatic()
            for atom in asked.GetAtoms()
            if atom.GetIdx() not in points
        )
        leaving = [
            bond
            for bond in whole.GetBonds()
            if (bond.GetBeginAtomIdx() in inside) != (bond.GetEndAtomIdx() in inside)
        ]
        allowed = {
            frozenset((match[point], match[near.GetIdx()]))
            for point in points
            for near in asked.GetAtomWithIdx(point).GetNeighbors()
        }
        ends = {frozenset((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())) for bond in leaving}
        plain = all(bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing() for bond in leaving)
        if same and plain and ends == allowed:
            return True
    return False
