"""What needs torch. Its wheel brings gigabytes of CUDA libraries, so it is tested where torch is, and says so elsewhere."""

import re
import subprocess
import sys

import numpy as np
import pytest

import boneyard
from conftest import ROOT

torch = pytest.importorskip("torch", reason="torch is not installed here: boneyard.torch, Batch.torch and Labels.torch are not tested")

from boneyard.torch import GameStream  # noqa: E402

OPTIONS = dict(block_games=2, samples=3, device="cpu", evaluator="playout", columns=["seed", "ply", "e_q", "legal", "mode"])


def seeds(items):
    return [seed for item in items for seed in item["seed"][::28].tolist()]


def test_batches_as_tensors():
    batch = next(boneyard.generate(games=1, samples=4, device="cpu"))
    tensors = batch.torch()
    assert tensors.keys() == set(batch.keys())
    assert tensors["e_q"].dtype == torch.float32 and tensors["legal"].dtype == torch.bool
    np.testing.assert_array_equal(tensors["e_q"].numpy(), batch["e_q"])
    assert [boneyard.MODES[code] for code in tensors["mode"]] == batch["mode"].tolist()
    tensors["e_q"].zero_()
    assert not (batch["e_q"] == 0).all()


def test_labels_as_tensors():
    options = dict(device="cpu", batch_games=4, worlds=2, plies=(12, 14))
    plain = next(boneyard.labels(**options))
    tensors = next(boneyard.labels(**options).torch())
    for name in plain:
        np.testing.assert_array_equal(tensors[name].numpy(), plain[name])


def test_ranks_and_workers_share_the_blocks():
    whole = seeds(GameStream(games=24, **OPTIONS))
    assert whole == list(range(24))
    ranks = [seeds(GameStream(games=24, rank=rank, world_size=3, **OPTIONS)) for rank in range(3)]
    assert sorted(sum(ranks, [])) == whole
    loader = torch.utils.data.DataLoader(GameStream(games=24, **OPTIONS), batch_size=None, num_workers=2)
    assert seeds(loader) == whole


def test_it_goes_on_where_it_was():
    stream = GameStream(games=None, **OPTIONS)
    items = iter(stream)
    first = seeds([next(items), next(items)])
    state = stream.state_dict()
    again = GameStream(games=None, **OPTIONS)
    again.load_state_dict(state)
    assert first == [0, 1, 2, 3] and seeds([next(iter(again))]) == [4, 5]


def test_bad_arguments_get_one_sentence():
    for options, sentence in [(dict(rank=2, world_size=2), "rank 2"), (dict(block_games=0), "block_games 0"), (dict(seed=-1), "seed -1")]:
        with pytest.raises(ValueError, match=sentence):
            GameStream(**{**OPTIONS, **options})


def test_the_example_learns():
    done = subprocess.run([sys.executable, ROOT / "examples" / "python" / "train_torch.py", "8"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [before] = re.findall(r"untrained: ([\d.]+) points off", done.stdout)
    [after] = re.findall(r"s: ([\d.]+) points off", done.stdout)
    assert float(after) < float(before) and "E[Q] of tricks 3 and 4" in done.stdout


def test_functions_of_tensors_are_functions_of_arrays():
    """Games on the CPU, and on a device without CUDA, where tokens come by way of the host."""

    def tensors(tokens, mask):
        assert tokens.dtype == torch.int8 and mask.dtype == torch.bool
        return (tokens[:, :7, :2].sum(2) + mask.sum(1)[:, None]).float() / 4

    def arrays(tokens, mask):
        return (tokens[:, :7, :2].sum(2) + mask.sum(1)[:, None]) / 4

    options = dict(games=2, samples=5)
    expected = next(boneyard.generate(evaluator=arrays, device="cpu", **options))
    for device in ("cpu", *list(boneyard.devices()["devices"])[:1]):
        found = next(boneyard.generate(evaluator=boneyard.network(tensors, device="cpu"), device=device, **options))
        np.testing.assert_array_equal(found["e_q"], expected["e_q"], err_msg=device)


def test_streams_take_samples_that_adapt():
    options = {**OPTIONS, "samples": None, "adaptive": "se:2", "min_samples": 24, "max_samples": 48}
    item = next(iter(GameStream(games=2, **{**options, "columns": ["worlds_used", "stopped_by"]})))
    assert item["worlds_used"].max() <= 48
