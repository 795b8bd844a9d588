"""Your own network as an evaluator: worlds a second in `generate`, beside the network's own forward on the same tokens.

    python benches/python/own_network.py [GAMES] [SAMPLES] [DEVICE] [PRECISION] [LAPS]

Needs torch. DEVICE is where games are played and the module is: `cuda` or `cpu`. PRECISION is `f32`, `tf32`, or `f16` by
autocast. The module is the known architecture in torch's own layers, with random weights.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch

import boneyard

GAMES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
SAMPLES = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
DEVICE = sys.argv[3] if len(sys.argv) > 3 else "cuda"
PRECISION = sys.argv[4] if len(sys.argv) > 4 else "tf32"
WIDTH, HEADS, LAYERS, FEED_FORWARD = 192, 6, 6, 768
# Rows of the table of each feature, and whether its rows are wide.
FEATURES = [(7, 1), (7, 1), (2, 0), (3, 0), (8, 1), (4, 0), (2, 0), (2, 0), (2, 0), (8, 1), (10, 1), (4, 0)]
LAPS = int(sys.argv[5]) if len(sys.argv) > 5 else 5


class Network(torch.nn.Module):
    """Twelve embeddings a token, a transformer, and a number for each domino of the mover's hand."""

    def __init__(self) -> None:
        super().__init__()
        wide = [WIDTH // 6 if it else WIDTH // 12 for _, it in FEATURES]
        tables = (torch.nn.Embedding(rows, width) for (rows, _), width in zip(FEATURES, wide))
        self.embeddings = torch.nn.ModuleList(tables)
        self.input_proj = torch.nn.Linear(sum(wide), WIDTH)
        layer = torch.nn.TransformerEncoderLayer(WIDTH, HEADS, FEED_FORWARD, dropout=0.0, batch_first=True)
        self.transformer = torch.nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.output_proj = torch.nn.Linear(WIDTH, 1)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor, current_player: torch.Tensor) -> torch.Tensor:
        with torch.autocast(DEVICE.split(":")[0], torch.float16, enabled=PRECISION == "f16"):
            x = torch.cat([table(tokens[:, :, i]) for i, table in enumerate(self.embeddings)], -1)
            x = self.transformer(self.input_proj(x), src_key_padding_mask=~mask)
            own = 1 + 7 * current_player[:, None] + torch.arange(7, device=x.device)
            values: torch.Tensor = self.output_proj(x[torch.arange(len(x), device=x.device)[:, None], own])[:, :, 0]
        return values


def wait() -> None:
    if DEVICE.startswith("cuda"):
        torch.cuda.synchronize()


def kept(module: torch.nn.Module, batch: int) -> list[tuple[torch.Tensor, ...]]:
    """Tokens of some worlds as the module reads them, on its device."""
    some: list[tuple[torch.Tensor, ...]] = []

    def function(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        movers = (tokens[:, 1:29:7, 5] == 0).int().argmax(1)
        if len(some) < 8 and len(tokens) == batch:
            some.append((tokens.long().clone(), mask.clone(), movers.clone()))
        return torch.zeros(len(tokens), 7, device=tokens.device)

    tokens = boneyard.network(function, device=DEVICE, batch=batch)
    # Two calls a step at least: games that have no choice ask nothing.
    list(boneyard.generate(games=max(1, 4 * batch // SAMPLES), samples=SAMPLES, device=DEVICE, evaluator=tokens))
    return some


def forward(module: torch.nn.Module, some: list[tuple[torch.Tensor, ...]]) -> float:
    """Worlds a second of the module alone."""
    worlds, begun = 0, time.perf_counter()
    with torch.inference_mode():
        while time.perf_counter() - begun < 2:
            for inputs in some:
                module(*inputs)
                worlds += len(inputs[0])
            wait()
    return worlds / (time.perf_counter() - begun)


def generated(module: torch.nn.Module, batch: int, games: int = GAMES) -> float:
    """Worlds a second of games, evaluated by the module."""
    evaluator = boneyard.network(module, batch=batch)
    begun, worlds = time.perf_counter(), 0
    for rows in boneyard.generate(
        games=games, samples=SAMPLES, device=DEVICE, evaluator=evaluator, columns=["worlds_used"], batch_games=games
    ):
        worlds += int(rows["worlds_used"].sum(dtype=np.int64))
    return worlds / (time.perf_counter() - begun)


def main() -> None:
    torch.set_float32_matmul_precision("highest" if PRECISION == "f32" else "high")
    torch.manual_seed(0)
    module = Network().eval().to(DEVICE)
    batch = 16384 if DEVICE.startswith("cuda") else 4096
    some = kept(module, batch)
    if not some:
        sys.exit(f"GAMES and SAMPLES are too few for calls of {batch} worlds")
    print(f"{GAMES} games with {SAMPLES} samples on {DEVICE}, {PRECISION}, calls of {batch} worlds; {LAPS} laps in turns")
    # Kernels are compiled, and memory is found, before the clock runs.
    forward(module, some), generated(module, batch, max(1, 4 * batch // SAMPLES))
    alone, inside = [], []
    for _ in range(LAPS):
        alone.append(forward(module, some))
        inside.append(generated(module, batch))
        print(f"  forward alone {alone[-1]:12,.0f} worlds/s, in generate {inside[-1]:12,.0f}, ratio {inside[-1] / alone[-1]:.3f}")
    median = [sorted(them)[LAPS // 2] for them in (alone, inside)]
    print(f"median: forward alone {median[0]:,.0f} worlds/s, in generate {median[1]:,.0f}, ratio {median[1] / median[0]:.3f}")


if __name__ == "__main__":
    main()
