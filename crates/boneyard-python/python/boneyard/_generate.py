"""Games as batches of decisions, and as datasets."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from . import _cuda
from ._batch import Batch
from ._boneyard import Games as _Games
from ._boneyard import Settings
from ._boneyard import write as _write
from ._evaluators import described
from ._functions import part

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator


class Progress(NamedTuple):
    """How far a run has come."""

    decisions: int
    """Decisions made, forced ones among them."""
    games: int
    """Games played to the end."""
    worlds: int
    """Worlds looked at in those games."""
    files: int
    """Files written."""
    games_wanted: int
    """Games to be played, those that are there already among them."""
    seconds: float
    """Since the run began."""


def _watcher(progress: bool | Callable[[Progress], object], games: int) -> Callable[[list[int]], None] | None:
    """What is called with counts, some twenty times a second."""
    if progress is False or progress is None:
        return None
    begun = time.monotonic()
    tell = _line if progress is True else progress
    if not callable(tell):
        raise TypeError("progress: expected True, False or a function of one boneyard.Progress")

    def watcher(counts: list[int]) -> None:
        decisions, played, worlds, files = counts
        tell(Progress(decisions, played, worlds, files, games, time.monotonic() - begun))

    return watcher


def _line(progress: Progress) -> None:
    """One line on stderr, over the last one."""
    share = progress.decisions / max(1, 28 * progress.games_wanted)
    rate = progress.decisions / 28 / max(progress.seconds, 1e-9)
    end = "\n" if progress.games >= progress.games_wanted else ""
    text = f"\rboneyard: {share:4.0%} of {progress.games_wanted} games, {rate:.1f} games/s"
    print(f"{text:<60}", end=end, file=sys.stderr, flush=True)


class Games:
    """Batches of decisions, one after the other; what `generate` returns.

    Games are played on threads of their own, at most one batch ahead of whoever takes them. Several threads may take
    batches from one of these. It is of use in the process that made it: after a fork, and in another process, make a new
    one.
    """

    def __init__(self, games: _Games, settings: Settings) -> None:
        self._games = games
        self._settings = settings

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        return Batch(next(self._games))

    @property
    def device(self) -> str:
        """Where they are played, such as `"cuda:0"`."""
        return self._games.device

    @property
    def configuration_sha256(self) -> str:
        """What names the configuration, in a dataset too: runs of the same make the same rows."""
        return self._settings.sha256()

    def close(self) -> None:
        """Ends the games under way; there are no more batches."""
        self._games.close()

    def __enter__(self) -> Games:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<boneyard.Games on {self.device}, configuration {self.configuration_sha256[:12]}>"


def _settings(
    samples: int,
    declaration: int | str | Iterable[int | str],
    bid: int,
    bidder: int,
    deals: str,
    sampler: Any,
    evaluator: Any,
    heads: int | None,
    policy: Any,
    evaluate_forced: bool,
    histogram: bool,
    block: int = 64,
    posterior: str | None = None,
    contract: str = "fixed",
    adaptive: tuple[str, int, int] | None = None,
) -> Settings:
    if not isinstance(declaration, (int, str)):
        declaration = ",".join(map(str, declaration))
    return Settings(
        samples=_whole("samples", samples, 32),
        adaptive=adaptive,
        declaration=str(declaration),
        bid=_whole("bid", bid, 64),
        bidder=_whole("bidder", bidder, 64),
        contract=contract,
        deals=deals,
        sampler=part("sampler", sampler),
        posterior=posterior,
        evaluator=described(evaluator),
        heads=None if heads is None else _whole("heads", heads, 32),
        policy=part("policy", policy),
        evaluate_forced=bool(evaluate_forced),
        histogram=bool(histogram),
        block=_whole("block", block, 64),
    )


def _whole(name: str, value: Any, bits: int) -> int:
    """A whole number of so many bits, from whatever says that it is one, such as a number of NumPy."""
    try:
        number: int = value.__index__()
    except AttributeError:
        raise TypeError(f"{name}: expected a whole number, not {type(value).__name__}") from None
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{name} {number}: expected a whole number from 0 to {(1 << bits) - 1}")
    return number


LEAST, MOST = 96, 16384
"""Worlds of the first round of samples that adapt, and most of them, unless they are given: as of the command."""


def _adapting(
    adaptive: str | None, samples: int | None, min_samples: int | None, max_samples: int | None
) -> tuple[int, tuple[str, int, int] | None]:
    """Samples, and a target with the least and the most of them, if they adapt; 50 samples if nothing is said."""
    if adaptive is None:
        for name, value in (("min_samples", min_samples), ("max_samples", max_samples)):
            if value is not None:
                raise ValueError(f"{name} {value}: expected adaptive beside it")
        return (50 if samples is None else samples), None
    if samples is not None:
        raise ValueError(f"samples {samples}: expected samples or adaptive {adaptive}, not both")
    if not isinstance(adaptive, str):
        raise TypeError(f"adaptive: expected a target such as `gap:0.95`, not {type(adaptive).__name__}")
    least = _whole("min_samples", LEAST if min_samples is None else min_samples, 32)
    most = _whole("max_samples", MOST if max_samples is None else max_samples, 32)
    return 50, (adaptive, least, most)


def _perhaps(name: str, value: Any) -> int | None:
    return None if value is None else _whole(name, value, 64)


def generate(
    games: int = 32,
    samples: int | None = None,
    seed: int = 0,
    device: str = "auto",
    sampler: Any = "affine",
    evaluator: Any = "solver",
    policy: Any = "greedy",
    columns: Iterable[str] | None = None,
    batch_games: int | None = None,
    *,
    declaration: int | str | Iterable[int | str] = "cycle",
    bid: int = 30,
    bidder: int = 0,
    contract: str = "fixed",
    deals: str = "python",
    split: str | None = None,
    posterior: str | None = None,
    adaptive: str | None = None,
    min_samples: int | None = None,
    max_samples: int | None = None,
    heads: int | None = None,
    evaluate_forced: bool = False,
    histogram: bool = False,
    memory_budget: int | None = None,
    threads: int = 0,
    progress: bool | Callable[[Progress], object] = False,
) -> Games:
    """Plays games and gives their decisions, batch by batch.

    Rows depend on the seed and on what is listed as such below, and on nothing else: not on the batch, the device or the
    threads. They are those of `boneyard generate` with the same options.

    Args:
        games: How many, each with the next seed.
        samples: Worlds a decision, 50 if None; where no more exist, all are looked at and the row is `exact`. Decides the rows.
        seed: Of the first game. Decides the rows.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `cuda+cpu`, `wgpu`, …
        sampler: What draws worlds: `affine`, `uniform`, `distinct`, `stratified`, `first-fit`, `backtracking`,
            `first-fit+backtracking`; a `boneyard.Sampler`, or a function, as `boneyard.sampler` takes it. Decides the rows.
        evaluator: What gives moves values, as the command's: `solver`, `contract`, `playout`, `cascade:N`, `net:FILE`,
            `cascade:N,FILE`, `corrected:N,FILE`, `checked:N,FILE`; a `boneyard.Evaluator`; or a function, as `network`
            takes it. Decides the rows.
        policy: What plays: `greedy`, `p-make`, `softmax:T`, `indifferent:Z`, `lower:Z`, `epsilon:E`, `boltzmann:T`,
            `blunder:R,MAX`, `mixed`, or several of the last joined by `+`; a schedule such as `softmax:4@0-11,greedy`;
            a `boneyard.Policy`, or a function, as `boneyard.policy` takes it. Decides the rows.
        columns: Names of columns, in the order wanted; all of them if None. `q_histogram` among them asks for
            histograms.
        batch_games: Games a batch, which are in play at once; what suits the device if None.
        declaration: `cycle` (seed mod 10), 0-9, a name, or several to cycle through. Decides the rows.
        bid: 30-42 points, or a multiple of 42 for marks. Decides the rows.
        bidder: Who bid and leads, a seat 0-3. Decides the rows.
        contract: How a game gets its contract, as the command's: `fixed` by declaration, bid and bidder; `longest` or
            `best`, what the bidder declares; or `auction`, in which all seats bid. Decides the rows.
        deals: How a seed becomes a deal: `python`, as `random.Random(seed).shuffle`, or `native`. Decides the rows.
        split: Only games of `train` (seed mod 1000 below 900), `validation` (below 950) or `test`.
        posterior: What makes some worlds likelier, as the command's: `contract[:RULE][,beta:B]`,
            `plays[:tau:T][,beta:B][,last:K][,ess:S][,by:E]`, or both with a comma between. Decides the rows.
        adaptive: Look at as many worlds as a decision needs, in place of `samples`: until the standard error of every legal
            move's mean is at most X points (`se:X`), or until the best move is separated with confidence C (`gap:C`), or no move is
            better by more than Z points (`gap:C,zone:Z`). The column `stopped_by` says why no more were looked at. Decides the rows.
        min_samples: With `adaptive`, worlds of the first round; later ones at most double what was seen: 96 if None. Decides the rows.
        max_samples: With `adaptive`, most worlds: 16384 if None. Decides the rows.
        heads: Attention heads of the evaluator's network, where its file does not say.
        evaluate_forced: Evaluate decisions with one legal move, too. Decides the rows.
        histogram: Count how many worlds gave each value, in the column `q_histogram`, `[N, 7, 85]`.
        memory_budget: Bytes of device memory to stay within; a quarter of the device's, at most 10 GiB, if None.
        threads: Threads of the CPU, 0 for one a core.
        progress: True for a line on stderr, or a function that is called with a `Progress` some twenty times a second
            while a batch is waited for.

    Returns:
        An iterator of `Batch`es.

    Raises:
        ValueError: An option is wrong; the sentence says what would be right.
        boneyard.Error: The machine fails; also while batches are taken.
        KeyboardInterrupt: Within a second of Ctrl-C; the batch under way is lost.

    >>> import boneyard
    >>> batch = next(boneyard.generate(games=1, samples=20, columns=["ply", "e_q", "action"]))
    >>> batch["e_q"].shape
    (28, 7)
    """
    names = None if columns is None else _names(columns)
    histogram = histogram or "q_histogram" in (names or ())
    samples, adapting = _adapting(adaptive, samples, min_samples, max_samples)
    settings = _settings(
        samples, declaration, bid, bidder, deals, sampler, evaluator, heads, policy, evaluate_forced, histogram,
        posterior=posterior, contract=contract, adaptive=adapting,
    )
    games = _whole("games", games, 64)
    _cuda.find(device)
    under_way = _Games(
        settings,
        seed=_whole("seed", seed, 64),
        games=games,
        split=split,
        device=device,
        memory_budget=_perhaps("memory_budget", memory_budget),
        threads=_whole("threads", threads, 32),
        batch=_perhaps("batch_games", batch_games),
        names=names,
        watcher=_watcher(progress, games),
    )
    return Games(under_way, settings)


def _names(columns: Iterable[str]) -> list[str]:
    if isinstance(columns, str):
        raise TypeError(f'columns: expected a list of names, such as ["{columns}"], not one')
    return list(columns)


def write(
    directory: str | os.PathLike[str],
    games: int = 32,
    samples: int | None = None,
    seed: int = 0,
    device: str = "auto",
    sampler: Any = "affine",
    evaluator: Any = "solver",
    policy: Any = "greedy",
    *,
    declaration: int | str | Iterable[int | str] = "cycle",
    bid: int = 30,
    bidder: int = 0,
    contract: str = "fixed",
    deals: str = "python",
    split: str | None = None,
    shard: str | None = None,
    posterior: str | None = None,
    adaptive: str | None = None,
    min_samples: int | None = None,
    max_samples: int | None = None,
    heads: int | None = None,
    evaluate_forced: bool = False,
    histogram: bool = False,
    block: int = 64,
    batch_games: int | None = None,
    memory_budget: int | None = None,
    threads: int = 0,
    trust: bool = False,
    progress: bool | Callable[[Progress], object] = False,
) -> dict[str, Any]:
    """Plays games and writes their decisions to a directory of Parquet files: the dataset of `boneyard generate` with the
    same options, to the byte.

    Games that are there already are kept, so that a call that was interrupted goes on where it was; any number of
    processes, of the command too, may write to one directory at once.

    Args:
        directory: A new or empty directory, or a dataset of the same configuration.
        device: As of `generate`, and several of a kind: `cuda:all`, `cuda:0,cuda:1`.
        shard: Only one of several equal parts of the blocks, such as `1/4`.
        block: Games a file. Decides what files there are.
        trust: Believe files that are there by their names, instead of reading them.

    The other arguments are those of `generate`.

    Returns:
        What was done: `games`, `decisions`, `worlds`, `games_already_there`, `seconds`, `device`,
        `configuration_sha256`, `directory`.

    Raises:
        ValueError: An option is wrong, or the directory holds something else.
        boneyard.Error: The machine fails.
        KeyboardInterrupt: Within a second of Ctrl-C; finished blocks are kept.

    >>> import boneyard, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     boneyard.write(directory, games=2, samples=10)["games"]
    2
    """
    samples, adapting = _adapting(adaptive, samples, min_samples, max_samples)
    settings = _settings(
        samples, declaration, bid, bidder, deals, sampler, evaluator, heads, policy, evaluate_forced, histogram, block,
        posterior, contract, adapting,
    )
    games = _whole("games", games, 64)
    _cuda.find(device)
    return _write(
        settings,
        directory,
        seed=_whole("seed", seed, 64),
        games=games,
        split=split,
        shard_=shard,
        trust=bool(trust),
        device=device,
        memory_budget=_perhaps("memory_budget", memory_budget),
        threads=_whole("threads", threads, 32),
        batch=_perhaps("batch_games", batch_games),
        watcher=_watcher(progress, games),
    )
