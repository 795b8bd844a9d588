"""What `python/training` trains is what the engine computes. Skipped without torch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import boneyard

torch = pytest.importorskip("torch", reason="training needs torch")
TRAINING = Path(__file__).resolve().parents[1] / "training"
sys.path.insert(0, str(TRAINING))
import evaluate
import muon
import network as nets

FEW = dict(device="cpu", batch_games=30, worlds=2, plies=(0, 12), split=None, shuffle=False)


def fold(tokens):
    """Features in the order of folded tokens, as rows; written apart from the engine's."""
    mover = (tokens[:, 1::7, 5] == 0).argmax(1)
    row = np.arange(32)
    order = np.where(row < 28, 1 + 7 * ((mover[:, None] + row // 7) % 4) + row % 7, np.where(row == 28, 0, row))
    t = np.take_along_axis(tokens, order[:, :, None].repeat(12, 2), 1).astype(np.int64)
    domino = np.where(t[:, :, 9] == 0, 28, t[:, :, 0] * (t[:, :, 0] + 1) // 2 + t[:, :, 1])
    rows = np.stack([t[:, :, 10] * 29 + domino, ((t[:, :, 9] * 4 + t[:, :, 5]) * 2 + t[:, :, 8]) * 4 + t[:, :, 11]], 2)
    return rows.astype(np.uint16), order


def test_rows_stand_for_the_features():
    features = next(boneyard.labels(form="features", **{**FEW, "plies": (6, 12)}))["tokens"]
    given = next(boneyard.labels(form="folded", **{**FEW, "plies": (6, 12)}))["tokens"]
    rows, order = fold(features)
    there = given[:, :, 0] != 65535
    assert (rows[there] == given[there]).all() and not there.all()
    in_order = torch.from_numpy(np.take_along_axis(features, order[:, :, None].repeat(12, 2), 1)).long()
    tokens = nets.folded(given).long()
    stood_for = nets.domino_features()[tokens[:, :, 0].clamp(min=0)] + nets.role_features()[tokens[:, :, 1].clamp(min=0)]
    assert torch.equal(stood_for[there], in_order[there])
    # So the sum of two rows is what a network makes of twelve look-ups.
    net = nets.of_size("tiny")
    looked_up = [getattr(net, name)(in_order[:, :, i]) for i, (name, *_) in enumerate(nets.TABLES)]
    expected = net.input_proj(torch.cat(looked_up, 2))
    torch.testing.assert_close(net.embed(nets.folded(given))[there], expected[there], atol=1e-5, rtol=1e-4)


def test_slots_are_all_alike():
    """There is nothing in a token's place: dominoes in another order have their values in that order."""
    net = nets.of_size("small").eval()
    tokens = nets.folded(next(boneyard.labels(form="folded", **FEW))["tokens"][:64])
    order = torch.randperm(7)
    with torch.no_grad():
        plain = net.points(tokens)
        mixed = net.points(torch.cat([tokens[:, order], tokens[:, 7:]], 1))
    torch.testing.assert_close(mixed, plain[:, order], atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("size", ["small", "standard"])
def test_the_engine_computes_what_is_exported(tmp_path, size):
    torch.manual_seed(1)
    net = nets.of_size(size)
    assert nets.parameters(net) <= {"small": 900_000, "standard": 3_400_000}[size]
    path = tmp_path / "net.safetensors"
    nets.export(net, path)
    assert path.stat().st_size < 2.1 * nets.parameters(net)
    read = nets.load(path)

    def network(tokens, mask):
        rows, order = fold(tokens)
        rows[~np.take_along_axis(mask, order, 1)] = 65535
        with torch.no_grad():
            return read.points(nets.folded(rows)).numpy()

    hands = [boneyard.deal(seed) for seed in range(3)]
    views = [{"seat": 0, "hand": hand[0], "declaration": "sixes", "leader": 0} for hand in hands]
    ours = boneyard.evaluate(views, samples=20, evaluator=boneyard.network(network))["e_q"]
    theirs = boneyard.evaluate(views, samples=20, evaluator=f"net:{path}")["e_q"]
    assert np.nanstd(ours) > 0.1
    np.testing.assert_allclose(theirs, ours, atol=0.01)
    # Nearly those of the weights before they became f16.
    tokens = nets.folded(next(boneyard.labels(form="folded", **FEW))["tokens"][:64])
    with torch.no_grad():
        torch.testing.assert_close(read.points(tokens), net.eval().points(tokens), atol=0.2, rtol=0)


def test_steps_of_muon_are_nearly_orthogonal():
    torch.manual_seed(0)
    singular = torch.linalg.svdvals(muon.orthogonal(torch.randn(3, 32, 64)).float())
    assert 0.5 < singular.min() and singular.max() < 1.5


def test_measures_are_those_of_the_definition():
    q = np.array([[10.0, 0.0], [0.0, 4.0]])
    points = np.array([[1.0, 3.0], [2.0, 4.0]])
    means = evaluate.means(evaluate.measures(points, q))
    assert means["q_mae"] == 14 / 4 and means["q_gap"] == 5
    assert means["e_q_mae"] == (3.5 + 1.5) / 2 and means["e_q_bias"] == -1 and means["e_q_gap"] == 3


def test_a_run_goes_on_where_it_stopped(tmp_path):
    def train(*more):
        command = [sys.executable, str(TRAINING / "train.py"), "--size", "tiny", "--out", str(tmp_path), "--minutes", "0.01"]
        few = ["--device", "cpu", "--no-compile", "--batch", "64", "--batch-games", "4", "--validation-games", "2"]
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run([*command, *few, *more], check=True, env=environment, capture_output=True, text=True)
        return json.loads((tmp_path / "checkpoint" / "state.json").read_text())

    first = train("--decay", "no")
    second = train("--resume", str(tmp_path))
    assert second["step"] > first["step"] >= 2 and second["labels"] == 64 * second["step"]
    assert (second["seed"], second["skip"]) > (first["seed"], first["skip"])
    nets.load(tmp_path / "tiny.safetensors")
