"""Core fixing: ten scaffolds, 500 molecules each; is the core there, has it grown at allowed sites only, how fast.

``python benchmarks/design_core.py [--count 500] [--calls 500] [--prior design/zinc] [--seed 0]``

"Decorated" are molecules that the language model writes on the core; their CPU seconds include the system's own proof
by atom mapping (loading the prior does not count). "Written right" is the share of all texts, before that proof,
that hold the core as they should: the grammar's own doing. "Searched" are the molecules that a search by all three
generators scored on the same core. Both are judged here by ``design_checks.py``, which shares no code with the system.
Among the scaffolds are a linker, a chiral, fused and charged one with two sites, a stated double bond and a steroid.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from rdkit import Chem, RDLogger

import harness
from design_checks import keeps, queries

SCAFFOLDS = {
    "benzoylpiperazine": "O=C(c1ccccc1)N1CCN([*:1])CC1",
    "anilinoquinazoline": "c1cc2ncnc(N[*:1])c2cc1O[*:2]",
    "cephem, as its anion": "[*:1]N[C@@H]1C(=O)N2C(C(=O)[O-])=C(C[*:2])CS[C@H]12",
    "linker: thalidomide to arylpiperazine": (
        "[*:1]c1ccc2c(c1)C(=O)N(C1CCC(=O)NC1=O)C2=O.[*:2]N1CCN(c2ccccc2)CC1"
    ),
    "testosterone": "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@]34C)[C@@H]1CC[C@@H]2O[*:1]",
    "tryptamine": "[*:1]c1ccc2c(c1)c(CC[*:2])c([*:3])[nH]2",
    "choline": "C[N+](C)(C)CCO[*:1]",
    "dihydropyridine": "CC1=C(C(=O)O[*:1])C([*:3])C(C(=O)O[*:2])=C(C)N1",
    "diarylpyrazole": "NS(=O)(=O)c1ccc(-n2nc([*:1])cc2[*:2])cc1",
    "ferulic amide, trans": "COc1cc(/C=C/C(=O)N[*:1])ccc1O",
}
SPEED = 100


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--calls", type=int, default=500, help="of the searches; 0 leaves them out")
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    rows = [row(name, core, given) for name, core in SCAFFOLDS.items()]
    decorated = sum(one["decorated"] for one in rows)
    rows.append(
        {
            "scaffold": "all",
            **{
                name: sum(one.get(name) or 0 for one in rows)
                for name in ("decorated", "different", "searched")
            },
            **{
                name: statistics.fmean(one[name] for one in rows)
                for name in ("written right", "keep the core", "allowed sites only")
            },
            "per CPU s": decorated / sum(one["decorated"] / one["per CPU s"] for one in rows),
        }
    )
    met = rows[-1]["keep the core"] == rows[-1]["allowed sites only"] == 1 and rows[-1]["per CPU s"] >= SPEED
    met = bool(met and all(one["decorated"] >= given.count for one in rows))
    goal = f"10 scaffolds x {given.count}: 100 % keep the core, 100 % grown at allowed sites only, >= {SPEED} a CPU s"
    figure = harness.bars(
        "Proven molecules on a core per CPU second",
        [one["scaffold"] for one in rows],
        [one["per CPU s"] for one in rows],
        "molecules/s",
        SPEED,
    )
    harness.write("design_core", rows, figure, goal, met)


def row(name, core, given):
    from kozue.systems.molecules.design.core import decorating
    from kozue.systems.molecules.design.core.reading import read_core
    from kozue.systems.molecules.design.prior import load_prior

    prior, texts, completed = load_prior(given.prior), [], decorating.completed

    def noted(*arguments):
        """Keep what was written before any proof."""
        found = completed(*arguments)
        texts.extend(found[0])
        return found

    decorating.completed = noted
    began = time.process_time()
    made = decorating.sample(prior, read_core(core), given.count, np.random.default_rng(given.seed))
    cpu = time.process_time() - began
    decorating.completed = completed
    asked = queries(core)
    right = [all(keeps(asked, text)) for text in texts]
    searched = of_search(core, given) if given.calls else []
    judged = [keeps(asked, smiles) for smiles in (*made, *searched)]
    return {
        "scaffold": name,
        "decorated": len(made),
        "different": len({Chem.CanonSmiles(smiles) for smiles in made}),
        "written right": float(np.mean(right)),
        "searched": len(searched),
        "keep the core": float(np.mean([held for held, _ in judged])),
        "allowed sites only": float(np.mean([allowed for _, allowed in judged])),
        "per CPU s": len(made) / cpu,
    }


def of_search(core, given):
    """Return the molecules that a search by all generators scored on a core."""
    from kozue.core.registry import get_registry
    from kozue.run import answer

    settings = {"rewards": ["qed", "sa"], "core": core, "calls": given.calls, "prior": given.prior}
    settings["link"] = "." in core
    found = answer(get_registry().operation("design.search"), None, settings, seed=given.seed)
    return found.tables["calls"]["smiles"].to_pylist()


if __name__ == "__main__":
    main()
