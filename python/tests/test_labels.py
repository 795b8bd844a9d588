"""Labels. That they are exact is shown in crates/boneyard-run; here it is their arrays."""

import numpy as np
import pytest

import boneyard

FEW = dict(device="cpu", batch_games=6, worlds=3, plies=(10, 13))


def test_shapes_and_types():
    batch = next(boneyard.labels(**FEW))
    n = len(batch["ply"])
    assert n > 10 and batch.keys() == {"tokens", "q", "legal", "ply", "seed"}
    for name, shape, dtype in [
        ("tokens", (n, 32, 12), np.int8),
        ("q", (n, 7), np.float32),
        ("legal", (n, 7), bool),
        ("ply", (n,), np.uint8),
        ("seed", (n,), np.uint64),
    ]:
        assert batch[name].shape == shape and batch[name].dtype == dtype, name
        assert batch[name].flags.writeable and batch[name].flags.c_contiguous
    assert set(batch["ply"]) <= {10, 11, 12} and set(batch["seed"]) <= set(range(6))


def test_values_are_points_of_legal_moves():
    batch = next(boneyard.labels(**FEW))
    assert (batch["q"][~batch["legal"]] == 0).all()
    values = batch["q"][batch["legal"]]
    assert (values == np.round(values)).all() and np.abs(values).max() <= 42
    assert (batch["legal"].sum(1) > 1).all()
    # A move that is legal is a domino that the mover still has: feature 8, of its seven tokens in the order of slots.
    tokens, rows = batch["tokens"], np.arange(len(batch["ply"]))
    mover = (tokens[:, 1::7, 5] == 0).argmax(1)
    own = tokens[rows[:, None], 1 + 7 * mover[:, None] + np.arange(7)]
    assert (own[:, :, 6] == 1).all() and (own[:, :, 8][batch["legal"]] == 1).all()
    assert (own[:, :, 8].sum(1) == 7 - batch["ply"] // 4).all()


def take(n, **options):
    stream = boneyard.labels(**{**FEW, **options})
    return [next(stream) for _ in range(n)]


def same(left, right):
    assert len(left) == len(right)
    for one, other in zip(left, right):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_the_stream_is_deterministic_and_goes_on():
    first = take(3)
    same(first, take(3, threads=1))
    stream = boneyard.labels(**FEW, policies=boneyard.POLICIES)
    assert isinstance(stream, boneyard.Labels) and stream.device == "cpu"
    next(stream)
    same(first[1:], take(2, seed=stream.next_seed))
    assert any((one["q"].shape != other["q"].shape) or (one["q"] != other["q"]).any()
               for one, other in zip(first, take(3, seed=1)))


def test_a_device_makes_the_same_stream():
    devices = list(boneyard.devices()["devices"])
    if not devices:
        pytest.skip("there is no device here, not even a software one")
    late = dict(plies=(16, 18), batch_games=5)
    same(take(2, **late), take(2, device=devices[0], **late))


def test_ranks_share_the_batches():
    all_of_them = take(4)
    same(all_of_them[0::2], take(2, rank=0, world_size=2))
    same(all_of_them[1::2], take(2, rank=1, world_size=2))


def test_shuffled_labels_are_the_same_labels():
    [plain], [shuffled] = take(1, shuffle=False), take(1)
    assert (np.diff(shuffled["ply"].astype(int)) < 0).any()

    def rows(batch):
        return sorted(zip(batch["seed"].tolist(), batch["ply"].tolist(), map(bytes, batch["tokens"]), map(bytes, batch["q"])))

    assert rows(plain) == rows(shuffled)


def test_splits_keep_seeds_apart():
    seeds = {split: set(np.concatenate([b["seed"] for b in boneyard.labels(
        games=1000, split=split, device="cpu", batch_games=50, worlds=1, plies=(20, 21))]).tolist())
        for split in ("validation", "test")}
    assert seeds["validation"] <= set(range(900, 950)) and seeds["test"] <= set(range(950, 1000))
    assert all(seeds.values())


def test_folded_tokens_are_a_third():
    [features], [folded] = take(1), take(1, form="folded")
    assert folded["tokens"].shape == (len(features["ply"]), 32, 2) and folded["tokens"].dtype == np.uint16
    np.testing.assert_array_equal(folded["q"], features["q"])
    # The first seven are the mover's, in the order of its slots.
    np.testing.assert_array_equal((folded["tokens"][:, :7, 1] >> 2 & 1)[features["legal"]], 1)


def test_bad_options_get_one_sentence():
    for options, sentence in [
        (dict(worlds=0), "worlds 0: expected 1 to 65536"),
        (dict(plies=(12, 12)), "plies 12 to 12: expected a range"),
        (dict(plies=12), "plies 12: expected two numbers"),
        (dict(policies={"best": 1}), "policy best: expected greedy"),
        (dict(policies={}), "policies none: expected at least one"),
        (dict(policies={"greedy": -1}), "policies -1: expected"),
        (dict(sensible=101), "sensible 101: expected 0 to 100"),
        (dict(form="bits"), "form bits: expected features or folded"),
        (dict(rank=2, world_size=2), "rank 2: expected a number below world_size, which is 2"),
        (dict(split="dev"), "split"),
        (dict(device="cuda:1000"), "is not available"),
    ]:
        with pytest.raises(ValueError) as raised:
            boneyard.labels(**{**FEW, **options})
        assert sentence in str(raised.value), str(raised.value)


def test_a_closed_stream_is_empty():
    with boneyard.labels(**FEW) as stream:
        next(stream)
    assert list(stream) == []
    assert "next seed" in repr(stream)
