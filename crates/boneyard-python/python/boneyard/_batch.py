"""Decisions as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _show
from ._boneyard import MODES, STOPPED

if TYPE_CHECKING:
    import numpy as np
    import torch

    from ._boneyard import Rows
    from ._show import Decision, GameView


# Columns of names, which come as codes.
_NAMES = {"mode": MODES, "stopped_by": STOPPED}


class Batch:
    """Decisions as columns: `batch["e_q"]`, or `batch.e_q`, is an array of NumPy.

    A row is one decision, the rows of a game are its 28 decisions by ply, and games come in the order of their seeds. The
    columns are those of a dataset, as docs/RECORD.md tells them: numbers are `[N]`, lists `[N, items]`. `e_q`, `q_var`,
    `p_make` and their standard errors are `[N, 7]` float32 by slot, NaN where a move is not legal or nothing was estimated; `legal` is
    a mask `[N, 7]` of bool, and `mode` and `stopped_by` are `[N]` text.

    Numbers share the memory of the batch and are read-only: copy an array to change it. A batch speaks Arrow's PyCapsule
    interface, so `polars.DataFrame(batch)`, `pyarrow.table(batch)`, DuckDB and pandas take it without a copy. They see
    what a dataset holds: `legal` as bits, nulls for NaNs.

    >>> import boneyard
    >>> batch = next(boneyard.generate(games=2, samples=10))
    >>> len(batch), batch["e_q"].dtype, batch.hand.shape
    (56, dtype('float32'), (56, 7))
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> list[str]:
        """The names of the columns, in order."""
        return self._rows.names

    def __contains__(self, name: object) -> bool:
        return name in self._rows.names

    def __getitem__(self, name: str) -> np.ndarray:
        import numpy as np

        column: np.ndarray = self._rows.column(name)
        if name == "legal":
            mask: np.ndarray = (column[:, None] >> np.arange(7, dtype=np.uint8) & 1).astype(bool)
            return mask
        if name in _NAMES:
            names: np.ndarray = np.array(_NAMES[name])[column]
            return names
        if name == "q_histogram":
            return column.reshape(-1, 7, 85)
        return column

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_") or name not in self._rows.names:
            raise AttributeError(f"a batch has no column `{name}`")
        return self[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._rows.names]

    def numpy(self) -> dict[str, np.ndarray]:
        """All columns as arrays, by name."""
        return {name: self[name] for name in self.keys()}

    def torch(self, device: str | torch.device | None = None) -> dict[str, torch.Tensor]:
        """All columns of numbers as tensors, by name; `mode` as indices into `boneyard.MODES`, `stopped_by`
        into `boneyard.STOPPED`.

        The numbers are copied once, to the device if one is given. Unsigned integers of 16 bits and more become int64,
        which every operation of torch knows; seeds above 2**63 - 1 wrap around.

        Raises:
            ModuleNotFoundError: torch is not installed.
        """
        import numpy as np
        import torch

        def tensor(name: str) -> torch.Tensor:
            column = self._rows.column(name) if name in _NAMES else self[name]
            if column.dtype in (np.uint16, np.uint32, np.uint64):
                column = column.astype(np.int64)
            return torch.tensor(column, device=device)

        return {name: tensor(name) for name in self.keys()}

    def decision(self, row: int) -> Decision:
        """A row to look at: `print` shows the hand with its E[Q], and a notebook draws it.

        Raises:
            ValueError: The batch lacks a column that this needs.
            IndexError: There is no such row.

        >>> import boneyard
        >>> next(boneyard.generate(games=1, samples=10, seed=7)).decision(0)
        <boneyard.Decision: seed 7, ply 0: seat 0 decides; seat 0 bid 30, doubles-trump>
        """
        return _show.decision(self, row)

    def game(self, seed: int) -> GameView:
        """The game of a seed to look at, trick by trick.

        Raises:
            ValueError: There is no such game in the batch, or the batch lacks a column that this needs.
        """
        return _show.game(self, seed)

    @property
    def nbytes(self) -> int:
        """The bytes that its columns take."""
        return self._rows.nbytes

    def __arrow_c_schema__(self) -> object:
        return self._rows.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._rows.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<boneyard.Batch of {len(self)} decisions: {', '.join(self.keys())}>"

    def __reduce__(self) -> Any:
        raise TypeError("a batch cannot be pickled: pickle its arrays, batch.numpy()")
