from __future__ import annotations

import subprocess
import sys

import torch

from kozue.systems.molecules.design.generators.adam import Adam


def test_it_moves_as_that_of_torch():
    torch.manual_seed(0)
    mine = [torch.randn(4, 3, requires_grad=True), torch.zeros(2, requires_grad=True)]
    theirs = [leaf.detach().clone().requires_grad_() for leaf in mine]
    own = Adam([(mine[:1], 0.01), (mine[1:], 0.1)])
    other = torch.optim.Adam([{"params": theirs[:1], "lr": 0.01}, {"params": theirs[1:], "lr": 0.1}])
    for _ in range(30):
        for leaves, optimiser, forget in ((mine, own, own.clear), (theirs, other, other.zero_grad)):
            forget()
            (leaves[0].square().sum() + (leaves[0].sum() * leaves[1] - 1).pow(4).sum()).backward()
            optimiser.step()
    for one, two in zip(mine, theirs, strict=True):
        assert torch.allclose(one, two, rtol=1e-4, atol=1e-6)


def test_a_parameter_without_gradient_stays():
    leaves = [torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)]
    own = Adam([(leaves, 0.1)])
    leaves[0].sum().backward()
    own.step()
    assert torch.equal(leaves[1], torch.ones(2))
    assert not torch.equal(leaves[0], torch.ones(2))


def test_fine_tuning_loads_no_compiler():
    code = (
        "import sys\n"
        "import torch\n"
        "from kozue.systems.molecules.design.generators import policy\n"
        "leaf = torch.ones(2, requires_grad=True)\n"
        "own = policy.Adam([([leaf], 0.1)])\n"
        "leaf.sum().backward()\n"
        "own.step()\n"
        "sys.exit('torch._dynamo' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
