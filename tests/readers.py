"""Every library that reads a directory of Parquet files reads a dataset as it is, and finds the same rows: `readers.py DIR`."""

import sys
import tempfile
from pathlib import Path

import datasets
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

directory = sys.argv[1]
file = next(Path(directory, "data", "train").glob("*.parquet"))

with tempfile.TemporaryDirectory() as cache:
    loaded = datasets.load_dataset(directory, cache_dir=cache)
    splits = {name: split.num_rows for name, split in loaded.items()}
    features = next(iter(loaded.values())).features
rows = {
    "polars": pl.read_parquet(directory).height,
    "pandas": len(pd.read_parquet(directory)),
    "pyarrow": pq.read_table(directory).num_rows,
    "duckdb": duckdb.sql(f"select count(*) from '{directory}/**/*.parquet'").fetchall()[0][0],
    "datasets": sum(splits.values()),
}
print(rows, splits)
assert len(set(rows.values())) == 1 and rows["polars"] % 28 == 0 and rows["polars"] > 0, rows
assert set(splits) <= {"train", "validation", "test"}, splits

# The columns are what the schema says, whoever reads them.
assert features["e_q"].length == 7 and features["seed"].dtype == "uint64", features
metadata = pq.read_schema(file).metadata
assert b"huggingface" in metadata and b"boneyard.configuration" in metadata, metadata
created_by = pq.ParquetFile(file).metadata.created_by
assert created_by.startswith("boneyard version ") and "(build " in created_by, created_by
e_q = pl.read_parquet(file)["e_q"].to_numpy()
assert e_q.shape[1] == 7 and e_q.dtype == np.float32, e_q
