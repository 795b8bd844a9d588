"""The call of the original implementation: games from given deals, as records.

>>> from boneyard.original import generate_eq_games_gpu
>>> import boneyard
>>> [game] = generate_eq_games_gpu(model=None, hands=[boneyard.deal(7)], decl_ids=[6], n_samples=5, device="cpu")
>>> len(game.decisions), game.decl_id
(28, 6)

Records have the original's fields. What differs, on purpose:

- Without a model values are exact, by the solver; the original has a network only.
- P(make), by which greedy play chooses, counts points that are banked already, for any bid and bidder. The original tests
  Q at 18 points in every trick, although Q is of what is still to be won.
- Worlds are drawn by index: each is equally likely, and none is invalid. `use_mrv_sampler` is taken and passed over.
- A network reads dominoes that were played as what they are; `e_q_pdf` of a network rounds its values to whole points.
- The same seeds give the same records on every device; without `seeds` they are 0, 1, 2 …
- `ess`, `n_samples` and `converged` are of the decision, not of the batch.
- Where worlds are few, all are looked at, whether `use_enumeration` or not.
- Posterior weights and adaptive sampling are not there: `posterior_config` and `adaptive_config` that are enabled are
  refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _cuda
from ._batch import Batch
from ._boneyard import Games as _Games
from ._evaluators import network, weights
from ._generate import _settings, _whole
from ._positions import Positions

__all__ = [
    "AdaptiveConfig",
    "DecisionRecordGPU",
    "ExplorationPolicy",
    "GameRecordGPU",
    "PosteriorConfig",
    "deal_from_seed",
    "generate_eq_games_gpu",
]


@dataclass
class PosteriorConfig:
    """Weights of worlds by what was played; not there yet, so that `enabled=True` is refused."""

    enabled: bool = False
    window_k: int = 4
    tau: float = 0.1
    uniform_mix: float = 0.1


@dataclass
class AdaptiveConfig:
    """Samples until the standard error is small; not there yet, so that `enabled=True` is refused."""

    enabled: bool = False
    min_samples: int = 50
    max_samples: int = 2000
    batch_size: int = 50
    sem_threshold: float = 0.5


@dataclass
class ExplorationPolicy:
    """How moves other than the best are played: first a blunder is tried, then epsilon, then Boltzmann.

    Boltzmann draws by E[Q] in points, at `temperature`; a blunder gives up at most `blunder_max_regret` points.
    """

    temperature: float = 1.0
    use_boltzmann: bool = False
    epsilon: float = 0.0
    blunder_rate: float = 0.0
    blunder_max_regret: float = 5.0
    seed: int | None = None

    @classmethod
    def greedy(cls) -> ExplorationPolicy:
        """The best move always, by E[Q]."""
        return cls()

    @classmethod
    def boltzmann(cls, temperature: float = 2.0, seed: int | None = None) -> ExplorationPolicy:
        """By softmax of E[Q]."""
        return cls(use_boltzmann=True, temperature=temperature, seed=seed)

    @classmethod
    def epsilon_greedy(cls, epsilon: float = 0.1, seed: int | None = None) -> ExplorationPolicy:
        """Any legal move, now and then."""
        return cls(epsilon=epsilon, seed=seed)

    @classmethod
    def mixed_exploration(
        cls,
        temperature: float = 3.0,
        epsilon: float = 0.05,
        blunder_rate: float = 0.02,
        blunder_max_regret: float = 3.0,
        seed: int | None = None,
    ) -> ExplorationPolicy:
        """All three, for datasets."""
        return cls(temperature, True, epsilon, blunder_rate, blunder_max_regret, seed)

    def _policy(self) -> str:
        terms = []
        if self.blunder_rate > 0:
            terms.append(f"blunder:{self.blunder_rate},{self.blunder_max_regret}")
        if self.epsilon > 0:
            terms.append(f"epsilon:{self.epsilon}")
        if self.use_boltzmann:
            terms.append(f"boltzmann:{self.temperature}")
        return "+".join(terms) or "greedy"


@dataclass
class DecisionRecordGPU:
    """One decision. Tensors are of torch where it is installed, else arrays of NumPy."""

    player: int
    """Who decides, a seat 0-3."""
    e_q: Any
    """`[7]` float32: E[Q] in points by slot; −inf where not legal."""
    action_taken: int
    """The slot that was played."""
    legal_mask: Any
    """`[7]` bool."""
    e_q_var: Any = None
    """`[7]` float32: variance of Q over worlds, in points²; 0 where not legal."""
    e_q_pdf: Any = None
    """`[7, 85]` float32: shares of worlds with Q = −42 … 42; 0 where not legal."""
    u_mean: float = 0.0
    """Mean over legal moves of the square root of the variance, in points."""
    u_max: float = 0.0
    """The largest of them."""
    ess: float | None = None
    """Effective sample size, of this decision."""
    max_w: float | None = None
    """The largest weight of a world: 1 / worlds."""
    exploration_mode: int | None = None
    """0 greedy or forced, 1 Boltzmann, 2 epsilon, 3 blunder; None without exploration."""
    q_gap: float | None = None
    """E[Q] of the greedy move less that of the one played; None without exploration."""
    greedy_action: int | None = None
    """The slot that greedy play would have taken; None without exploration."""
    n_samples: int | None = None
    """Worlds looked at."""
    converged: bool | None = None
    """All worlds were looked at, so that E[Q] is exact."""


@dataclass
class GameRecordGPU:
    """One game."""

    decisions: list[DecisionRecordGPU]
    """By ply, 28 of them."""
    hands: list[list[int]]
    """The four hands that were dealt."""
    decl_id: int
    """What was declared, 0-9."""


def deal_from_seed(seed: int) -> list[list[int]]:
    """The four hands of a seed, ascending: those of `random.Random(seed).shuffle`."""
    from ._questions import deal

    hands: list[list[int]] = deal(seed).tolist()
    return hands


def generate_eq_games_gpu(
    model: Any,
    hands: Any,
    decl_ids: Sequence[int],
    n_samples: int = 50,
    device: str = "cuda",
    greedy: bool = True,
    use_mrv_sampler: bool = True,
    exploration_policy: ExplorationPolicy | None = None,
    posterior_config: PosteriorConfig | None = None,
    use_enumeration: bool = False,
    enumeration_threshold: int = 100_000,
    adaptive_config: AdaptiveConfig | None = None,
    seeds: Sequence[int] | None = None,
    *,
    bid_values: Sequence[int] | int = 30,
    bidders: Sequence[int] | int = 0,
    heads: int | None = None,
    batch_games: int | None = None,
) -> list[GameRecordGPU]:
    """Plays games from given deals.

    Args:
        model: None for exact values; a path of a checkpoint; a state dict, whose network is computed as a checkpoint's
            is; a `torch.nn.Module`, which is asked as it is, as `boneyard.network` tells; or a description such as
            `cascade:5,FILE`.
        hands: `[N, 4, 7]` domino ids.
        decl_ids: `[N]` declarations, 0-9.
        n_samples: Worlds a decision.
        device: `cuda`, `cpu`, …: where games are played, and networks of files and state dicts computed.
        greedy: The move with the highest P(make), ties by E[Q]; else drawn by softmax of P(make).
        exploration_policy: Plays instead, by E[Q].
        seeds: What random numbers of each game follow from; those must be consecutive.
        bid_values, bidders: One for all, or `[N]`; the bidder leads.
        heads: Attention heads, where a file or a state dict does not say.
        batch_games: Games in play at once.

    Returns:
        N records.

    Raises:
        ValueError: An argument is wrong, or asks for what is not there: see the module's documentation.
        boneyard.Error: The machine fails.

    >>> import boneyard
    >>> from boneyard.original import generate_eq_games_gpu
    >>> games = generate_eq_games_gpu(None, boneyard.deal([1, 2]), [3, 4], n_samples=4, device="cpu")
    >>> games[1].decisions[0].e_q.shape[0]
    7
    """
    for name, config in (("posterior_config", posterior_config), ("adaptive_config", adaptive_config)):
        if config is not None and config.enabled:
            raise ValueError(f"{name}: expected None, or one that is not enabled: it is not there yet")
    if exploration_policy is not None:
        policy = exploration_policy._policy()
    else:
        policy = "p-make" if greedy else "softmax-p-make:1"
    given = Positions.of(
        {"hands": hands, "declaration": decl_ids, "leader": bidders, "bidder": bidders, "bid": bid_values}
    )
    n, seed = len(given), _first(seeds, len(given))
    evaluator = _evaluator(model, heads)
    # A state dict has been told its heads.
    heads = None if isinstance(model, Mapping) else heads
    settings = _settings(n_samples, 0, 30, 0, "python", "affine", evaluator, heads, policy, True, True)
    _cuda.find(device)
    games = _Games(
        settings,
        seed=seed,
        games=n,
        split=None,
        device=device,
        memory_budget=None,
        threads=0,
        batch=None if batch_games is None else _whole("batch_games", batch_games, 64),
        names=None,
        watcher=None,
        hands=given.hands,
        public=given._public(),
    )
    explored = exploration_policy is not None
    records = [record for rows in games for record in _records(Batch(rows), explored)]
    assert given.hands is not None
    for record, dealt, declaration in zip(records, given.hands.tolist(), given.declaration.tolist()):
        record.hands, record.decl_id = dealt, declaration
    return records


def _first(seeds: Sequence[int] | None, n: int) -> int:
    if seeds is None:
        return 0
    seeds = [int(seed) for seed in seeds]
    if len(seeds) != n or seeds != list(range(seeds[0], seeds[0] + n)):
        raise ValueError(f"seeds: expected {n} consecutive numbers, such as range({n})")
    return seeds[0]


def _tensor(array: np.ndarray) -> Any:
    try:
        import torch
    except ModuleNotFoundError:
        return array
    return torch.from_numpy(array)


_MODES = {"forced": 0, "greedy": 0, "softmax": 1, "boltzmann": 1, "epsilon": 2, "blunder": 3}


def _records(batch: Batch, explored: bool) -> Iterable[GameRecordGPU]:
    """The games of a batch, without their deals."""
    legal, worlds = batch["legal"], batch["worlds_used"]
    e_q = np.where(legal, batch["e_q"], np.float32(-np.inf))
    variance = np.where(legal, batch["q_var"], np.float32(0))
    pdf = (batch["q_histogram"] / worlds[:, None, None]).astype(np.float32)
    sigma = np.sqrt(variance)
    u_mean, u_max = (sigma.sum(1) / legal.sum(1)).tolist(), sigma.max(1).tolist()
    action, best = batch["action"].tolist(), batch["greedy"].tolist()
    seat, mode, exact, ess = (batch[name].tolist() for name in ("seat", "mode", "exact", "ess"))

    def decision(i: int) -> DecisionRecordGPU:
        return DecisionRecordGPU(
            player=seat[i],
            e_q=_tensor(e_q[i]),
            action_taken=action[i],
            legal_mask=_tensor(legal[i]),
            e_q_var=_tensor(variance[i]),
            e_q_pdf=_tensor(pdf[i]),
            u_mean=u_mean[i],
            u_max=u_max[i],
            ess=ess[i],
            max_w=1 / int(worlds[i]),
            exploration_mode=_MODES[mode[i]] if explored else None,
            q_gap=float(e_q[i, best[i]] - e_q[i, action[i]]) if explored else None,
            greedy_action=best[i] if explored else None,
            n_samples=int(worlds[i]),
            converged=exact[i],
        )

    for first in range(0, len(batch), 28):
        yield GameRecordGPU([decision(i) for i in range(first, first + 28)], [], 0)


def _evaluator(model: Any, heads: int | None) -> Any:
    """What `generate` takes for a model."""
    if model is None:
        return "solver"
    if isinstance(model, str):
        return f"net:{model}" if os.path.exists(model) else model
    if isinstance(model, Mapping):
        return weights(model, heads)
    if isinstance(model, os.PathLike) or not callable(model):
        return model
    return network(model)
