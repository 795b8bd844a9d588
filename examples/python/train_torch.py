"""Make data, load it into torch, train a small network for a minute, look at its error, and let it play. Cell by cell in a
notebook, or `python train_torch.py [SECONDS]`.

Needs `boneyard[torch]`. A larger trainer, on GPUs, is in python/training; `train.py` beside this needs no torch.
"""

# %% Labels: what a network reads of a world, and the exact value of every legal move, as tensors.
from __future__ import annotations

import sys
import time

import torch

import boneyard

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PLIES = (8, 16)
torch.manual_seed(0)


# %% A network: a layer of zeros and ones, and two more. Hands come in the order of the seats from the mover.
class Small(torch.nn.Module):
    """From tokens `[B, 32, 12]` and their mask to points by slot `[B, 7]`."""

    def __init__(self) -> None:
        super().__init__()
        # Features are below 10; a row a token, feature and number.
        self.first = torch.nn.EmbeddingBag(32 * 12 * 10, 256, mode="sum")
        self.rest = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(256, 128), torch.nn.ReLU(), torch.nn.Linear(128, 7))
        torch.nn.init.normal_(self.first.weight, std=0.05)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        mover = (tokens[:, 1:29:7, 5] == 0).int().argmax(1)
        hands = tokens[:, 1:29].reshape(-1, 4, 84)
        seats = (mover[:, None] + torch.arange(4, device=tokens.device)) % 4
        hands = hands.gather(1, seats[:, :, None].expand(-1, -1, 84))
        numbers = torch.cat([tokens[:, 0], hands.flatten(1), tokens[:, 29:].flatten(1)], 1).long()
        points: torch.Tensor = 42 * self.rest(self.first(numbers + 10 * torch.arange(384, device=tokens.device)))
        return points


def error(network: Small, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Mean absolute error of a legal move, in points."""
    off: torch.Tensor = (network(batch["tokens"], torch.ones(1)) - batch["q"]).abs()[batch["legal"]].mean()
    return off


# %% A test set that is never trained on: seeds of the test split.
options = dict(worlds=4, plies=PLIES, device="auto")
tested = next(boneyard.labels(batch_games=200, split="test", **options).torch(DEVICE))  # type: ignore[arg-type]
print(f"{len(tested['q'])} labels to test on; values have a spread of {float(tested['q'][tested['legal']].std()):.1f} points")

# %% Training: each label is used once. Labels are made while the network trains.
network = Small().to(DEVICE)
adam = torch.optim.Adam(network.parameters(), lr=2e-3)
with torch.no_grad():
    print(f"untrained: {float(error(network, tested)):.2f} points off")
begun, steps, seen = time.monotonic(), 0, 0
with boneyard.labels(batch_games=64, split="train", **options) as stream:  # type: ignore[arg-type]
    for batch in stream.torch(DEVICE):
        # A batch has the decisions of a ply side by side.
        for part in torch.randperm(len(batch["q"]), device=DEVICE).split(256):
            loss = error(network, {name: batch[name][part] for name in ("tokens", "q", "legal")})
            adam.zero_grad()
            loss.backward()
            adam.step()
            steps, seen = steps + 1, seen + len(part)
        if time.monotonic() - begun > SECONDS:
            break
with torch.no_grad():
    print(f"{steps} steps, {seen} labels, {time.monotonic() - begun:.0f} s: {float(error(network, tested)):.2f} points off")

# %% The network as evaluator: E[Q] of games beside the exact one, early by the network and late by the solver.
network.eval()
evaluator = boneyard.cascade(3, "solver", boneyard.network(network, name="small"))
mine = next(boneyard.generate(games=4, samples=50, evaluator=evaluator, device="cpu"))
exact = boneyard.evaluate(mine, samples=50, seed=mine["seed"])
middle = (mine["ply"] >= PLIES[0]) & (mine["ply"] < PLIES[1])
difference = abs(mine["e_q"] - exact["e_q"])[middle]
print(f"E[Q] of tricks 3 and 4 by the network: {float(difference[difference == difference].mean()):.2f} points off")
print(mine.decision(10))
