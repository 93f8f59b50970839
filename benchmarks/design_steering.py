"""Steering by predicted ADMET: ten drugs with a liability, a core that stays, 2,000 calls each.

``python benchmarks/design_steering.py [--calls 2000] [--leads cisapride …] [--workers 1] [--prior design/zinc]``

A lead is improved if a molecule was found that holds the core (asked by ``design_checks.py``), has no alert of PAINS,
BRENK and NIH, and is predicted better on the endpoint by more than the 90 % interval: its value lies beyond that end of
the lead's interval that is better. "Apart" is the stricter question, whether the two intervals do not even touch; "in
domain" asks in addition that the model calls the molecule inside its domain. Leads, cores, endpoints and rewards were
fixed before the first search; predictions of the winners are made anew here. They are predictions: whoever searches
where a model is wrong finds molecules that it is wrong about.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rdkit import Chem

import harness
from design_checks import keeps, queries
from design_runs import ONE_THREAD, write

MUST = 9


@dataclass(frozen=True)
class Lead:
    """A drug, what stays of it, and what is to become better: ``-herg`` means less."""

    smiles: str
    core: str
    endpoint: str

    @property
    def column(self):
        """Column of the predictions."""
        return self.endpoint[1:]

    @property
    def sign(self):
        """1 if more is better."""
        return -1 if self.endpoint.startswith("-") else 1


LEADS = {
    # Withdrawn or restricted for long QT.
    "cisapride": Lead(
        "CO[C@H]1CN(CCCOc2ccc(F)cc2)CC[C@H]1NC(=O)c1cc(Cl)c(N)cc1OC",
        "CO[C@H]1CN([*:1])CC[C@H]1NC(=O)c1cc(Cl)c([*:2])cc1OC",
        "-herg",
    ),
    "terfenadine": Lead(
        "CC(C)(C)c1ccc(C(O)CCCN2CCC(C(O)(c3ccccc3)c3ccccc3)CC2)cc1",
        "OC(c1ccccc1)(c1ccccc1)C1CCN([*:1])CC1",
        "-herg",
    ),
    "astemizole": Lead(
        "COc1ccc(CCN2CCC(Nc3nc4ccccc4n3Cc3ccc(F)cc3)CC2)cc1",
        "Fc1ccc(Cn2c(NC3CCN([*:1])CC3)nc3ccccc32)cc1",
        "-herg",
    ),
    # Strong inhibitors or substrates of CYP enzymes.
    "ketoconazole": Lead(
        "CC(=O)N1CCN(c2ccc(OC[C@H]3CO[C@](Cn4ccnc4)(c4ccc(Cl)cc4Cl)O3)cc2)CC1",
        "CC(=O)N1CCN(c2ccc(O[*:1])cc2)CC1",
        "-cyp3a4_inhibitor",
    ),
    "verapamil": Lead(
        "COc1ccc(CCN(C)CCCC(C#N)(C(C)C)c2ccc(OC)c(OC)c2)cc1OC",
        "CC(C)C(C#N)(CCC[*:1])c1ccc(OC)c(OC)c1",
        "-cyp3a4_inhibitor",
    ),
    "fluoxetine": Lead(
        "CNCCC(Oc1ccc(C(F)(F)F)cc1)c1ccccc1",
        "O([*:2])C(CCN[*:1])c1ccccc1",
        "-cyp2d6_inhibitor",
    ),
    # Mutagenic.
    "amsacrine": Lead(
        "COc1cc(NS(C)(=O)=O)ccc1Nc1c2ccccc2nc2ccccc12",
        "COc1cc(NS(C)(=O)=O)ccc1N[*:1]",
        "-ames",
    ),
    # Hardly soluble.
    "clotrimazole": Lead(
        "Clc1ccccc1C(c1ccccc1)(c1ccccc1)n1ccnc1",
        "c1cn(cn1)C([*:1])([*:2])c1ccccc1Cl",
        "+solubility",
    ),
    "glibenclamide": Lead(
        "COc1ccc(Cl)cc1C(=O)NCCc1ccc(S(=O)(=O)NC(=O)NC2CCCCC2)cc1",
        "O=C(N[*:2])NS(=O)(=O)c1ccc(CCN[*:1])cc1",
        "+solubility",
    ),
    # Cleared within two to three hours.
    "buspirone": Lead(
        "O=C1CC2(CCCC2)CC(=O)N1CCCCN1CCN(c2ncccn2)CC1",
        "c1cnc(nc1)N1CCN([*:1])CC1",
        "-clearance_microsome",
    ),
}


def settings_of(lead, calls, prior):
    """Return the same rewards for all: the endpoint counts double, two others keep the search sober."""
    return {
        "rewards": [
            {
                "kind": "operation",
                "operation": "admet.predict",
                "column": lead.column,
                "weight": 2,
                "outside_factor": 0.5,
            },
            "qed",
            "sa",
        ],
        "core": lead.core,
        "alerts": ["pains", "brenk", "nih"],
        "calls": calls,
        "prior": prior,
        "top": calls,
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--leads", nargs="+", default=list(LEADS), choices=list(LEADS))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--prior", default="design/zinc")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=harness.OUT / "design_steering_runs")
    parser.add_argument(
        "--one", type=Path, help="do the only lead and write its JSON: used by this script itself"
    )
    given = parser.parse_args()
    if given.one:
        write(given.one, steered(LEADS[given.leads[0]], given))
        return
    with ThreadPoolExecutor(given.workers) as pool:
        rows = list(pool.map(lambda name: row(name, given), given.leads))
    improved = sum(one["improved"] for one in rows)
    apart = sum(one["intervals apart"] for one in rows)
    inside = sum(one["improved, in domain"] for one in rows)
    goal = (
        f">= {MUST} of 10 leads: a molecule with the core and without alert, predicted better than the lead by more "
        f"than its 90 % interval ({improved} of {len(rows)}; {inside} inside the domain as well; intervals that do not "
        f"touch: {apart})"
    )
    met = improved >= MUST if len(rows) == len(LEADS) else None
    figure = harness.bars(
        "Molecules better than the lead by more than its 90 % interval",
        [f"{one['lead']}, {one['endpoint']}" for one in rows],
        [one["molecules improved"] for one in rows],
        f"of {given.calls:,} calls",
    )
    harness.write("design_steering", rows, figure, goal, met)


def row(name, given):
    """Return one line, from a process of its own or from what it has written before."""
    place = given.runs / f"{name}-{given.calls}-{given.seed}.json"
    if not place.is_file():
        beside = place.with_suffix(".making")
        command = [sys.executable, __file__, "--one", str(beside), "--leads", name, "--prior", given.prior]
        command += ["--calls", str(given.calls), "--seed", str(given.seed)]
        cost = harness.measure(command, environment=ONE_THREAD)
        write(place, json.loads(beside.read_text(encoding="utf-8")) | {"CPU s": cost.cpu_s})
        os.unlink(beside)
    found = json.loads(place.read_text(encoding="utf-8"))
    sys.stderr.write(f"{name}: {found['best']} {found['molecule']}\n")
    return {"lead": name, **found}


def steered(lead, given):
    """Search from a lead, predict what was found anew, and count what is improved."""
    from kozue.core.registry import get_registry
    from kozue.run import answer

    registry = get_registry()
    op = registry.operation("design.search")
    settings = settings_of(lead, given.calls, given.prior)
    found = answer(op, [lead.smiles], settings, seed=given.seed).tables["calls"]
    start = Chem.CanonSmiles(lead.smiles)
    smiles = [text for text in found["smiles"].to_pylist() if text != start]
    asked = {"endpoints": [lead.column]}
    predicted = answer(registry.operation("admet.predict"), [lead.smiles, *smiles], asked).table.to_pylist()
    return summary(lead, predicted[0], predicted[1:])


def summary(lead, first, others):
    """Return the figures of a lead, ``first`` and ``others`` being predictions."""
    column, sign = lead.column, lead.sign
    good, bad = ("low", "high") if sign < 0 else ("high", "low")
    end = first[f"{column}_{good}"]
    core = queries(lead.core)
    better = [
        one
        for one in others
        if one[column] is not None
        and sign * (one[column] - end) > 0
        and not one["alerts"]
        and all(keeps(core, one["smiles"]))
    ]
    apart = [one for one in better if sign * (one[f"{column}_{bad}"] - end) > 0]
    inside = [one for one in better if one[f"{column}_domain"] == "inside"]
    best = max(inside or better, key=lambda one: sign * one[column], default=None)
    return {
        "endpoint": column,
        "lead's": first[column],
        "its 90 % interval": span(first, column),
        "best": None if best is None else best[column],
        "best's interval": "" if best is None else span(best, column),
        "improved": bool(better),
        "improved, in domain": bool(inside),
        "intervals apart": bool(apart),
        "scored": len(others),
        "molecules improved": len(better),
        "of them in domain": len(inside),
        "molecule": "" if best is None else best["smiles"],
    }


def span(one, column):
    return f"{one[column + '_low']:.3g} to {one[column + '_high']:.3g}"


if __name__ == "__main__":
    main()
