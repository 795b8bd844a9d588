"""Evaluators of one's own."""

import gc
import json
import os
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest

import boneyard
from conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"


def rows(evaluator, device="cpu", **options):
    options = {"games": 4, "samples": 8, **options}
    batches = [batch.numpy() for batch in boneyard.generate(evaluator=evaluator, device=device, **options)]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def same(left, right):
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


def tensors(path):
    """The arrays of a file of safetensors."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, start = json.loads(data[8 : 8 + length]), 8 + length
    kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "I32": np.int32, "I8": np.int8, "U8": np.uint8,
             "BOOL": np.bool_}
    return {
        name: np.frombuffer(data[start:][slice(*it["data_offsets"])], kinds[it["dtype"]]).reshape(it["shape"])
        for name, it in header.items()
        if name != "__metadata__"
    }


def transformer(weights, heads):
    """The known architecture, written anew with NumPy: from tokens and mask to values."""
    names = ("high_pip low_pip is_double count_value trump_rank player_id is_current is_partner is_remaining token_type "
             "decl leader").split()
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("transformer.layers."))

    def linear(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def forward(tokens, mask):
        x = np.concatenate([weights[f"{name}_embed.weight"][tokens[:, :, i]] for i, name in enumerate(names)], axis=-1)
        x = linear(x, "input_proj")
        n, t, width = x.shape
        for layer in range(layers):
            at = f"transformer.layers.{layer}"
            qkv = x @ weights[f"{at}.self_attn.in_proj_weight"].T + weights[f"{at}.self_attn.in_proj_bias"]
            q, k, v = qkv.reshape(n, t, 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
            scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(width // heads)
            scores = np.where(mask[:, None, None, :], scores, -np.inf)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            a = (scores / scores.sum(-1, keepdims=True) @ v).transpose(0, 2, 1, 3).reshape(n, t, width)
            x = norm(x + linear(a, f"{at}.self_attn.out_proj"), f"{at}.norm1")
            x = norm(x + linear(np.maximum(linear(x, f"{at}.linear1"), 0), f"{at}.linear2"), f"{at}.norm2")
        mover = (tokens[:, 1::7, 5] == 0).argmax(1)
        own = x[np.arange(n)[:, None], 1 + 7 * mover[:, None] + np.arange(7)]
        return linear(own, "output_proj")[:, :, 0]

    return forward


def test_a_network_in_numpy_is_the_network_of_the_file():
    function = transformer(tensors(GOLDEN / "weights_small.safetensors"), heads=4)
    ours = rows(boneyard.network(function, batch=100))
    theirs = rows(f"net:{GOLDEN / 'small.ckpt'}")
    for name in ("legal", "hand", "worlds_used"):
        np.testing.assert_array_equal(ours[name][:4], theirs[name][:4])
    # The first decisions of the games: the same information set, whatever was chosen later.
    first = ours["ply"] == 0
    np.testing.assert_allclose(ours["e_q"][first], theirs["e_q"][first], atol=2 / 256)
    agree = (ours["plays"] == theirs["plays"]).all(1)
    assert agree.mean() > 0.9
    np.testing.assert_allclose(ours["e_q"][agree], theirs["e_q"][agree], atol=2 / 256)


def test_weights_are_the_network_of_the_file():
    state, theirs = tensors(GOLDEN / "weights_small.safetensors"), rows(f"net:{GOLDEN / 'small.ckpt'}")
    same(rows(boneyard.weights({f"model.{name}": array for name, array in state.items()}, heads=4)), theirs)
    # Inside others too, and when nobody else keeps it.
    cascade = boneyard.cascade(5, "solver", boneyard.corrected(2, boneyard.weights(state, heads=4)))
    gc.collect()
    same(rows(cascade), rows(f"cascade:5,solver,corrected:2,net:{GOLDEN / 'small.ckpt'}"))
    with pytest.raises(ValueError, match="heads: expected how many"):
        boneyard.weights(state)
    with pytest.raises(ValueError, match="evaluator net:"):
        rows(boneyard.weights({"a": np.zeros(3)}, heads=4))
    with pytest.raises(TypeError, match="expected a state dict or a module"):
        boneyard.weights(3)


def pips(tokens, mask):
    """Something that depends on the world and on nothing around it."""
    assert tokens.dtype == np.int8 and mask.dtype == bool and tokens.shape[1:] == (32, 12)
    assert mask[:, :29].all()
    weights = np.arange(12) + 1.0
    left = (tokens[:, 1:29] * weights).sum(2).reshape(len(tokens), 4, 7) * tokens[:, 1:29, 8].reshape(-1, 4, 7)
    mover = (tokens[:, 1::7, 5] == 0).argmax(1)
    return left[np.arange(len(tokens)), mover] / 8 - left[np.arange(len(tokens)), (mover + 1) % 4].mean(1)[:, None] / 8


def test_rows_do_not_depend_on_the_size_of_calls():
    expected = rows(boneyard.network(pips))
    same(expected, rows(boneyard.network(pips, batch=7), batch_games=1))
    same(expected, rows(pips, threads=1))


def test_it_runs_beside_the_solver():
    network, solved = boneyard.network(pips), rows("solver")
    assert isinstance(network, boneyard.Evaluator)
    cascade = rows(boneyard.cascade(6, "solver", network))
    late = (cascade["ply"] >= 4) & (cascade["plays"] == solved["plays"]).all(1)
    np.testing.assert_array_equal(cascade["e_q"][late], solved["e_q"][late])
    early = cascade["ply"] == 0
    np.testing.assert_array_equal(cascade["e_q"][early], rows(network)["e_q"][early])
    # All worlds corrected are the solver's values.
    exact = rows(boneyard.corrected(1, network))
    np.testing.assert_allclose(exact["e_q"], solved["e_q"], atol=1e-5)
    assert np.nanmax(exact["correction_se"]) == 0
    some = rows(boneyard.corrected(2, network), samples=16)
    assert np.nanmax(some["correction_se"]) > 0
    checked = rows(boneyard.checked(2, network))
    same(rows(network), checked)


def test_questions_take_it_too():
    batch = next(boneyard.generate(games=2, samples=8, evaluator=pips, device="cpu", evaluate_forced=True))
    found = boneyard.evaluate(batch, 8, evaluator=pips, seed=batch["seed"])
    np.testing.assert_array_equal(found["e_q"], batch["e_q"])


def test_games_of_a_device_take_it_too():
    devices = [name for name in boneyard.devices()["devices"]]
    if not devices:
        pytest.skip("there is no device here, not even a software one")
    here = rows(pips)
    there = rows(pips, device=devices[0])
    same(here, there)
    same(rows(boneyard.cascade(2, "solver", pips)), rows(boneyard.cascade(2, "solver", pips), device=devices[0]))


def test_datasets_say_whose_it_is(tmp_path):
    done = boneyard.write(tmp_path, games=2, samples=4, evaluator=boneyard.network(pips, name="pips"), device="cpu")
    assert done["games"] == 2
    [path] = tmp_path.glob("data/train/*.parquet")
    parquet = pytest.importorskip("pyarrow.parquet")
    footer = parquet.read_metadata(path).metadata
    assert b"pips" in footer[b"boneyard.configuration"] if b"boneyard.configuration" in footer else b"pips" in repr(footer).encode()
    with pytest.raises(ValueError, match="differs in evaluator"):
        boneyard.write(tmp_path, games=2, samples=4, evaluator=boneyard.network(pips, name="other"), device="cpu")


def test_what_it_raises_comes_out():
    def raises(tokens, mask):
        raise LookupError("no weights")

    with pytest.raises(LookupError, match="no weights"):
        rows(raises)
    batch = next(boneyard.generate(games=1, samples=2, device="cpu"))
    with pytest.raises(LookupError, match="no weights"):
        boneyard.evaluate(batch, 2, evaluator=raises)


@pytest.mark.parametrize(
    "values, error, sentence",
    [
        (lambda n: np.zeros((n, 8)), ValueError, "expected values of shape"),
        (lambda n: np.zeros(n), ValueError, "expected values of shape"),
        (lambda n: "values", ValueError, ""),
        (lambda n: None, (TypeError, ValueError), ""),
        (lambda n: np.full((n, 7), np.nan), boneyard.Error, "values are no numbers"),
        (lambda n: np.full((n, 7), np.inf), boneyard.Error, "values are no numbers"),
    ],
)
def test_bad_values_are_errors(values, error, sentence):
    with pytest.raises(error) as raised:
        rows(lambda tokens, mask: values(len(tokens)))
    assert sentence in str(raised.value)


def test_values_beyond_all_points_are_cut():
    found = rows(lambda tokens, mask: np.full((len(tokens), 7), 1e9))
    assert np.nanmax(found["e_q"]) < 200


def test_bad_arguments_get_one_sentence():
    for call, sentence in [
        (lambda: boneyard.cascade(7, "solver", "playout"), "cascade 7: expected 1 to 6 tricks"),
        (lambda: boneyard.corrected(0, "playout"), "corrected 0: expected one world in 1 to 65536"),
        (lambda: boneyard.network(pips, batch=0), "batch 0: expected at least 1"),
        (lambda: boneyard.network(pips, name="a:b"), "expected a word"),
        (lambda: rows(boneyard.cascade(4, "contract", "solver")), "different questions"),
        (lambda: rows(boneyard.corrected(2, "nonsense")), "evaluator nonsense: expected solver"),
        (lambda: rows(pips, heads=4), "heads 4: expected an evaluator with a network, not python"),
    ]:
        with pytest.raises(ValueError) as raised:
            call()
        assert sentence in str(raised.value), str(raised.value)
    with pytest.raises(TypeError, match="expected a description"):
        rows(5)
    with pytest.raises(TypeError, match="expected a function"):
        boneyard.network(5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("what", ["network", "device"])
def test_what_does_not_outlive_a_fork_is_refused_after_one(what):
    devices = list(boneyard.devices()["devices"])
    if what == "device" and not devices:
        pytest.skip("there is no device here, not even a software one")
    device = devices[0] if what == "device" else "cpu"
    evaluator = "playout" if what == "device" else f"net:{GOLDEN / 'small.ckpt'}"
    code = f"""
import boneyard, os
options = dict(games=1, samples=2, device={device!r}, evaluator={evaluator!r})
list(boneyard.generate(**options))
child = os.fork()
if child == 0:
    try:
        list(boneyard.generate(**options))
    except boneyard.Error as error:
        os._exit(0 if "forked" in str(error) else 3)
    os._exit(4)
assert os.waitpid(child, 0)[1] == 0
list(boneyard.generate(**options))
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


def test_two_runs_with_two_networks_at_once():
    results = {}

    def run(name, function):
        results[name] = rows(function)

    def doubled(tokens, mask):
        return 2 * pips(tokens, mask)

    threads = [threading.Thread(target=run, args=it) for it in (("one", pips), ("two", doubled))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    same(results["one"], rows(pips))
    same(results["two"], rows(doubled))


def test_a_module_of_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed here, so that modules as evaluators are not tested")

    class Pips(torch.nn.Module):
        def forward(self, tokens, mask, current_player):
            assert current_player.max() < 4
            return torch.from_numpy(pips(tokens.numpy().astype(np.int8), mask.numpy())), None

    found, expected = rows(Pips()), rows(pips)
    np.testing.assert_allclose(found["e_q"], expected["e_q"], atol=1e-4)


def test_the_weights_of_a_module_of_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed here, so that weights of modules are not tested")
    state = tensors(GOLDEN / "weights_small.safetensors")

    class Known(torch.nn.Module):
        """As far as its parameters and its number of heads go."""

        def __init__(self):
            super().__init__()
            self.attention = torch.nn.MultiheadAttention(32, 4)

        def state_dict(self):
            return {name: torch.from_numpy(array.copy()) for name, array in state.items()}

    same(rows(boneyard.weights(Known())), rows(f"net:{GOLDEN / 'small.ckpt'}"))
