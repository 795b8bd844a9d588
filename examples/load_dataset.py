"""A dataset in a few lines: with polars, and as tensors where PyTorch is installed.

    pip install polars numpy        # and torch, if you want tensors
    python examples/load_dataset.py boneyard-out

What every column means stands in docs/RECORD.md.
"""

import sys

import numpy as np
import polars as pl

directory = sys.argv[1] if len(sys.argv) > 1 else "boneyard-out"

# One row a decision. Forced moves have no estimate unless the run says so.
rows = pl.read_parquet(f"{directory}/data/train")
decisions = rows.filter(pl.col("e_q").arr.max().is_not_null())
print(f"{rows['seed'].n_unique()} games, {rows.height} decisions, {decisions.height} with E[Q]")

# E[Q] of the move that was played, and how well it foretells what the team went on to win.
played = decisions.with_columns(expected=pl.col("e_q").arr.get(pl.col("action")))
print(
    played.group_by(trick=pl.col("ply") // 4 + 1)
    .agg(
        decisions=pl.len(),
        exact=pl.col("exact").mean(),
        expected=pl.col("expected").mean(),
        outcome=pl.col("outcome").mean(),
        correlation=pl.corr("expected", "outcome"),
    )
    .sort("trick")
)

# A self-check, so that this file cannot rot: the greedy slot is the one with the highest E[Q].
best = decisions.filter(pl.col("mode") == "greedy").filter(
    pl.col("e_q").arr.get(pl.col("action")) < pl.col("e_q").arr.max()
)
assert rows.height == 28 * rows["seed"].n_unique() and best.is_empty(), "this is not a dataset of greedy play"

# As NumPy arrays: views of the columns, but for E[Q], where null becomes NaN.
hand = decisions["hand"].rechunk().to_numpy(allow_copy=False)  # [N, 7] u8
legal = decisions["legal"].to_numpy()[:, None] >> np.arange(7, dtype=np.uint8) & 1  # [N, 7] 0 or 1
e_q = decisions["e_q"].to_numpy()  # [N, 7] f32
assert np.array_equal(np.isnan(e_q), legal == 0)
print("arrays:", hand.shape, hand.dtype, e_q.shape, e_q.dtype)

try:
    import torch
except ImportError:
    print("PyTorch is not installed: no tensors made")
    sys.exit()

# A training set: the mover's hand as 28 flags, which slots are legal, and E[Q] by slot to learn.
flags = torch.zeros(len(hand), 28).scatter_(1, torch.from_numpy(hand.astype(np.int64)), 1.0)
target = torch.from_numpy(np.nan_to_num(e_q))
data = torch.utils.data.TensorDataset(flags, torch.from_numpy(legal), target)
batch = next(iter(torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)))
print("a batch:", [tuple(tensor.shape) for tensor in batch])
