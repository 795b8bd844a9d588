"""Rows a second into tensors: from the package as they are made, and from a dataset by polars and Hugging Face datasets.

    python benches/python/into_torch.py [GAMES] [SAMPLES] [DEVICE]

What is not installed is a row with its reason. Without torch, arrays of NumPy are what is counted.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import boneyard

GAMES = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
SAMPLES = int(sys.argv[2]) if len(sys.argv) > 2 else 50
DEVICE = sys.argv[3] if len(sys.argv) > 3 else "auto"
COLUMNS = ["hand", "plays", "legal", "e_q", "action"]
HAS_TORCH = importlib.util.find_spec("torch") is not None
LAPS = 3


def tensors(columns: dict[str, np.ndarray]) -> int:
    """Puts columns where training wants them; how many rows."""
    if HAS_TORCH:
        import torch

        columns = {name: torch.from_numpy(np.array(column)) for name, column in columns.items()}
    return len(next(iter(columns.values())))


def made(evaluator: str) -> Iterator[int]:
    for batch in boneyard.generate(games=GAMES, samples=SAMPLES, evaluator=evaluator, device=DEVICE, columns=COLUMNS):
        yield tensors(batch.numpy())


def by_polars(directory: Path) -> Iterator[int]:
    import polars

    for path in sorted(directory.rglob("block-*.parquet")):
        frame = polars.read_parquet(path, columns=COLUMNS)
        numbers = {name: frame[name].to_numpy() for name in COLUMNS if name != "e_q"}
        e_q = frame["e_q"].explode().fill_null(float("nan")).to_numpy().reshape(-1, 7)
        yield tensors({**numbers, "e_q": e_q})


def by_datasets(directory: Path) -> Iterator[int]:
    import datasets

    datasets.disable_progress_bars()
    loaded = datasets.load_dataset(str(directory), split="train", cache_dir=str(directory.parent / "cache"))
    loaded = loaded.select_columns(COLUMNS).with_format("numpy")
    for batch in loaded.iter(batch_size=64 * 28):
        yield tensors({name: np.asarray(column) for name, column in batch.items()})


def rate(make: Callable[[], Iterator[int]]) -> str:
    """The median of some laps."""
    rates = []
    for _ in range(LAPS):
        begun = time.perf_counter()
        rows = sum(make())
        rates.append(rows / (time.perf_counter() - begun))
    return f"{sorted(rates)[LAPS // 2]:12,.0f} rows/s"


def main() -> None:
    what = "torch" if HAS_TORCH else "NumPy (torch is not installed)"
    print(f"into {what}: {GAMES} games with {SAMPLES} samples, device {DEVICE}, median of {LAPS}")
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "data"
        boneyard.write(directory, games=GAMES, samples=1, evaluator="playout", device="cpu")
        rows: list[tuple[str, str, Callable[[], Iterator[int]]]] = [
            ("boneyard, solver", "", lambda: made("solver")),
            ("boneyard, cascade:4", "", lambda: made("cascade:4")),
            ("Parquet by polars", "polars", lambda: by_polars(directory)),
            ("Parquet by datasets", "datasets", lambda: by_datasets(directory)),
        ]
        for name, needed, make in rows:
            there = not needed or importlib.util.find_spec(needed) is not None
            print(f"{name:22}", rate(make) if there else f"skipped: {needed} is not installed")


if __name__ == "__main__":
    main()
