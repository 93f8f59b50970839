"""Small series of molecules to train on: every group on every ring."""

RINGS = [
    "c1ccc({})cc1",
    "c1cc({})ccn1",
    "C1CCC({})CC1",
    "c1cc({})cs1",
    "c1ccc2cc({})ccc2c1",
    "C1CC(=O)CC({})C1",
]
GROUPS = [
    "C",
    "O",
    "C(=O)O",
    "Cl",
    "N",
    "C#N",
    "CCO",
    "OC",
    "S(N)(=O)=O",
    "CCCC",
    "CCC",
    "F",
    "C(F)(F)F",
    "CN",
    "CCl",
]


def series(groups: int) -> list[str]:
    """Return six molecules for each of the first groups, group by group."""
    return [ring.format(group) for group in GROUPS[:groups] for ring in RINGS]
