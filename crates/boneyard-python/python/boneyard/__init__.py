"""Exact E[Q] for the domino game Texas 42.

For every decision of a game Boneyard deals the hidden hands many times, plays each of these *worlds* out perfectly, and
averages what every legal move is worth: E[Q]. This package gives such decisions as arrays.

>>> import boneyard
>>> for batch in boneyard.generate(games=4, samples=10, seed=7, batch_games=2):
...     print(len(batch), batch["e_q"].shape, batch.legal.shape)
56 (56, 7) (56, 7)
56 (56, 7) (56, 7)

Shapes use these letters: N rows, B worlds of a batch. A *slot* is a place 0-6 in the seven dominoes that a seat was dealt,
ascending by id; seats are 0-3 clockwise, teams seat & 1. Points are from the mover's side. Bad input raises ValueError,
trouble of the machine boneyard.Error.
"""

from __future__ import annotations

import atexit as _atexit
from typing import Any as _Any

from . import _boneyard, _cuda
from ._batch import Batch
from ._boneyard import DECLARATIONS, MODES, STOPPED, Error, __version__
from ._evaluators import Evaluator, cascade, checked, corrected, network, weights
from ._functions import Policy, Sampler, policy, sampler
from ._generate import Games, Progress, generate, write
from ._labels import POLICIES, Labels, labels
from ._positions import DOMINOES, Positions
from ._show import Decision, GameView
from ._questions import deal, encode, evaluate, legal, solve, tokens, worlds

__all__ = [
    "DECLARATIONS",
    "DOMINOES",
    "MODES",
    "POLICIES",
    "STOPPED",
    "Batch",
    "Decision",
    "Error",
    "Evaluator",
    "GameView",
    "Games",
    "Labels",
    "Policy",
    "Positions",
    "Progress",
    "Sampler",
    "__version__",
    "cascade",
    "checked",
    "corrected",
    "deal",
    "devices",
    "encode",
    "evaluate",
    "generate",
    "labels",
    "legal",
    "network",
    "policy",
    "sampler",
    "solve",
    "tokens",
    "weights",
    "worlds",
    "write",
]


def devices() -> dict[str, _Any]:
    """What this machine can run on.

    Returns:
        A dictionary: `auto`, the device that `device="auto"` takes, such as `"cuda:0"`; `reason`, why; `threads` of the
        CPU; `devices`, names by id; `text`, all of it for people.

    >>> import boneyard
    >>> boneyard.devices()["threads"] >= 1
    True
    """
    _cuda.find("auto")
    return _boneyard.devices()


# Threads at work must not outlive the interpreter.
_atexit.register(_boneyard.end_all)
