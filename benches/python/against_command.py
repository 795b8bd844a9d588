"""Games a second by the package and by the command, for the same games.

    python benches/python/against_command.py COMMAND [GAMES] [SAMPLES] [DEVICE] [LAPS]

COMMAND is the path of `boneyard`, of the same version. Of each lap it tells games a second of the whole call or process, and of
the command of the play alone, as it says itself; of the package the call, in a process that has played before, as the second
batch of data of a training run, and the ratio that both have. Datasets are compared to the byte.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import boneyard

if len(sys.argv) < 2:
    sys.exit("expected the path of the command")
COMMAND = sys.argv[1]
GAMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
SAMPLES = int(sys.argv[3]) if len(sys.argv) > 3 else 1024
DEVICE = sys.argv[4] if len(sys.argv) > 4 else "cuda"
LAPS = int(sys.argv[5]) if len(sys.argv) > 5 else 3


def rate(work: Callable[[], object]) -> float:
    """Games a second of the whole of it."""
    begun = time.perf_counter()
    work()
    return GAMES / (time.perf_counter() - begun)


def by_command(directory: Path, told: dict[str, float]) -> Callable[[], object]:
    options = ["generate", "--games", GAMES, "--samples", SAMPLES, "--device", DEVICE, "--out", directory, "--json"]

    def work() -> None:
        done = subprocess.run([COMMAND, *map(str, options)], check=True, capture_output=True, text=True)
        [line] = [line for line in done.stdout.splitlines() if line.startswith("{")][-1:]
        told["seconds"] = json.loads(line)["seconds"]

    return work


def files(directory: Path) -> dict[Path, bytes]:
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*.parquet")}


def main() -> None:
    def generate() -> None:
        for _ in boneyard.generate(games=GAMES, samples=SAMPLES, device=DEVICE):
            pass

    print(f"{GAMES} games with {SAMPLES} samples on {DEVICE}; games/s")
    # Kernels are compiled, or found, before the clock runs.
    list(boneyard.generate(games=GAMES, samples=SAMPLES, device=DEVICE, columns=["seed"]))
    rates: dict[str, list[float]] = {}
    for lap in range(LAPS):
        with tempfile.TemporaryDirectory() as folder:
            told: dict[str, float] = {}
            ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
            now = {
                "command, process": rate(by_command(theirs, told)),
                "command, play": GAMES / told["seconds"],
                "generate": rate(generate),
                "write": rate(lambda: boneyard.write(ours, games=GAMES, samples=SAMPLES, device=DEVICE)),
            }
            if files(ours) != files(theirs):
                sys.exit("the datasets differ")
        for name, games in now.items():
            rates.setdefault(name, []).append(games)
        print("  " + "   ".join(f"{name} {games:.1f}" for name, games in now.items()))
    median = {name: sorted(laps)[LAPS // 2] for name, laps in rates.items()}
    print("median:", "   ".join(f"{name} {games:.1f}" for name, games in median.items()))
    for name in ("generate", "write"):
        whole, play = (median[name] / median[f"command, {part}"] for part in ("process", "play"))
        print(f"{name}: {whole:.3f} of the command's process, {play:.3f} of its play")


if __name__ == "__main__":
    main()
