"""Adam, by itself: the first use of ``torch.optim`` loads PyTorch's compiler: two seconds a search."""

from __future__ import annotations

from collections.abc import Sequence

import torch

FADING = (0.9, 0.999)
TINY = 1e-8


class Adam:
    """Adaptive moment estimation (Kingma and Ba, ICLR 2015), with the moments' start corrected.

    Parameters
    ----------
    groups : sequence of (sequence of torch.Tensor, float)
        Leaves of the graph, and their learning rate.
    """

    def __init__(self, groups: Sequence[tuple[Sequence[torch.Tensor], float]]) -> None:
        self._rates = [(parameter, rate) for parameters, rate in groups for parameter in parameters]
        self._means = [torch.zeros_like(parameter) for parameter, _ in self._rates]
        self._squares = [torch.zeros_like(parameter) for parameter, _ in self._rates]
        self._steps = 0

    def clear(self) -> None:
        """Forget the gradients."""
        for parameter, _ in self._rates:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move all parameters that have a gradient."""
        self._steps += 1
        first, second = FADING
        for (parameter, rate), mean, square in zip(self._rates, self._means, self._squares, strict=True):
            if parameter.grad is None:
                continue
            mean.lerp_(parameter.grad, 1 - first)
            square.mul_(second).addcmul_(parameter.grad, parameter.grad, value=1 - second)
            scale = (square / (1 - second**self._steps)).sqrt_().add_(TINY)
            parameter.addcdiv_(mean, scale, value=-rate / (1 - first**self._steps))
