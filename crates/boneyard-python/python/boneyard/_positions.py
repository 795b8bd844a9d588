"""Positions and views as arrays, from whatever people have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._boneyard import DECLARATIONS

if TYPE_CHECKING:
    import numpy as np

DOMINOES = tuple(f"{high}-{low}" for high in range(7) for low in range(high + 1))
"""The names of the dominoes by id, `"0-0"` to `"6-6"`."""

_IDS = {name: id for id, name in enumerate(DOMINOES)} | {
    f"{low}-{high}": high * (high + 1) // 2 + low for high in range(7) for low in range(high)
}


class Positions:
    """N positions, or N views of what one seat knows, as arrays with a row each.

    Attributes:
        hands: `[N, 4, 7]` uint8, the dominoes dealt to each seat, played ones included; None in views.
        seat, hand: `[N]` and `[N, 7]` uint8, whose view it is and its dominoes; None in positions.
        declaration, leader, bidder: `[N]` uint8.
        bid: `[N]` uint16.
        plays: `[N, 28]` int8, domino ids in order, −1 from the ply on that is to be decided.

    Make one by `Positions.of`, which every question of this package calls with what it is given.
    """

    __slots__ = ("bid", "bidder", "declaration", "hand", "hands", "leader", "plays", "seat")

    hands: np.ndarray | None
    seat: np.ndarray | None
    hand: np.ndarray | None
    declaration: np.ndarray
    leader: np.ndarray
    bidder: np.ndarray
    bid: np.ndarray
    plays: np.ndarray

    @classmethod
    def of(cls, given: Any) -> Positions:
        """Positions from what people have.

        Args:
            given: Positions; or a mapping with the fields `hands` (or `seat` and `hand`), `declaration`, `leader` and
                `plays`, and maybe `bid` (30 if left out) and `bidder` (the leader), as arrays or lists with a row each, or
                of one position; or a list of such mappings, one a position, as the command's calculators read them; or a
                `Batch`, whose rows are views. Dominoes are ids or text such as `"6-4"`, hands and plays may be one text,
                `"6-4 5-5"`, declarations ids or names.

        Raises:
            ValueError: A field is missing, or holds something else.

        >>> import boneyard
        >>> boneyard.Positions.of({"seat": 1, "hand": "6-6 6-5 6-4 5-5 3-3 2-1 0-0", "declaration": "sixes", "leader": 1})
        <boneyard.Positions: 1 view>
        """
        if isinstance(given, Positions):
            return given
        if isinstance(given, Mapping):
            return cls._of_columns(given)
        if hasattr(given, "keys") and hasattr(given, "__getitem__"):
            return cls._of_columns({name: given[name] for name in given.keys() if name in _FIELDS})
        if isinstance(given, Iterable) and not isinstance(given, (str, bytes)):
            rows = list(given)
            for i, row in enumerate(rows):
                if not isinstance(row, Mapping):
                    raise ValueError(f"position {i}: expected a mapping with hands, declaration, leader and plays")
            if not rows:
                raise ValueError("positions: expected at least one")
            names = list(dict.fromkeys(name for row in rows for name in row))
            for i, row in enumerate(rows):
                for name in names:
                    if name not in row and name not in ("bid", "bidder", "plays"):
                        raise ValueError(f"position {i}: `{name}` is missing, which other positions have")
            default = {"bid": lambda row: 30, "bidder": lambda row: row["leader"], "plays": lambda row: []}
            columns = {
                name: [row[name] if row.get(name) is not None else default[name](row) for row in rows] for name in names
            }
            return cls._of_columns(columns)
        raise ValueError(f"positions: expected a mapping or a list of them, not {type(given).__name__}")

    @classmethod
    def _of_columns(cls, columns: Mapping[str, Any]) -> Positions:
        import numpy as np

        for name in columns:
            if name not in _FIELDS:
                raise ValueError(f"unknown field `{name}`: expected some of {', '.join(_FIELDS)}")
        self = cls()
        leader = _need(columns, "leader", "who led the first trick, a seat 0-3")
        declaration = _need(columns, "declaration", 'what was declared, 0-9 or a name such as "sixes"')
        self.hands = self.seat = self.hand = None
        if columns.get("hands") is not None:
            self.hands = _dominoes("hands", columns["hands"], (4, 7))
            n = len(self.hands)
        else:
            self.hand = _dominoes("hand", _need(columns, "hand", "the seven dominoes that the seat was dealt"), (7,))
            n = len(self.hand)
            self.seat = _numbers("seat", _need(columns, "seat", "whose view it is, a seat 0-3"), n, np.uint8)
        self.leader = _numbers("leader", leader, n, np.uint8)
        self.declaration = _declarations(declaration, n)
        bidder = columns.get("bidder")
        self.bidder = self.leader if bidder is None else _numbers("bidder", bidder, n, np.uint8)
        bid = columns.get("bid")
        self.bid = _numbers("bid", 30 if bid is None else bid, n, np.uint16)
        plays = columns.get("plays")
        self.plays = np.full((n, 28), -1, np.int8) if plays is None else _plays(plays, n)
        return self

    def __len__(self) -> int:
        return len(self.plays)

    def __getitem__(self, rows: Any) -> Positions:
        """Some of the rows, as NumPy picks them."""
        import numpy as np

        if isinstance(rows, (int, np.integer)):
            rows = slice(rows, rows + 1 or None)
        some = type(self)()
        for name in self.__slots__:
            column = getattr(self, name)
            setattr(some, name, None if column is None else np.ascontiguousarray(column[rows]))
        return some

    def __repr__(self) -> str:
        what = "view" if self.hands is None else "position"
        return f"<boneyard.Positions: {len(self)} {what}{'' if len(self) == 1 else 's'}>"

    def _public(self) -> Any:
        return _Public(self.declaration, self.leader, self.bidder, self.bid, self.plays)


_FIELDS = ("hands", "seat", "hand", "declaration", "leader", "plays", "bid", "bidder")


class _Public:
    """What everybody knows, as the compiled half takes it."""

    __slots__ = ("bid", "bidder", "declaration", "leader", "plays")

    def __init__(self, declaration: Any, leader: Any, bidder: Any, bid: Any, plays: Any) -> None:
        self.declaration, self.leader, self.bidder, self.bid, self.plays = declaration, leader, bidder, bid, plays


class _Asked:
    """Positions or views, as the compiled half takes them."""

    __slots__ = ("hand", "hands", "public", "seat")

    def __init__(self, positions: Positions) -> None:
        self.hands, self.seat, self.hand = positions.hands, positions.seat, positions.hand
        self.public = positions._public()


def _need(columns: Mapping[str, Any], name: str, what: str) -> Any:
    if columns.get(name) is None:
        raise ValueError(f"missing field `{name}`: expected {what}")
    return columns[name]


def _array(name: str, given: Any, low: int, high: int, dtype: Any) -> np.ndarray:
    """Whole numbers within bounds, contiguous, of a type."""
    import numpy as np

    array = np.asarray(given)
    if array.dtype.kind == "f" and np.all(np.isfinite(array)) and np.all(array == np.floor(array)):
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name}: expected whole numbers, not {array.dtype}")
    if array.size and not (low <= array.min() and array.max() <= high):
        worst = array.max() if array.max() > high else array.min()
        raise ValueError(f"{name} {worst}: expected {low} to {high}")
    return np.asarray(array, dtype=dtype, order="C")


def _numbers(name: str, given: Any, n: int, dtype: Any) -> np.ndarray:
    """One number a row; one for all rows is repeated."""
    import numpy as np

    array = _array(name, given, 0, np.iinfo(dtype).max, dtype)
    if array.ndim == 0:
        array = np.full(n, array, dtype)
    if array.shape != (n,):
        raise ValueError(f"{name}: expected one number for all, or {n}, not an array of shape {list(array.shape)}")
    return array


def _declarations(given: Any, n: int) -> np.ndarray:
    import numpy as np

    names = np.asarray(given)
    if names.dtype.kind in "US":
        ids = {name: id for id, name in enumerate(DECLARATIONS)}
        for name in names.reshape(-1).tolist():
            if name not in ids:
                raise ValueError(f"declaration `{name}`: expected 0-9 or one of {', '.join(ids)}")
        given = np.vectorize(ids.__getitem__, otypes=[np.uint8])(names)
    return _numbers("declaration", given, n, np.uint8)


def _parsed(name: str, given: Any) -> Any:
    """Text as ids, however deep in lists; everything else as it is."""
    if isinstance(given, str):
        words = given.split()
        for word in words:
            if word not in _IDS:
                raise ValueError(f"{name} `{word}`: expected a domino such as 6-4, or an id 0-27")
        return [_IDS[word] for word in words]
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        if given and all(isinstance(item, str) and " " not in item.strip() and item.strip() for item in given):
            return [id for item in given for id in _parsed(name, item)]
        return [_parsed(name, item) for item in given]
    return given


def _dominoes(name: str, given: Any, shape: tuple[int, ...]) -> np.ndarray:
    """`[N, *shape]` of ids; one row without the axis of rows is a row."""
    import numpy as np

    if hasattr(given, "dtype") and given.dtype.kind in "US":
        given = given.tolist()
    try:
        array = np.asarray(_parsed(name, given))
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(f"{name}: expected {_told(shape)} in every row") from None
    array = _array(name, array, 0, 27, np.uint8)
    if array.shape == shape:
        array = array[None]
    if array.shape[1:] != shape or array.ndim != 1 + len(shape):
        raise ValueError(f"{name}: expected {_told(shape)}, or N of them, not an array of shape {list(array.shape)}")
    return array


def _told(shape: tuple[int, ...]) -> str:
    return "four hands of 7 dominoes" if shape == (4, 7) else "7 dominoes"


def _plays(given: Any, n: int) -> np.ndarray:
    """`[N, 28]` of ids and −1, from rows of any length."""
    import numpy as np

    if hasattr(given, "dtype") and given.dtype.kind not in "US" and getattr(given, "ndim", 0) == 2:
        rows = _array("plays", given, -1, 27, np.int8)
        if rows.shape[0] != n or rows.shape[1] > 28:
            raise ValueError(f"plays: expected {n} rows of at most 28, not an array of shape {list(rows.shape)}")
        out = np.full((n, 28), -1, np.int8)
        out[:, : rows.shape[1]] = rows
    else:
        parsed = _parsed("plays", given.tolist() if hasattr(given, "tolist") else given)
        if isinstance(parsed, (str, bytes)) or not isinstance(parsed, Sequence):
            raise ValueError("plays: expected a list of dominoes, or one a row")
        if n == 1 and all(not isinstance(item, Sequence) and np.ndim(item) == 0 for item in parsed):
            parsed = [parsed]
        if len(parsed) != n:
            raise ValueError(f"plays: expected {n} rows, not {len(parsed)}")
        out = np.full((n, 28), -1, np.int8)
        for i, row in enumerate(parsed):
            row = _array("plays", row if len(row) else np.zeros(0, np.int8), -1, 27, np.int8)
            if row.ndim != 1 or len(row) > 28:
                raise ValueError(f"plays: expected at most 28 dominoes a row, row {i} has shape {list(row.shape)}")
            out[i, : len(row)] = row
    made = out >= 0
    if (made[:, 1:] & ~made[:, :-1]).any():
        raise ValueError("plays: expected no domino after a -1")
    return out
