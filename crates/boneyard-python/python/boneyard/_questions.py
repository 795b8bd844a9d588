"""Questions about positions, thousands a call, with the interpreter's lock released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _boneyard, _cuda
from ._evaluators import described
from ._functions import part
from ._generate import _adapting, _whole
from ._positions import Positions, _array, _Asked

if TYPE_CHECKING:
    import numpy as np


def _seeds(seed: Any, n: int | None = None) -> np.ndarray:
    import numpy as np

    seeds = _array("seed", seed, 0, 2**64 - 1, np.uint64)
    if n is not None and seeds.ndim == 0:
        seeds = np.full(n, seeds, np.uint64)
    if n is not None and seeds.shape != (n,):
        raise ValueError(f"seed: expected one for all, or {n}, not an array of shape {list(seeds.shape)}")
    return seeds


def _open(positions: Any) -> tuple[np.ndarray, object]:
    """The hands of positions, and what everybody knows."""
    given = Positions.of(positions)
    if given.hands is None:
        raise ValueError("missing field `hands`: expected positions with open hands, not views")
    return given.hands, given._public()


def deal(seed: Any, deals: str = "python") -> np.ndarray:
    """The hands that seeds deal.

    Args:
        seed: One, or an array of them `[N]`.
        deals: `python`, as `random.Random(seed).shuffle` deals, or `native`.

    Returns:
        `[4, 7]`, or `[N, 4, 7]`, uint8: domino ids by seat, ascending.

    Raises:
        ValueError: A seed is no whole number from 0 to 2**64 - 1.

    >>> import boneyard
    >>> boneyard.deal(7).shape, boneyard.deal([7, 8]).shape
    ((4, 7), (2, 4, 7))
    """
    seeds = _seeds(seed)
    if seeds.ndim > 1:
        raise ValueError(f"seed: expected one, or a list of them, not an array of shape {list(seeds.shape)}")
    hands = _boneyard.deal(seeds.reshape(-1), deals)
    return hands[0] if seeds.ndim == 0 else hands


def legal(positions: Any) -> dict[str, np.ndarray]:
    """Whose turn it is, what it may play, the score and the contract.

    Args:
        positions: Open hands, as `Positions.of` takes them.

    Returns:
        `mover` `[N]` int8, −1 when all is played; `legal` `[N, 7]` bool by slot; `trick` `[N, 3]` int8, the dominoes on
        the table, the lead first, −1 where there is none; `banked` `[N, 2]` uint8, points by team; `contract` `[N]` int8:
        1 made, −1 set, 0 open.

    Raises:
        ValueError: A position is against the rules; the sentence names it.

    >>> import boneyard
    >>> answer = boneyard.legal({"hands": boneyard.deal(7), "declaration": "sixes", "leader": 2})
    >>> answer["mover"], int(answer["legal"].sum())
    (array([2], dtype=int8), 7)
    """
    return _boneyard.legal(*_open(positions))


def solve(positions: Any, *, threads: int = 0, device: str = "cpu") -> np.ndarray:
    """What every legal move is worth when all hands are open and everyone plays perfectly.

    Args:
        positions: Open hands, as `Positions.of` takes them, none of them over.
        threads: Threads of the CPU, 0 for one a core.
        device: As of `generate`. Positions at the same ply are solved together: a GPU wants thousands of each.

    Returns:
        `[N, 7]` float32, by slot: points from here on of the mover's team less those of the other; NaN where not legal.

    Raises:
        ValueError: A position is against the rules, or over; there is no such device.
        boneyard.Error: The machine fails.
        KeyboardInterrupt: Within a second of Ctrl-C.

    >>> import boneyard
    >>> boneyard.solve({"hands": boneyard.deal([7, 8]), "declaration": "sixes", "leader": 0}).shape
    (2, 7)
    """
    hands, public = _open(positions)
    _cuda.find(device)
    return _boneyard.solve(hands, public, _whole("threads", threads, 32), device)


def tokens(positions: Any, *, form: str = "features") -> dict[str, np.ndarray]:
    """What a network reads of positions with open hands.

    Args:
        positions: Open hands, as `Positions.of` takes them, none of them over. A hypothetical world is a position.
        form: `features`, twelve small integers a token, or `folded`, two row numbers a token: of its domino (below 290)
            and of its role (below 256), 65535 both where there is no token. Folded tokens begin with the mover's hand.

    Returns:
        `tokens` `[N, 32, 12]` int8, or `[N, 32, 2]` uint16; `mask` `[N, 32]` bool, the tokens that are there;
        `mover` `[N]` uint8.

    Raises:
        ValueError: A position is against the rules, or over.

    >>> import boneyard
    >>> boneyard.tokens({"hands": boneyard.deal(7), "declaration": "sixes", "leader": 0})["tokens"].shape
    (1, 32, 12)
    """
    return _boneyard.tokens(*_open(positions), form)


def worlds(
    positions: Any, *, draw: int | None = None, sampler: str = "affine", seed: Any = 0
) -> dict[str, np.ndarray]:
    """What the mover cannot see, and how many worlds agree with what it has seen.

    Args:
        positions: Positions or views, as `Positions.of` takes them.
        draw: Worlds to draw of each; none if None.
        sampler: What draws them.
        seed: Of the draws: one for all, or one a position.

    Returns:
        `mover` `[N]` uint8; `count` `[N]` uint32; `unseen` `[N, 28]` bool by domino; `sizes` `[N, 3]` uint8, what the three
        others hold in playing order; with `draw`, `worlds` `[N, draw, 3]` uint32: what these three hold as sets, bit i
        for domino i.

    Raises:
        ValueError: A view is against the rules, or no world agrees with it.

    >>> import boneyard
    >>> view = {"seat": 0, "hand": boneyard.deal(7)[0], "declaration": "sixes", "leader": 0}
    >>> int(boneyard.worlds(view)["count"][0])
    399072960
    """
    given = Positions.of(positions)
    draw = None if draw is None else _whole("draw", draw, 32)
    return _boneyard.worlds(_Asked(given), draw, sampler, _seeds(seed, len(given)))


def evaluate(
    positions: Any,
    samples: int | None = None,
    *,
    sampler: Any = "affine",
    evaluator: Any = "solver",
    policy: Any = "greedy",
    seed: Any = 0,
    posterior: str | None = None,
    adaptive: str | None = None,
    min_samples: int | None = None,
    max_samples: int | None = None,
    heads: int | None = None,
    threads: int = 0,
    device: str = "cpu",
) -> dict[str, np.ndarray]:
    """E[Q] and P(make) of every legal move, from what the mover knows.

    With the seed of a generated game, and the same sampler, samples and evaluator, the numbers are those of its decisions.
    A move that is forced is evaluated like any other.

    Args:
        positions: Positions or views, as `Positions.of` takes them; of positions only what the mover sees counts.
        samples: Worlds a decision; where no more exist, all are looked at and the answer is exact.
        sampler, evaluator, policy, posterior, heads: As of `generate`.
        seed: Of the draws: one for all, or one a position.
        threads: Threads of the CPU, 0 for one a core.
        device: As of `generate`. Decisions at the same ply are looked at together: a GPU wants thousands of each.

    Returns:
        `mover` `[N]` uint8; `legal` `[N, 7]` bool; `e_q`, `q_var`, `p_make`, `e_q_se` `[N, 7]` float32, NaN where not legal, and
        `correction_se` with an evaluator that corrects; `worlds_total`, `worlds_used` `[N]` uint32; `exact` `[N]` bool;
        `choice` `[N]` uint8, the slot that the policy takes; with `adaptive`, `stopped_by` `[N]` text, why no more worlds were
        looked at.

    Raises:
        ValueError: A view is against the rules, or an option is wrong.
        boneyard.Error: The machine fails.
        KeyboardInterrupt: Within a second of Ctrl-C.

    >>> import boneyard
    >>> view = {"seat": 0, "hand": boneyard.deal(7)[0], "declaration": "sixes", "leader": 0}
    >>> boneyard.evaluate(view, samples=10)["e_q"].shape
    (1, 7)
    """
    given = Positions.of(positions)
    samples, adapting = _adapting(adaptive, samples, min_samples, max_samples)
    _cuda.find(device)
    answers = _boneyard.evaluate(
        _Asked(given),
        _whole("samples", samples, 32),
        part("sampler", sampler),
        posterior,
        described(evaluator),
        None if heads is None else _whole("heads", heads, 32),
        part("policy", policy),
        _seeds(seed, len(given)),
        _whole("threads", threads, 32),
        device,
        adapting,
    )
    if "stopped_by" in answers:
        import numpy as np

        answers["stopped_by"] = np.array(_boneyard.STOPPED)[answers["stopped_by"]]
    return answers


def encode(positions: Any) -> np.ndarray:
    """What the mover knows, its information set, as features of a fixed size: nothing of the hidden hands is in them.

    Args:
        positions: Positions or views, as `Positions.of` takes them, none of them over.

    Returns:
        `[N, 330]` float32:

        ======== ======================================================================
        0-251    nine sets of dominoes, 28 zeros or ones each: the mover's hand, what it may play, unseen, played by the
                 mover, by left opponent, partner, right opponent, on the table in this trick, trumps
        252-275  suits that left opponent, partner, right opponent cannot follow, 8 each; suit 7 is the called one
        276-285  declaration
        286-289  who led the trick, from the mover: 0 itself, 1 left opponent, 2 partner, 3 right opponent
        290-293  who bid, from the mover
        294-321  ply
        322-329  points banked by us and by them, and points bid, each / 42; what the three others still hold, each / 7;
                 1 if the trick is under way; the bid / 42, which is above 1 for marks
        ======== ======================================================================

    Raises:
        ValueError: A view is against the rules, or over.

    >>> import boneyard
    >>> boneyard.encode({"seat": 0, "hand": boneyard.deal(7)[0], "declaration": "sixes", "leader": 0}).shape
    (1, 330)
    """
    return _boneyard.encode(_Asked(Positions.of(positions)))
