"""Games as a data set of PyTorch, with `pip install boneyard[torch]`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import IterableDataset, get_worker_info

from ._generate import Games, _whole, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._batch import Batch

__all__ = ["GameStream"]


class GameStream(IterableDataset):
    """Games without end, or so many of them, as dictionaries of tensors: a `torch.utils.data.IterableDataset`.

    An item is a *block* of `block_games` consecutive games, all their decisions in the order of `generate`; give a
    `DataLoader` `batch_size=None`. Rank `r` of `w`, and worker `i` of `n` in it, take the blocks whose number is
    `r + w (i + n k)`: every block is made once, and what is in it depends on its number and the options only, not on how
    many ranks and workers there are. Items of one rank come in the order of its blocks from a `DataLoader`, which goes round
    its workers.

    `state_dict` and `load_state_dict` say and set how many blocks each rank has given, so that training goes on where it
    was; with a `DataLoader` that has workers, the state is that of the workers: load it before the loader is iterated, and
    count blocks by what the loop has taken, as `blocks_taken` of `state_dict` cannot know.

    Workers are processes. They are forked unless told otherwise, which is fine for games on the CPU; for games on CUDA start
    them with `multiprocessing_context="spawn"`, or have no workers: games are played on threads of their own anyway.

    Args:
        games: How many games all ranks play together, rounded up to whole blocks; None never ends.
        block_games: Games an item.
        seed: Of the first game.
        rank, world_size: Which part of the blocks; those of `torch.distributed` if None and it is initialised.
        device: Where games are played, as of `generate`.
        tensor_device: Where tensors are put; None leaves them on the CPU.
        options: As of `generate`: samples, evaluator, policy, columns, …

    >>> from boneyard.torch import GameStream  # doctest: +SKIP
    >>> item = next(iter(GameStream(block_games=4, samples=10, columns=["e_q", "legal"])))  # doctest: +SKIP
    >>> item["e_q"].shape  # doctest: +SKIP
    torch.Size([112, 7])
    """

    def __init__(
        self,
        games: int | None = None,
        block_games: int = 64,
        seed: int = 0,
        *,
        rank: int | None = None,
        world_size: int | None = None,
        device: str = "auto",
        tensor_device: str | torch.device | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.block_games = _whole("block_games", block_games, 64)
        if self.block_games == 0:
            raise ValueError("block_games 0: expected at least 1")
        self.games = None if games is None else _whole("games", games, 64)
        self.seed = _whole("seed", seed, 64)
        if rank is None and world_size is None and torch.distributed.is_available() and torch.distributed.is_initialized():
            rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        self.rank = _whole("rank", 0 if rank is None else rank, 64)
        self.world_size = _whole("world_size", 1 if world_size is None else world_size, 64)
        if self.rank >= self.world_size:
            raise ValueError(f"rank {rank}: expected a number below world_size, which is {self.world_size}")
        self.device, self.tensor_device, self.options = device, tensor_device, options
        self._blocks_taken = 0

    def _blocks(self) -> int | None:
        """How many blocks there are for all ranks."""
        return None if self.games is None else -(-self.games // self.block_games)

    def _games(self, block: int, blocks: int) -> Games:
        """So many blocks from one on, under way."""
        return generate(
            games=blocks * self.block_games,
            seed=self.seed + block * self.block_games,
            device=self.device,
            batch_games=self.block_games,
            **self.options,
        )

    def _batches(self, first: int, stride: int) -> Iterator[Batch]:
        """Every `stride`-th block from the first on, the next one under way while one is used."""
        all_of_them = self._blocks()
        last = ((1 << 64) - 1 - self.seed) // self.block_games if all_of_them is None else all_of_them
        if stride == 1:
            if first < last:
                yield from self._games(first, last - first)
            return
        blocks = iter(range(first, last, stride))
        coming = [self._games(block, 1) for block in itertools.islice(blocks, 1)]
        while coming:
            [games] = coming
            coming = [self._games(block, 1) for block in itertools.islice(blocks, 1)]
            yield from games

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        worker = get_worker_info()
        index, workers = (0, 1) if worker is None else (worker.id, worker.num_workers)
        # Blocks of this rank, counted from 0, that were taken before; workers go round from there.
        turn = self._blocks_taken + index
        for batch in self._batches(self.rank + self.world_size * turn, self.world_size * workers):
            if worker is None:
                self._blocks_taken += 1
            yield batch.torch(self.tensor_device)

    def state_dict(self) -> dict[str, int]:
        """How many blocks this rank has given."""
        return {"blocks_taken": self._blocks_taken}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Goes on after so many blocks of this rank."""
        self._blocks_taken = _whole("blocks_taken", state["blocks_taken"], 64)
