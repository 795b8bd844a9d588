"""Evaluators that are put together in Python: your own network, cascades, and values that are corrected."""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    import numpy as np


class Evaluator:
    """What gives moves values; `generate`, `write` and `evaluate` take one wherever they take a description.

    Make one by `network`, `weights`, `cascade`, `corrected` or `checked`.
    """

    __slots__ = ("_kept", "_parts", "_text")

    def __init__(self, parts: Any, text: str, kept: Any = None) -> None:
        self._parts, self._text = parts, text
        # What must not be cleared away as long as this may be used.
        self._kept = kept

    def __repr__(self) -> str:
        return f"<boneyard.Evaluator: {self._text}>"


def described(evaluator: Any) -> Any:
    """What the compiled half reads: text, or tuples."""
    if isinstance(evaluator, str):
        return evaluator
    if isinstance(evaluator, Evaluator):
        return evaluator._parts
    if isinstance(evaluator, os.PathLike):
        return f"net:{os.fspath(evaluator)}"
    if callable(evaluator):
        return network(evaluator)._parts
    raise TypeError(
        f"evaluator: expected a description such as `solver`, a boneyard.Evaluator or a function, not "
        f"{type(evaluator).__name__}"
    )


def network(
    function: Callable[..., Any], *, batch: int | None = None, name: str = "python", device: Any | None = None
) -> Evaluator:
    """Your own network as an evaluator.

    It is asked on a thread of its own, with the interpreter's lock, about worlds of decisions: what it reads are open hands.
    Values of moves that are not legal count for nothing.

    Tokens are made where games are played, and go where the function wants them. A function of tensors for games on CUDA
    reads them from the device's memory, and its values are written there: nothing goes through the host, and nothing is
    copied between a device and itself but the values. Streams are in order: Boneyard waits for its own before the call, and
    for torch's current one after it. A function of arrays, and games on devices of other kinds, go through the host.

    Args:
        function: From tokens `[B, 32, 12]` int8 and a mask `[B, 32]` bool, of the tokens that are there, both arrays of
            NumPy, to values `[B, 7]`: points from here on of the mover's team less those of the other, by slot. It must
            not depend on the worlds around one, or rows depend on the batch. With `device` it is given tensors of torch there,
            and gives one. A `torch.nn.Module` is given tensors on its own device, tokens as int64, and, where its `forward`
            takes three arguments, the seats of the movers `[B]`; of several outputs the first counts. Tensors are to be
            read during the call only.
        batch: Most worlds a call; 4096 arrays or 16384 tensors on a GPU if None.
        name: Stands in records.
        device: Of torch, such as `cuda`: of the tensors that a function wants in place of arrays. Of a module that of its first
            parameter if None. It need not be that of the games.

    Raises:
        Whatever the function raises comes out of the call that waits for rows; `ValueError` if it gives values of another
        shape, `boneyard.Error` if a value of a legal move is no finite number.

    >>> import boneyard, numpy
    >>> def count_of_hand(tokens, mask):
    ...     return numpy.zeros((len(tokens), 7))
    >>> batch = next(boneyard.generate(games=1, samples=5, evaluator=boneyard.network(count_of_hand), device="cpu"))
    >>> float(numpy.nanmax(batch["e_q"]))
    0.0
    """
    if not callable(function):
        raise TypeError(f"network: expected a function, not {type(function).__name__}")
    if not (isinstance(name, str) and name and name.isprintable() and not set(name) & set(":,;")):
        raise ValueError(f"name {name!r}: expected a word without `:`, `,` and `;`")
    in_place = None
    if _is_module(function) or device is not None:
        from ._tensors import OfTensors

        tensors = OfTensors(function, device, name)
        in_place = tensors.in_place
        batch = (16384 if tensors.device.type == "cuda" else 4096) if batch is None else batch
        function = tensors
    batch = 4096 if batch is None else batch.__index__()
    if batch < 1:
        raise ValueError(f"batch {batch}: expected at least 1")

    def call(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        import numpy as np

        n = len(tokens)
        given = function(tokens, mask)
        values = np.ascontiguousarray(given, dtype=np.float32)
        if values.shape != (n, 7):
            raise ValueError(f"evaluator {name}: expected values of shape [{n}, 7], not {list(values.shape)}")
        return values

    return Evaluator((name, batch, call, in_place), f"{name}, a function")


def _is_module(function: Any) -> bool:
    import sys

    torch = sys.modules.get("torch")
    return torch is not None and isinstance(function, torch.nn.Module)


def weights(model: Any, heads: int | None = None) -> Evaluator:
    """A network of the known architecture, computed by Boneyard itself: on the CPU, or wholly on the device where games are
    played, many times as fast as a module of torch is asked.

    Args:
        model: A state dict, of tensors or arrays, or a `torch.nn.Module` that has one. Names may have prefixes such as
            `model.` and `module.`. What the module's `forward` does is not looked at: it must be the known one.
        heads: Attention heads; those of a module's encoder if None.

    Raises:
        ValueError: Here, if nobody says how many heads there are; where it is used, if the weights are not those of the
            architecture.

    >>> import boneyard
    >>> boneyard.weights({}, heads=4)
    <boneyard.Evaluator: net of a state dict>
    """
    state = model.state_dict() if hasattr(model, "state_dict") else model
    if not isinstance(state, Mapping):
        raise TypeError(f"weights: expected a state dict or a module, not {type(model).__name__}")
    if heads is None and hasattr(model, "modules"):
        found = {module.num_heads for module in model.modules() if hasattr(module, "num_heads")}
        heads = found.pop() if len(found) == 1 else None
    if heads is None:
        raise ValueError("heads: expected how many attention heads the network has, as a state dict does not say")
    file = tempfile.NamedTemporaryFile(prefix="boneyard-", suffix=".safetensors")
    file.write(_safetensors(state, heads.__index__()))
    file.flush()
    return Evaluator(f"net:{file.name}", "net of a state dict", file)


def _safetensors(state: Mapping[str, Any], heads: int) -> bytes:
    """A state dict as a file of safetensors."""
    import numpy as np

    header: dict[str, Any] = {"__metadata__": {"n_heads": str(heads)}}
    parts, at = [], 0
    for name, value in state.items():
        if hasattr(value, "detach"):
            value = value.detach().float().cpu().numpy()
        data = np.ascontiguousarray(value, dtype=np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(np.shape(value)), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def _part(evaluator: Any) -> tuple[Any, str]:
    parts = described(evaluator)
    return parts, evaluator._text if isinstance(evaluator, Evaluator) else str(evaluator)


def cascade(tricks: int, late: Any, early: Any) -> Evaluator:
    """`late` for the last `tricks` tricks, 1 to 6, and `early` before: exact where that is cheap.

    >>> import boneyard
    >>> boneyard.cascade(5, "solver", "playout")
    <boneyard.Evaluator: cascade:5,solver,playout>
    """
    kept = (late, early)
    late, early = _part(late), _part(early)
    tricks = tricks.__index__()
    if not 1 <= tricks <= 6:
        raise ValueError(f"cascade {tricks}: expected 1 to 6 tricks")
    return Evaluator(("cascade", tricks, [late[0], early[0]]), f"cascade:{tricks},{late[1]},{early[1]}", kept)


def _checking(kind: str, one_in: int, estimator: Any) -> Evaluator:
    part = _part(estimator)
    one_in = one_in.__index__()
    if not 1 <= one_in <= 1 << 16:
        raise ValueError(f"{kind} {one_in}: expected one world in 1 to {1 << 16}")
    return Evaluator((kind, one_in, [part[0]]), f"{kind}:{one_in},{part[1]}", estimator)


def corrected(one_in: int, estimator: Any) -> Evaluator:
    """`estimator` for every world, and the solver for one in `one_in` too: the mean difference corrects E[Q], which is then
    unbiased; its standard error is the column `correction_se`.

    >>> import boneyard
    >>> batch = next(boneyard.generate(games=1, samples=16, evaluator=boneyard.corrected(4, "playout"), device="cpu"))
    >>> "correction_se" in batch
    True
    """
    return _checking("corrected", one_in, estimator)


def checked(one_in: int, estimator: Any) -> Evaluator:
    """As `corrected`, but nothing is corrected: a dataset's files record how far the estimator is off."""
    return _checking("checked", one_in, estimator)
