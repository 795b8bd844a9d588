"""A dataset in a few lines: with polars, and as tensors where PyTorch is installed.

    pip install polars numpy        # and torch, if you want tensors
    python examples/load_dataset.py boneyard-out

What every column means stands in docs/RECORD.md.
"""

import sys

import polars as pl

directory = sys.argv[1] if len(sys.argv) > 1 else "boneyard-out"

# One row a decision. Forced moves have no estimate unless the run says so.
rows = pl.read_parquet(f"{directory}/train/*.parquet")
decisions = rows.filter(pl.col("e_q").arr.max().is_not_null())
print(f"{rows['game'].n_unique()} games, {rows.height} decisions, {decisions.height} with E[Q]")

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
assert rows.height == 28 * rows["game"].n_unique() and best.is_empty(), "this is not a dataset of greedy play"

try:
    import torch
except ImportError:
    print("PyTorch is not installed: no tensors made")
    sys.exit()

# A training set: the mover's hand as 28 flags, which slots are legal, and E[Q] by slot to learn.
hand = torch.zeros(decisions.height, 28).scatter_(1, torch.tensor(decisions["hand"].to_list()), 1.0)
legal = torch.tensor(decisions["legal"].to_list()).unsqueeze(1) >> torch.arange(7) & 1
target = torch.tensor([[q if q is not None else 0.0 for q in row] for row in decisions["e_q"].to_list()])
data = torch.utils.data.TensorDataset(hand, legal, target)
batch = next(iter(torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)))
print("a batch:", [tuple(tensor.shape) for tensor in batch])
