"""The frozen test set, and how far networks are from it; see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import network as nets

import boneyard

TEST_SET = {
    "seed": 0,
    "games": 2000,  # of which 100 have seeds of 950 to 999 mod 1000
    "split": "test",
    "worlds": 512,
    "plies": (0, 12),
    "policies": {"greedy": 1},
    "form": "folded",
    "shuffle": False,
}
"""Decisions of games that E[Q]-greedy players play, those with one legal move left out. Never change it."""


def test_set(device: str, **changes):
    """Its decisions one after the other: ply, seed, and the tokens, values `[W, 7]` and legal slots `[7]` of its worlds."""
    budget = 16 << 30 if device.startswith("cuda") else None
    for batch in boneyard.labels(device=device, batch_games=25, memory_budget=budget, **{**TEST_SET, **changes}):
        ply, seed = batch["ply"].astype(np.int64), batch["seed"].astype(np.int64)
        starts = np.flatnonzero(np.diff(ply, prepend=-1) | np.diff(seed, prepend=-1))
        for begin, end in zip(starts, [*starts[1:], len(ply)]):
            legal = batch["legal"][begin]
            assert (batch["legal"][begin:end] == legal).all(), "worlds of one decision have the same legal moves"
            yield int(ply[begin]), int(seed[begin]), batch["tokens"][begin:end], batch["q"][begin:end], legal


def measures(points: np.ndarray, q: np.ndarray) -> dict[str, float]:
    """Sums of one decision, from values `[W, M]` of its legal moves, the network's and the exact ones."""
    error = points - q
    worlds = np.arange(len(q))
    e_error, e_q = points.mean(0) - q.mean(0), q.mean(0)
    return {
        "decisions": 1,
        "worlds": len(q),
        "moves": q.shape[1],
        "values": q.size,
        "absolute": np.abs(error).sum(),
        "square": (error**2).sum(),
        "gap": (q.max(1) - q[worlds, points.argmax(1)]).sum(),
        "e_absolute": np.abs(e_error).sum(),
        "e_error": e_error.sum(),
        "e_gap": e_q.max() - e_q[points.mean(0).argmax()],
    }


def means(sums: dict[str, float]) -> dict[str, float]:
    return {
        "decisions": int(sums["decisions"]),
        "worlds": int(sums["worlds"]),
        "q_mae": sums["absolute"] / sums["values"],
        "residual_sd": (sums["square"] / sums["values"]) ** 0.5,
        "q_gap": sums["gap"] / sums["worlds"],
        "e_q_mae": sums["e_absolute"] / sums["moves"],
        "e_q_bias": sums["e_error"] / sums["moves"],
        "e_q_gap": sums["e_gap"] / sums["decisions"],
    }


def added(all_of_them: list[dict[str, float]]) -> dict[str, float]:
    return {key: sum(one[key] for one in all_of_them) for key in all_of_them[0]}


def assess(network, decisions, device: torch.device) -> list[tuple[int, dict[str, float]]]:
    """Ply and sums of each decision; the network computes in f32."""
    results = []
    for ply, _, tokens, q, legal in decisions:
        with torch.inference_mode():
            parts = nets.folded(tokens).split(2048)
            points = torch.cat([network.points(part.to(device)).cpu() for part in parts]).double().numpy()
        results.append((ply, measures(points[:, legal], q[:, legal].astype(np.float64))))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+", type=Path, help="safetensors that train.py has exported")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--out", type=Path, help="a file of JSON with all numbers")
    parser.add_argument("--games", type=int, help="seeds to go through, to try it out: not the test set")
    parser.add_argument("--worlds", type=int, help="a decision, to try it out: not the test set")
    given = parser.parse_args()
    device = torch.device(given.device)
    begun = time.monotonic()
    changes = {key: value for key in ("games", "worlds") if (value := getattr(given, key)) is not None}
    decisions = list(test_set(given.device, **changes))
    print(f"{len(decisions)} decisions, {sum(len(d[3]) for d in decisions)} worlds, {time.monotonic() - begun:.1f} s")
    answer = {}
    for path in given.networks:
        results = assess(nets.load(path).to(device), decisions, device)
        rows = {"all": means(added([sums for _, sums in results]))}
        for ply in sorted({ply for ply, _ in results}):
            rows[str(ply)] = means(added([sums for at, sums in results if at == ply]))
        answer[str(path)] = rows
        print(f"\n{path}\nply  decisions  Q MAE    sd  Q-gap  E[Q] MAE    bias  E[Q]-gap")
        for name, row in rows.items():
            print(
                f"{name:>3}  {row['decisions']:>9}  {row['q_mae']:5.2f} {row['residual_sd']:5.2f}  {row['q_gap']:5.3f}  "
                f"{row['e_q_mae']:8.3f}  {row['e_q_bias']:+6.3f}  {row['e_q_gap']:8.4f}"
            )
    if given.out:
        given.out.write_text(json.dumps({"test_set": {**TEST_SET, **changes}, "networks": answer}, indent=1) + "\n")


if __name__ == "__main__":
    main()
