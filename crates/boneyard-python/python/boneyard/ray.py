"""Datasets made by many machines, with `pip install boneyard[ray]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ray

from ._generate import _whole

if TYPE_CHECKING:
    import os

__all__ = ["generate", "ranges"]


def ranges(seed: int, games: int, block: int, blocks_a_task: int) -> list[tuple[int, int]]:
    """Seeds in ranges of whole blocks, as blocks lie in every dataset: the first seed and the number of games of each.

    >>> from boneyard.ray import ranges  # doctest: +SKIP
    >>> ranges(10, 300, 64, 2)  # doctest: +SKIP
    [(10, 118), (128, 128), (256, 54)]
    """
    size, found = block * blocks_a_task, []
    first, end = seed, seed + games
    while first < end:
        last = min(end, (first // size + 1) * size)
        found.append((first, last - first))
        first = last
    return found


def generate(
    directory: str | os.PathLike[str],
    games: int,
    seed: int = 0,
    *,
    block: int = 64,
    blocks_a_task: int = 16,
    num_gpus: float = 0,
    num_cpus: float = 1,
    **options: Any,
) -> dict[str, Any]:
    """Makes the dataset of `boneyard.write` by tasks of Ray, each of which writes its own blocks.

    Ray schedules and holds no data: tasks write to a directory that all machines see. A task whose worker dies is run
    again, and makes what its blocks lack; a call that is repeated goes on where the last one was. Rows are those of one
    process.

    Args:
        directory: As of `write`; on every machine the same.
        games, seed, block: As of `write`.
        blocks_a_task: Blocks a task: what is lost at most when a worker dies is the one under way.
        num_gpus, num_cpus: Of each task. With a GPU, `device` is `cuda` unless it is given: Ray shows a task only its own.
        options: As of `write`: samples, evaluator, policy, …

    Returns:
        What was done, by all tasks together: `games`, `decisions`, `worlds`, `tasks`.

    Raises:
        ValueError, boneyard.Error: As of `write`, from the first task that fails.
    """
    games, seed = _whole("games", games, 64), _whole("seed", seed, 64)
    block, blocks_a_task = _whole("block", block, 64), _whole("blocks_a_task", blocks_a_task, 32)
    if not games or not block or not blocks_a_task:
        raise ValueError("games, block and blocks_a_task: expected at least 1 of each")
    options = {"device": "cuda" if num_gpus else "cpu", "threads": 0 if num_gpus else max(1, int(num_cpus)), **options}
    # A worker that dies is no fault of its task; what a task raises is, and is raised here.
    task = ray.remote(num_gpus=num_gpus, num_cpus=num_cpus, max_retries=-1)(_write)
    pending = [task.remote(directory, first, n, block, options) for first, n in ranges(seed, games, block, blocks_a_task)]
    done = {"games": 0, "decisions": 0, "worlds": 0, "tasks": len(pending)}
    while pending:
        [ready], pending = ray.wait(pending, num_returns=1)
        try:
            part = ray.get(ready)
        except ray.exceptions.RayTaskError as error:
            for other in pending:
                ray.cancel(other)
            raise error.cause from error
        for name in ("games", "decisions", "worlds"):
            done[name] += part[name]
    return done


def _write(directory: Any, seed: int, games: int, block: int, options: dict[str, Any]) -> dict[str, Any]:
    import boneyard

    return boneyard.write(directory, games, seed=seed, block=block, **options)
