"""Muon, after Keller Jordan (2024), https://kellerjordan.github.io/posts/muon/: momentum, made orthogonal.

Matrices of one shape are made orthogonal together, and steps have the size of AdamW's (0.2 times the square root of the
larger side, Liu et al. 2025, "Muon is scalable for LLM training").
"""

from __future__ import annotations

import torch


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """About U Vᵀ of each `[N, rows, columns]` with rows ≤ columns: five Newton–Schulz steps in bf16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x


class Muon(torch.optim.Optimizer):
    """For two-dimensional weights; those in `thirds` are three matrices, one under the other."""

    def __init__(self, weights, thirds=(), lr=4e-3, momentum=0.95, weight_decay=0.01) -> None:
        super().__init__(list(weights), dict(lr=lr, momentum=momentum, weight_decay=weight_decay))
        self.thirds = {id(weight) for weight in thirds}
        self.orthogonal = orthogonal

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            gradients = [weight.grad for weight in weights]
            for weight in weights:
                if "momentum" not in self.state[weight]:
                    self.state[weight]["momentum"] = torch.zeros_like(weight)
            momenta = [self.state[weight]["momentum"] for weight in weights]
            torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
            # Nesterov's: the gradient of now once more.
            directions = torch._foreach_lerp(gradients, momenta, group["momentum"])
            shapes: dict[tuple[int, int], list[tuple[torch.Tensor, torch.Tensor]]] = {}
            for weight, direction in zip(weights, directions):
                parts = 3 if id(weight) in self.thirds else 1
                for to, along in zip(weight.data.chunk(parts), direction.chunk(parts)):
                    if along.shape[0] > along.shape[1]:
                        to, along = to.mT, along.mT
                    shapes.setdefault(tuple(along.shape), []).append((to, along))
            torch._foreach_mul_([weight.data for weight in weights], 1 - group["lr"] * group["weight_decay"])
            for (_, columns), pairs in shapes.items():
                steps = self.orthogonal(torch.stack([along for _, along in pairs]))
                size = group["lr"] * 0.2 * columns**0.5
                steps = steps.float().unbind()
                torch._foreach_add_([to for to, _ in pairs], list(steps), alpha=-size)
