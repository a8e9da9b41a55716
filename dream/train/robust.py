"""A network and pictures go in; pictures that it finds harder come out, a small step away.

What a network learns from such steps makes its gradients look like things instead of noise (S. Santurkar et al. 2019, "Image
synthesis with a single (robust) classifier").
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Loss = Callable[[Tensor], Tensor]


def random_step(like: Tensor, radius: float, generator: torch.Generator) -> Tensor:
    """A step in any direction, (N, C, H, W), each at most so long."""
    step = torch.randn(like.shape, generator=generator).to(like.device)
    length = torch.rand(len(like), 1, 1, 1, generator=generator).to(like.device) * radius
    return step * (length / norms(step))


def climb(step: Tensor, gradient: Tensor, *, by: float, radius: float) -> Tensor:
    """Go on by so much along the gradient, and stay within the radius."""
    further = step + gradient * (by / norms(gradient))
    return further * (radius / norms(further)).clamp(max=1.0)


def worst_step(loss: Loss, pictures: Tensor, *, radius: float, n_steps: int, generator: torch.Generator) -> Tensor:
    """The step that the loss likes least, found by so many looks (projected gradient descent, A. Madry et al. 2018)."""
    step = random_step(pictures, radius, generator)
    for _ in range(n_steps):
        tried = (pictures + step).requires_grad_(True)
        (gradient,) = torch.autograd.grad(loss(tried), tried)
        step = climb(step, gradient, by=2.5 * radius / n_steps, radius=radius)
    return step


def norms(pictures: Tensor) -> Tensor:
    """The length of each, (N, 1, 1, 1), never 0."""
    return pictures.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1, 1)
