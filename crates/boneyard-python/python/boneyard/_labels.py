"""Exact values of moves in worlds, to train networks on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _cuda
from ._boneyard import LabelStream as _LabelStream
from ._generate import _perhaps, _whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import torch

POLICIES = {"greedy": 4, "softmax:3": 3, "epsilon:0.25": 2, "epsilon:1": 1}
"""Who plays the games of `labels`, and in how many parts of all of them: `epsilon:1` plays any legal move."""


class Labels:
    """Batches of labels, one after the other; what `labels` returns.

    They are made on threads of their own, at most one batch ahead of whoever takes them.

    Attributes:
        device: Where they are made, such as `"cuda:0"`.
        next_seed: The seed of the first game that no batch taken so far has had: give it to `labels` to go on from there,
            with the same other arguments and a `rank` of 0 in a `world_size` of 1.
    """

    def __init__(self, stream: _LabelStream, seed: int) -> None:
        self._stream = stream
        self.next_seed = seed

    @property
    def device(self) -> str:
        return self._stream.device

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        return self

    def __next__(self) -> dict[str, np.ndarray]:
        batch = next(self._stream)
        self.next_seed = batch.pop("next_seed")
        return batch

    def torch(self, device: str | torch.device | None = None) -> Iterator[dict[str, torch.Tensor]]:
        """The same as tensors: those on the CPU share the memory of the arrays.

        `seed` is int64, and folded tokens are int32.
        """
        import numpy as np
        import torch

        wider = {np.dtype(np.uint64): np.int64, np.dtype(np.uint16): np.int32}
        for batch in self:
            tensors = {}
            for name, array in batch.items():
                array = array.astype(wider[array.dtype]) if array.dtype in wider else array
                tensor = torch.from_numpy(array)
                tensors[name] = tensor if device is None else tensor.to(device, non_blocking=True)
            yield tensors

    def close(self) -> None:
        """Ends what is under way; there are no more batches."""
        self._stream.close()

    def __enter__(self) -> Labels:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<boneyard.Labels on {self.device}, next seed {self.next_seed}>"


def labels(
    games: int | None = None,
    seed: int = 0,
    device: str = "auto",
    batch_games: int | None = None,
    *,
    worlds: int = 16,
    plies: tuple[int, int] = (0, 12),
    policies: Mapping[str, int] | None = None,
    sensible: int = 50,
    split: str | None = "train",
    form: str = "features",
    shuffle: bool = True,
    rank: int = 0,
    world_size: int = 1,
    memory_budget: int | None = None,
    threads: int = 0,
) -> Labels:
    """Labels without end: what a network reads, and the exact value of every legal move.

    Games are played by a mixture of policies under contracts of all kinds. At each decision with several moves, `worlds`
    of the worlds that its mover thinks possible are looked at; each is a label. Every game has a seed, and its labels are a
    function of it: two runs give the same labels in the same order, on any device. Batches, and the order in them, depend
    on `batch_games` too.

    Args:
        games: How many seeds to go through; None never ends.
        seed: The first.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `wgpu`, …
        batch_games: Games a batch, some 120 labels each; what suits the device if None. Give it where batches must be
            the same on another device.
        worlds: Labels a decision; fewer where there are fewer worlds.
        plies: The first ply and the one after the last, within 0 to 28.
        policies: Who plays, and in how many parts of all games; `boneyard.POLICIES` if None.
        sensible: Of a hundred games, in how many the bidder declares what its hand suggests; in the others anything.
        split: Only games of `train` (seed mod 1000 below 900), `validation` (below 950) or `test`; None takes all.
        form: Tokens as `features` or `folded`, as `boneyard.tokens` tells.
        shuffle: Put the labels of a batch into an order that is random, and a function of its first seed. If not, labels
            stand by policy, ply, game and world.
        rank, world_size: Of every `world_size` batches, take the one of this number.
        memory_budget: Bytes of device memory to stay within.
        threads: Threads of the CPU, 0 for one a core.

    Returns:
        An iterator of dictionaries: `tokens` `[N, 32, 12]` int8 or `[N, 32, 2]` uint16; `q` `[N, 7]` float32, points by
        slot, 0 where not legal; `legal` `[N, 7]` bool; `ply` `[N]` uint8; `seed` `[N]` uint64, of the game. Arrays are
        the caller's own. A token that is not there has all features 0.

    Raises:
        ValueError: An option is wrong.
        boneyard.Error: The machine fails; also while batches are taken.
        KeyboardInterrupt: Within a second of Ctrl-C.

    >>> import boneyard
    >>> batch = next(boneyard.labels(device="cpu", batch_games=4, worlds=2, plies=(8, 12)))
    >>> batch["tokens"].shape[1:], batch["q"].dtype
    ((32, 12), dtype('float32'))
    """
    try:
        first, end = plies
    except (TypeError, ValueError):
        raise ValueError(f"plies {plies}: expected two numbers, such as (0, 12)") from None
    seed = _whole("seed", seed, 64)
    parts = dict(POLICIES if policies is None else policies)
    _cuda.find(device)
    stream = _LabelStream(
        seed=seed,
        games=_perhaps("games", games),
        worlds=_whole("worlds", worlds, 32),
        first_ply=_whole("plies", first, 16),
        end_ply=_whole("plies", end, 16),
        policies=[(name, _whole("policies", part, 16)) for name, part in parts.items()],
        sensible=_whole("sensible", sensible, 32),
        split=split,
        device=device,
        batch=_perhaps("batch_games", batch_games),
        form=form,
        shuffle=bool(shuffle),
        rank=_whole("rank", rank, 64),
        world_size=_whole("world_size", world_size, 64),
        memory_budget=_perhaps("memory_budget", memory_budget),
        threads=_whole("threads", threads, 32),
    )
    return Labels(stream, seed)
