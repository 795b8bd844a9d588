"""Samplers and policies of your own: functions on columns of decisions, at the speed of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    import numpy as np


class _Part:
    """A function under a name."""

    __slots__ = ("_call", "_name")

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self._name, self._call = name, call

    def __repr__(self) -> str:
        return f"<boneyard.{type(self).__name__}: {self._name}, a function>"


class Policy(_Part):
    """What chooses moves; `generate`, `write` and `evaluate` take one as `policy`. Make one by `policy`."""


class Sampler(_Part):
    """What draws worlds; `generate`, `write` and `evaluate` take one as `sampler`. Make one by `sampler`."""


def named(name: Any, function: Any) -> str:
    """The name under which a function stands in records."""
    if not callable(function):
        raise TypeError(f"expected a function, not {type(function).__name__}")
    if name is None:
        name = getattr(function, "__name__", "python")
        name = name if name.isidentifier() else "python"
    if not (isinstance(name, str) and name and name.isprintable() and not set(name) & set(":,;")):
        raise ValueError(f"name {name!r}: expected a word without `:`, `,` and `;`")
    return f"function:{name}"


def part(kind: str, given: Any) -> Any:
    """What the compiled half reads of a sampler or a policy: text, or a name and a function."""
    if isinstance(given, str):
        return given
    wanted: type[_Part] = {"sampler": Sampler, "policy": Policy}[kind]
    if isinstance(given, wanted):
        return given._name, given._call
    if callable(given):
        made = (sampler if kind == "sampler" else policy)(given)
        return made._name, made._call
    raise TypeError(f"{kind}: expected a description, a boneyard.{wanted.__name__} or a function, not {type(given).__name__}")


def policy(function: Callable[[dict[str, np.ndarray]], Any], *, name: str | None = None) -> Policy:
    """Your own policy: a function that chooses moves.

    It is asked once a ply about all games in play that have a choice, with the interpreter's lock: at the speed of Python, on
    games on the CPU only; a device is refused. Forced moves are made without it. Records say `custom` for its moves.

    Args:
        function: From a dictionary of columns to the chosen slots, `[N]` whole numbers. Columns hold what the mover may know
            and what the worlds say: `e_q`, `q_var`, `p_make`, `e_q_se` `[N, 7]` float32 by slot, NaN where not legal; `legal`
            `[N, 7]` bool; `hand` `[N, 7]` uint8, dominoes by slot; `plays` `[N, 28]` int8, −1 from the move on that is to be made;
            `seat`, `ply`, `declaration`, `leader` (of the first trick), `bidder` `[N]` uint8; `bid` `[N]` uint16; `banked`
            `[N, 2]` uint8, points by team; `seed` `[N]` uint64, of the game; `worlds_used`, `worlds_total` `[N]` uint32; `sizes`
            `[N, 3]` uint8, what left opponent, partner and right opponent hold; `unseen` `[N]` and `excluded` `[N, 3]` uint32,
            sets of dominoes, bit i for domino i: what they hold together, and what each cannot hold. A choice must not depend on the
            rows beside it, or rows depend on the batch: what is random is to be drawn from `seed` and `ply`.
        name: Stands in records; that of the function if None. Another function of the same name makes other rows.

    Raises:
        Whatever the function raises comes out of the call that waits for rows; `ValueError` there if it gives another shape, or a
        slot that is not legal.

    >>> import boneyard
    >>> def last(decisions):
    ...     return 6 - decisions["legal"][:, ::-1].argmax(1)
    >>> batch = next(boneyard.generate(games=1, samples=5, policy=boneyard.policy(last), device="cpu"))
    >>> int(batch["action"][0])
    6
    """
    name = named(name, function)

    def call(decisions: dict[str, np.ndarray]) -> np.ndarray:
        import numpy as np

        n = len(decisions["seed"])
        slots = np.asarray(function(decisions))
        if slots.shape != (n,) or slots.dtype.kind not in "iu":
            raise ValueError(
                f"policy {name}: expected slots, whole numbers of shape [{n}], not {slots.dtype} of shape {list(slots.shape)}"
            )
        return np.ascontiguousarray(slots, dtype=np.int64)

    return Policy(name, call)


def sampler(function: Callable[[dict[str, np.ndarray], int], Any], *, name: str | None = None) -> Sampler:
    """Your own sampler: a function that draws worlds.

    It is asked about many decisions at once, with the interpreter's lock: at the speed of Python, on games on the CPU only; a
    device is refused. Where no more worlds exist than are wanted, all are looked at without it. Worlds are taken as drawn
    each for itself, which is what standard errors say; a posterior and samples that adapt are refused.

    Args:
        function: From a dictionary of columns and a number of worlds, n, to worlds `[N, n, 3]`: what left opponent, partner and right
            opponent hold as sets of dominoes, bit i for domino i, as `boneyard.worlds` gives them. Columns are those of `policy`,
            without what worlds say: `seed`, `ply`, `seat`, `hand`, `legal`, `declaration`, `leader`, `bidder`, `bid`, `plays`,
            `banked`, `sizes`, `unseen`, `excluded`, `worlds_total`. Worlds must be a function of their own row: what is random
            is to be drawn from `seed` and `ply`.
        name: As of `policy`.

    Raises:
        Whatever the function raises comes out of the call that waits for rows; `ValueError` there if it gives another shape, or a
        world that does not agree with what was seen: sizes of hands, dominoes that are not hidden, suits that were not followed.

    >>> import boneyard, numpy
    >>> def first(views, n):
    ...     "The same worlds as the sampler `uniform`, by way of `boneyard.worlds`."
    ...     given = {name: views[name] for name in ("seat", "hand", "declaration", "leader", "bidder", "bid", "plays")}
    ...     return boneyard.worlds(given, draw=n, sampler="uniform", seed=views["seed"])["worlds"]
    >>> mine = next(boneyard.generate(games=1, samples=5, sampler=boneyard.sampler(first), device="cpu"))
    >>> theirs = next(boneyard.generate(games=1, samples=5, sampler="uniform", device="cpu"))
    >>> numpy.array_equal(mine["e_q"], theirs["e_q"], equal_nan=True)
    True
    """
    name = named(name, function)

    def call(views: dict[str, np.ndarray], n: int) -> np.ndarray:
        import numpy as np

        wanted = (len(views["seed"]), n, 3)
        worlds = np.asarray(function(views, n))
        if worlds.shape != wanted or worlds.dtype.kind not in "iu" or ((worlds < 0) | (worlds >= 1 << 28)).any():
            raise ValueError(
                f"sampler {name}: expected worlds, sets of 28 dominoes of shape {list(wanted)}, not {worlds.dtype} of shape "
                f"{list(worlds.shape)}"
            )
        return np.ascontiguousarray(worlds, dtype=np.uint32)

    return Sampler(name, call)
