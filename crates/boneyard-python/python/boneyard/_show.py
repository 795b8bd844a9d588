"""Decisions and games as people read them: text, and pictures in notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._boneyard import DECLARATIONS
from ._positions import DOMINOES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._batch import Batch

_NEEDED = ("seed", "declaration", "bidder", "bid", "ply", "seat", "hand", "plays", "leader", "legal", "e_q", "action")

_PIPS = {
    0: (),
    1: ((1, 1),),
    2: ((0, 0), (2, 2)),
    3: ((0, 0), (1, 1), (2, 2)),
    4: ((0, 0), (0, 2), (2, 0), (2, 2)),
    5: ((0, 0), (0, 2), (1, 1), (2, 0), (2, 2)),
    6: ((0, 0), (0, 2), (1, 0), (1, 2), (2, 0), (2, 2)),
}


def domino(id: int, faded: bool = False, marked: bool = False) -> str:
    """A domino as SVG, the high pip above."""
    high, low = map(int, DOMINOES[id].split("-"))
    dots = "".join(
        f'<circle cx="{5 + 6 * column}" cy="{top + 5 + 6 * row}" r="1.8"/>'
        for top, pips in ((0, high), (22, low))
        for row, column in _PIPS[pips]
    )
    edge = "#c33" if marked else "#444"
    return (
        f'<svg width="24" height="46" viewBox="-1 -1 24 46" style="opacity:{0.3 if faded else 1};margin:1px" role="img" '
        f'aria-label="{DOMINOES[id]}"><rect width="22" height="44" rx="3" fill="#fffef4" stroke="{edge}" '
        f'stroke-width="{2 if marked else 1}"/><line x1="2" y1="22" x2="20" y2="22" stroke="#999"/>'
        f'<g fill="#222">{dots}</g></svg>'
    )


class Decision:
    """One decision of a batch; `print` shows it, and a notebook draws it.

    Attributes:
        row: Its columns, by name, as plain numbers and lists.
    """

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def _slots(self) -> list[tuple[int, str, bool, float, bool]]:
        """Of each slot: domino id, what there is to say, whether it may be played, E[Q], whether it was played now."""
        row, gone = self.row, set(self.row["plays"])
        found = []
        for slot, id in enumerate(row["hand"]):
            legal, e_q = row["legal"][slot], row["e_q"][slot]
            valued = e_q == e_q
            what = f"{e_q:+6.1f}" if valued else "played" if id in gone else "forced" if legal else "not legal"
            found.append((id, what, legal, e_q if valued else 0.0, slot == row["action"]))
        return found

    def _title(self) -> str:
        row = self.row
        return (
            f"seed {row['seed']}, ply {row['ply']}: seat {row['seat']} decides; seat {row['bidder']} bid {row['bid']}, "
            f"{DECLARATIONS[row['declaration']]}"
        )

    def _trick(self) -> list[int]:
        plays = [id for id in self.row["plays"] if id >= 0]
        return plays[len(plays) // 4 * 4 :]

    def __str__(self) -> str:
        lines = [self._title()]
        if trick := self._trick():
            lines.append("  on the table " + " ".join(DOMINOES[id] for id in trick))
        for id, what, legal, e_q, taken in self._slots():
            bar = "█" * round((e_q + 42) / 84 * 30) if legal and what != "forced" else ""
            lines.append(f"  {'▶' if taken else ' '} {DOMINOES[id]}  {what:<10} {bar}".rstrip())
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<boneyard.Decision: {self._title()}>"

    def _repr_html_(self) -> str:
        cells = []
        for id, what, legal, e_q, taken in self._slots():
            width = round((e_q + 42) / 84 * 160) if legal and what != "forced" else 0
            bar = f'<div style="background:{"#c33" if taken else "#69c"};height:10px;width:{width}px"></div>'
            cells.append(
                f"<tr><td>{domino(id, faded=not legal, marked=taken)}</td><td style='text-align:right'>{what}</td>"
                f"<td style='text-align:left'>{bar}</td></tr>"
            )
        trick = "".join(domino(id) for id in self._trick())
        return f"<div>{self._title()}<div>{trick}</div><table>{''.join(cells)}</table></div>"


class GameView:
    """A game of a batch, trick by trick; `print` shows it, and a notebook draws it.

    Attributes:
        decisions: Its `Decision`s, by ply.
    """

    def __init__(self, decisions: list[Decision]) -> None:
        self.decisions = decisions

    def _title(self) -> str:
        row = self.decisions[0].row
        return f"seed {row['seed']}: seat {row['bidder']} bid {row['bid']}, {DECLARATIONS[row['declaration']]}"

    def _tricks(self) -> Iterable[list[tuple[int, int]]]:
        plays = [(it.row["seat"], it.row["hand"][it.row["action"]]) for it in self.decisions]
        return (plays[at : at + 4] for at in range(0, len(plays), 4))

    def __str__(self) -> str:
        lines = [self._title()]
        for number, trick in enumerate(self._tricks(), 1):
            lines.append(f"  trick {number}  " + "   ".join(f"{seat}: {DOMINOES[id]}" for seat, id in trick))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<boneyard.GameView: {self._title()}>"

    def _repr_html_(self) -> str:
        rows = []
        for number, trick in enumerate(self._tricks(), 1):
            plays = "".join(f"<td style='text-align:center'>{seat}<br>{domino(id)}</td>" for seat, id in trick)
            rows.append(f"<tr><th>trick {number}</th>{plays}</tr>")
        return f"<div>{self._title()}<table>{''.join(rows)}</table></div>"


def decision(batch: Batch, row: int) -> Decision:
    """A row of a batch."""
    row = range(len(batch))[row]
    for name in _NEEDED:
        if name not in batch:
            raise ValueError(f"columns: a picture needs `{name}` among them")
    return Decision({name: batch[name][row].tolist() for name in _NEEDED})


def game(batch: Batch, seed: int) -> GameView:
    """The game of a seed."""
    rows = [row for row, of in enumerate(batch["seed"].tolist()) if of == seed]
    if not rows:
        raise ValueError(f"seed {seed}: there is no such game in the batch")
    return GameView([decision(batch, row) for row in rows])
