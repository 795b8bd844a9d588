"""Make data, train a small network for a minute, look at its error. Cell by cell in a notebook, or `python train.py`.

Needs `boneyard` and NumPy only: the network is two layers, and its gradients are written out.
"""

# %% Labels: what a network reads of a world, and the exact value of every legal move.
from __future__ import annotations

import sys
import time

import numpy as np

import boneyard

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
PLIES = (8, 16)


def examples(batch: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Folded tokens as zeros and ones: who has which domino, and what is on the table."""
    folded, n = batch["tokens"], len(batch["ply"])
    domino, role = folded[:, :, 0].astype(np.int64) % 29, folded[:, :, 1].astype(np.int64)
    there = folded[:, :, 0] != 65535
    # In hand or played, by owner from the mover: 8 rows of 28; on the table: 28 more; trumps: one of 10.
    features = np.zeros((n, 9 * 28 + 10), np.float32)
    row = np.where(np.arange(32) > 28, 8, role // 4 % 8)
    keep = there & (domino < 28)
    world, token = np.nonzero(keep)
    features[world, row[world, token] * 28 + domino[world, token]] = 1
    features[np.arange(n), 252 + folded[:, 28, 0] // 29] = 1
    return features, batch["q"], batch["legal"]


# %% A test set that is never trained on: seeds of the test split.
tested = next(boneyard.labels(device="cpu", batch_games=200, worlds=4, plies=PLIES, split="test", form="folded"))
test_x, test_q, test_legal = examples(tested)
print(f"{len(test_q)} labels to test on; values have a spread of {test_q[test_legal].std():.1f} points")

# %% A network of two layers, trained by Adam until the time is up. Each label is used once.
random = np.random.default_rng(0)
sizes = [test_x.shape[1], 256, 7]
weights = [random.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32) for a, b in zip(sizes, sizes[1:])]
weights = [weights[0], np.zeros(256, np.float32), weights[1], np.zeros(7, np.float32)]
moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]


def forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.maximum(x @ weights[0] + weights[1], 0)
    return hidden, hidden @ weights[2] + weights[3]


def error(x: np.ndarray, q: np.ndarray, legal: np.ndarray) -> float:
    """Mean absolute error of a legal move, in points."""
    return float(np.abs(forward(x)[1] * 42 - q)[legal].mean())


print(f"untrained: {error(test_x, test_q, test_legal):.2f} points off")
begun, step, seen = time.monotonic(), 0, 0
with boneyard.labels(device="auto", batch_games=64, worlds=8, plies=PLIES, form="folded") as stream:
    for batch in stream:
        x, q, legal = examples(batch)
        for at in range(0, len(x) - 255, 256):
            part = slice(at, at + 256)
            hidden, values = forward(x[part])
            wrong = np.where(legal[part], values - q[part] / 42, 0) / 256
            back = (wrong @ weights[2].T) * (hidden > 0)
            gradients = [x[part].T @ back, back.sum(0), hidden.T @ wrong, wrong.sum(0)]
            step += 1
            for w, g, (mean, square) in zip(weights, gradients, moments):
                mean += 0.1 * (g - mean)
                square += 0.001 * (g * g - square)
                w -= 0.002 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        seen += len(x)
        if time.monotonic() - begun > SECONDS:
            break
print(f"after {seen} labels and {SECONDS:.0f} s: {error(test_x, test_q, test_legal):.2f} points off")


# %% The network as evaluator: whole games, and E[Q] corrected by the solver.
def network(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """From the tokens that Boneyard gives to the features of training."""
    n = len(tokens)
    features = np.zeros((n, 9 * 28 + 10), np.float32)
    high = tokens[:, :, 0].astype(np.int64)
    domino = high * (high + 1) // 2 + tokens[:, :, 1]
    owner, held = tokens[:, :, 5].astype(np.int64), tokens[:, :, 8].astype(np.int64)
    row = np.where(np.arange(32) > 28, 8, owner * 2 + held)
    world, token = np.nonzero(mask & (np.arange(32) > 0))
    features[world, row[world, token] * 28 + domino[world, token]] = 1
    features[np.arange(n), 252 + tokens[:, 0, 10].astype(np.int64)] = 1
    return forward(features)[1] * 42


evaluator = boneyard.cascade(4, "solver", boneyard.corrected(4, boneyard.network(network)))
decisions = next(boneyard.generate(games=4, samples=32, evaluator=evaluator, device="cpu"))
print(f"standard error of corrected E[Q]: {np.nanmean(decisions['correction_se']):.2f} points")
print(decisions.game(0))
print(decisions.decision(0))
