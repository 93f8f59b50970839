from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from kozue.systems.molecules.design.core.decorating import Decorated, grammars, sample
from kozue.systems.molecules.design.core.gapped import open_digits, writings
from kozue.systems.molecules.design.core.grammar import ENDED, FAILED, START_STATE, Grammar
from kozue.systems.molecules.design.core.reading import read_core
from kozue.systems.molecules.design.prior import Prior, SmilesNetwork
from kozue.systems.molecules.design.tokens import END, RANDOM, SPECIAL, Tokens
from kozue.systems.molecules.design.writing import NEVER, completed

CORES = (
    "Cc1ccc([*:1])cc1C(=O)N[*:2]",
    "C[C@H]([*:1])N1CCN(c2ccc([*:2])nc2)CC1",
    "N([*:1])[*:2]",
    "O=C(/C=C/[*:1])c1c([*:2])cc2c(c1)OCO2",
    "C1C2CC3CC1CC([*:1])(C2)C3",
    "c1ccn([*:1])c1",
    "C[N+](C)([*:1])CC([*:2])C(=O)[O-]",
    "c1ccc([*:1])cc1.C1CC([*:2])CCN1",
    "C1C2CC3CC1CC([*:1])(C2)C3.c1cc([*:2])c[nH]1",
)
ATOMS = [
    "C",
    "c",
    "N",
    "O",
    "F",
    "n",
    "(",
    ")",
    "1",
    "2",
    "=",
    "#",
    "-",
    "/",
    "[C@H]",
    "[nH]",
    "%10",
    "[H]",
    ".",
]
MERGED = [
    "C(",
    "CC",
    "c1ccc(",
    "cc1)",
    "c1ccccc1",
    ")C",
    "C)",
    "))",
    "C(=O)N",
    "cc1",
    "1)",
    "C2)cc1C",
    "(C)C)",
    ")cc",
]
TOKENS = Tokens([*ATOMS, *MERGED, "[C@@H]", "[N+]", "[O-]"])
LIMIT = 24


def drawn_text(grammar, random):
    """Draw tokens until the end; tokens that close come more often, so that there is one."""
    state, numbers = START_STATE, []
    for step in range(LIMIT):
        mask = grammar.masks(np.array([state]))[0]
        allowed = np.flatnonzero(mask).tolist()
        closing = [number for number in allowed if number == END or ")" in TOKENS.pieces[number - SPECIAL]]
        if not allowed:
            return None
        pool = closing if closing and random.random() < step / 6 else allowed
        numbers.append(random.choice(pool))
        state = int(grammar.push(np.array([state]), np.array(numbers[-1:]))[0])
        if state == ENDED:
            return numbers
    return None


GRAMMARS = {text: (read_core(text), grammars(TOKENS, read_core(text))) for text in CORES}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CORES), st.randoms(use_true_random=False))
def test_whatever_is_drawn_and_rdkit_accepts_holds_the_core(text, random):
    core, ways = GRAMMARS[text]
    grammar = random.choice(ways)
    numbers = drawn_text(grammar, random)
    assume(numbers is not None)
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(grammar.text(numbers))
    assume(mol is not None)
    assert core.mapping(mol) is not None, grammar.text(numbers)


@pytest.mark.parametrize("text", CORES)
def test_every_writing_is_the_core_with_gaps(text):
    core = read_core(text)
    ways = writings(core)
    assert ways
    for gapped in ways:
        assert core.accepted(gapped.filled(("C",) * len(gapped.labels))) is not None
        assert core.accepted(
            gapped.filled(("C9CC9" if not gapped.linked else "C(=O)N",) * len(gapped.labels))
        )


def test_the_last_site_is_the_tail_where_it_can_be():
    for gapped in writings(read_core(CORES[0])):
        assert gapped.pieces[-1] == ""
    assert {gapped.labels[-1] for gapped in writings(read_core(CORES[0]))} == {1, 2}


def allowed_after(grammar, pieces):
    state = np.array([START_STATE])
    for piece in pieces:
        state = grammar.push(state, np.array([TOKENS.encode(piece)[0]]))
    mask = grammar.masks(state)[0]
    return {"END" if number == END else TOKENS.pieces[number - SPECIAL] for number in np.flatnonzero(mask)}


@pytest.fixture(scope="module")
def branch():
    gapped = next(one for one in writings(read_core(CORES[0])) if one.labels == (1, 2))
    assert gapped.pieces[:2] == ("Cc1ccc(", ")cc1C(=O)N")
    return Grammar(TOKENS, gapped)


def test_a_chain_begins_with_an_atom_and_leaves_the_rings_of_the_core_alone(branch):
    first = allowed_after(branch, [])
    assert {"C", "-", "CC", "C(=O)N"} <= first
    # 1 is open in the core; a chain may not begin with a bond, a ring digit or a parenthesis.
    assert not first & {"1", "2", "(", ")", "=", "#", "/", "c1ccc(", "c1ccccc1", "END", "."}


def test_a_branch_closes_only_when_all_of_its_own_is_closed(branch):
    assert {")", "C)", "(C)C)", ")cc"} <= allowed_after(branch, ["C"])  # ")cc" goes on as the core does
    assert not allowed_after(branch, ["C"]) & {"))", ")C", "END", "cc1)"}
    assert not allowed_after(branch, ["C", "2"]) & {")", "C)", ")cc"}
    assert ")" in allowed_after(branch, ["C", "2", "C", "C", "2"])
    inside = allowed_after(branch, ["C("])
    assert not inside & {")", "))", ")C", "("}
    assert {")", "))", ")C"} <= allowed_after(branch, ["C(", "C"])
    assert not allowed_after(branch, ["C", "="]) & {")", "=", "("}


def test_nothing_follows_an_atom_that_is_full(branch):
    assert allowed_after(branch, ["F"]) == {")", ")cc"}
    assert "F" not in allowed_after(branch, ["C", "2", "C", "C"])  # ring 2 could not be closed any more
    linker = grammars(TOKENS, read_core(CORES[7]))[0]
    assert "F" not in allowed_after(linker, ["C"]) and "F" in allowed_after(linker, ["C", "C("])


def test_the_fixed_text_between_gaps_is_the_only_way_on(branch):
    assert len(allowed_after(branch, ["C", ")"])) == 1
    assert branch.push(np.array([START_STATE]), np.array([END]))[0] == FAILED
    assert not branch.masks(np.array([FAILED, ENDED])).any()


def test_ring_digits_in_brackets_are_no_ring_digits():
    assert open_digits("[13CH3]C1CC%12") == (1 << 1) | (1 << 12)


@pytest.fixture(scope="module")
def prior():
    torch.manual_seed(3)
    network = SmilesNetwork(TOKENS, 8, 12)
    with torch.no_grad():  # untrained: as likely all tokens, but prefers to come to an end
        network.output.bias[[END, *(TOKENS.encode(piece)[0] for piece in (")", "C", "N", "O"))]] += 3.0
    return Prior(TOKENS, network)


@pytest.mark.parametrize("text", CORES)
def test_samples_hold_the_core_and_repeat_with_the_seed(prior, text):
    core = read_core(text)
    found = sample(prior, core, 20, np.random.default_rng(5), empty=0.3)
    assert len(found) == 20
    assert all(core.accepted(smiles) == smiles for smiles in found)
    assert sample(prior, core, 20, np.random.default_rng(5), empty=0.3) == found
    assert sample(prior, core, 20, np.random.default_rng(6), empty=0.3) != found


def test_tokens_spell_the_whole_molecule(prior):
    core = read_core(CORES[0])
    grammar = grammars(TOKENS, core)[0]
    texts, numbers = completed(Decorated.begin(prior, grammar, 40, RANDOM), np.random.default_rng(0))
    done = [(text, TOKENS.decode(number)) for text, number in zip(texts, numbers, strict=True) if text]
    assert done and all(text == spelled for text, spelled in done)


def test_sequences_can_be_taken_apart_and_continued(prior):
    writing = Decorated.begin(prior, grammars(TOKENS, read_core(CORES[5]))[0], 3, RANDOM)
    writing.push(np.full(3, TOKENS.encode("C")[0]))
    twice = writing.take([2, 0, 0])
    twice.push(np.array([TOKENS.encode(piece)[0] for piece in ("N", "O", "C")]))
    assert writing.numbers[0] == twice.numbers[1][:-1]
    assert ((twice.logits() > NEVER / 2).sum(1) > 3).all()


def test_an_atom_that_the_prior_does_not_know_stays_as_it_is(prior):
    core = read_core("C[Se]c1ccc(B(O)O)c([*:1])c1")
    assert all("[Se]" in smiles for smiles in sample(prior, core, 5, np.random.default_rng(1)))
