"""The compiled half, private to the package."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

__version__: str
MODES: tuple[str, ...]
STOPPED: tuple[str, ...]
DECLARATIONS: tuple[str, ...]
KNOWN: int

class Error(RuntimeError): ...

class Settings:
    def __init__(
        self,
        *,
        samples: int,
        declaration: str,
        bid: int,
        bidder: int,
        contract: str,
        deals: str,
        sampler: Any,
        posterior: str | None,
        evaluator: Any,
        heads: int | None,
        policy: Any,
        evaluate_forced: bool,
        histogram: bool,
        block: int,
        adaptive: tuple[str, int, int] | None = None,
    ) -> None: ...
    def json(self) -> str: ...
    def sha256(self) -> str: ...
    @property
    def corrects(self) -> bool: ...

class Rows:
    def __len__(self) -> int: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def nbytes(self) -> int: ...
    def column(self, name: str) -> npt.NDArray[Any]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class Games:
    def __init__(
        self,
        settings: Settings,
        *,
        seed: int,
        games: int,
        split: str | None,
        device: str,
        memory_budget: int | None,
        threads: int,
        batch: int | None,
        names: list[str] | None,
        watcher: Callable[[list[int]], object] | None,
        hands: npt.NDArray[np.uint8] | None = None,
        public: object | None = None,
    ) -> None: ...
    def __iter__(self) -> Games: ...
    def __next__(self) -> Rows: ...
    @property
    def device(self) -> str: ...
    def close(self) -> None: ...

class LabelStream:
    def __init__(
        self,
        *,
        seed: int,
        games: int | None,
        worlds: int,
        first_ply: int,
        end_ply: int,
        policies: list[tuple[str, int]],
        sensible: int,
        split: str | None,
        device: str,
        batch: int | None,
        form: str,
        shuffle: bool,
        rank: int,
        world_size: int,
        memory_budget: int | None,
        threads: int,
    ) -> None: ...
    def __iter__(self) -> LabelStream: ...
    def __next__(self) -> dict[str, Any]: ...
    @property
    def device(self) -> str: ...
    def close(self) -> None: ...

class Hand:
    def __init__(self, hands: Sequence[Sequence[int]], declaration: int, bidder: int, bid: int) -> None: ...
    @staticmethod
    def dealt(seed: int, deals: str, declaration: int, bidder: int, bid: int) -> Hand: ...
    @property
    def mover(self) -> int: ...
    @property
    def legal(self) -> int: ...
    @property
    def is_over(self) -> bool: ...
    @property
    def ply(self) -> int: ...
    @property
    def banked(self) -> tuple[int, int]: ...
    @property
    def contract(self) -> int: ...
    @property
    def declaration(self) -> int: ...
    @property
    def leader(self) -> int: ...
    @property
    def bidder(self) -> int: ...
    @property
    def bid(self) -> int: ...
    @property
    def plays(self) -> list[int]: ...
    def hand(self, seat: int) -> list[int]: ...
    def known(self, seat: int) -> npt.NDArray[np.float32]: ...
    def play(self, slot: int) -> None: ...
    def copy(self) -> Hand: ...

def write(
    settings: Settings,
    directory: str | PathLike[str],
    *,
    seed: int,
    games: int,
    split: str | None,
    shard_: str | None,
    trust: bool,
    device: str,
    memory_budget: int | None,
    threads: int,
    batch: int | None,
    watcher: Callable[[list[int]], object] | None,
) -> dict[str, Any]: ...
def devices() -> dict[str, Any]: ...
def end_all() -> None: ...
def deal(seeds: npt.NDArray[np.uint64], deals: str) -> npt.NDArray[np.uint8]: ...
def legal(hands: npt.NDArray[np.uint8], public: object) -> dict[str, npt.NDArray[Any]]: ...
def solve(
    hands: npt.NDArray[np.uint8], public: object, n_threads: int, device: str
) -> npt.NDArray[np.float32]: ...
def tokens(hands: npt.NDArray[np.uint8], public: object, form: str) -> dict[str, npt.NDArray[Any]]: ...
def worlds(
    asked: object, draw: int | None, sampler: str, seeds: npt.NDArray[np.uint64]
) -> dict[str, npt.NDArray[Any]]: ...
def evaluate(
    asked: object,
    samples: int,
    sampler: Any,
    posterior: str | None,
    evaluator: Any,
    heads: int | None,
    policy: Any,
    seeds: npt.NDArray[np.uint64],
    n_threads: int,
    device: str,
    adaptive: tuple[str, int, int] | None = None,
) -> dict[str, npt.NDArray[Any]]: ...
def encode(asked: object) -> npt.NDArray[np.float32]: ...
