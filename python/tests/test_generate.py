"""`generate`, `write` and batches."""

import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import boneyard


def rows(**options):
    """All batches one below the other, by name."""
    batches = [batch.numpy() for batch in boneyard.generate(device="cpu", **options)]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def same(left, right):
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


def test_shapes_and_types():
    batch = next(boneyard.generate(games=3, samples=10, device="cpu", batch_games=2))
    assert len(batch) == 2 * 28
    shapes = {name: batch[name].shape[1:] for name in batch.keys()}
    assert shapes["e_q"] == shapes["legal"] == shapes["hand"] == (7,)
    assert shapes["plays"] == (28,) and shapes["seed"] == ()
    assert batch.e_q.dtype == np.float32 and batch.legal.dtype == bool and batch.exact.dtype == bool
    assert set(batch.mode) <= set(boneyard.MODES)


def test_names_by_number():
    assert len(boneyard.DECLARATIONS) == 10 and boneyard.DECLARATIONS[6] == "sixes"
    assert boneyard.DOMINOES[27] == "6-6" and len(boneyard.DOMINOES) == 28
    games = boneyard.generate(games=1, declaration="sixes", samples=1, device="cpu")
    assert isinstance(games, boneyard.Games) and games.device == "cpu" and len(games.configuration_sha256) == 64
    batch = next(games)
    assert isinstance(batch, boneyard.Batch) and set(batch["declaration"]) == {6} and batch.nbytes > 1000
    assert {"none", "cap"} <= set(batch["stopped_by"]) <= {"none", "cap", "all"} <= set(boneyard.STOPPED)
    assert boneyard.__version__.count(".") == 2


def test_e_q_is_nan_where_not_legal_and_only_there_or_in_forced_rows():
    batch = rows(games=6, samples=10)
    estimated = batch["worlds_used"] > 0
    np.testing.assert_array_equal(np.isnan(batch["e_q"]), ~(batch["legal"] & estimated[:, None]))
    assert not estimated.all() and estimated.any()


def test_greedy_takes_the_highest():
    batch = rows(games=6, samples=10)
    estimated = batch["worlds_used"] > 0
    best = np.nanmax(batch["e_q"][estimated], axis=1)
    taken = batch["e_q"][estimated, batch["action"][estimated]]
    np.testing.assert_array_equal(taken, best)


def test_rows_do_not_depend_on_batch_or_threads():
    options = dict(games=7, samples=10, seed=895, policy="mixed", declaration=["sixes", 9])
    all_at_once = rows(batch_games=7, **options)
    same(all_at_once, rows(batch_games=2, threads=1, **options))
    assert list(all_at_once["seed"][::28]) == list(range(895, 902))


def test_columns_are_chosen_and_ordered():
    batch = next(boneyard.generate(games=1, samples=5, device="cpu", columns=["q_histogram", "ply"]))
    assert batch.keys() == ["q_histogram", "ply"]
    assert batch["q_histogram"].shape == (28, 7, 85)
    counted = batch["q_histogram"].sum(axis=2).max(axis=1)
    assert set(counted) <= {0, 1, 2, 3, 4, 5}
    with pytest.raises(ValueError, match="there is no `q`: expected some of seed,"):
        boneyard.generate(columns=["q"])
    with pytest.raises(TypeError, match="a list of names"):
        boneyard.generate(columns="e_q")


def test_splits():
    seeds = [s for b in boneyard.generate(games=200, seed=850, split="test", samples=1, device="cpu", evaluator="playout",
                                          columns=["seed"]) for s in b["seed"]]
    assert sorted(set(seeds)) == list(range(950, 1000))


def test_arrays_share_memory_and_cannot_be_written_to():
    batch = next(boneyard.generate(games=1, samples=5, device="cpu"))
    first, second = batch["hand"], batch["hand"]
    assert np.shares_memory(first, second)
    with pytest.raises(ValueError):
        first[0, 0] = 1
    del batch, second
    assert first[0].max() < 28


def test_arrow_readers_see_the_same_rows():
    pyarrow = pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    batch = next(boneyard.generate(games=2, samples=5, device="cpu"))
    table = pyarrow.table(batch)
    frame = polars.DataFrame(batch)
    assert table.num_rows == frame.height == len(batch)
    assert table.column_names == frame.columns == batch.keys()
    values = table["e_q"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, 7)
    np.testing.assert_array_equal(values, batch["e_q"])
    assert frame["mode"].to_list() == batch["mode"].tolist()
    np.testing.assert_array_equal(frame["outcome"].to_numpy(), batch["outcome"])
    # The same memory: numbers behind Arrow's buffer are those of NumPy's array.
    address = table["outcome"].chunk(0).buffers()[1].address
    assert address == batch["outcome"].__array_interface__["data"][0]


def test_duckdb_and_pandas_read_it():
    duckdb, pandas, pyarrow = (pytest.importorskip(name) for name in ("duckdb", "pandas", "pyarrow"))
    batch = next(boneyard.generate(games=2, samples=5, device="cpu"))
    table = pyarrow.table(batch)
    assert duckdb.sql("select count(*), sum(outcome) from batch").fetchall() == [(56, int(batch["outcome"].sum()))]
    assert table.to_pandas()["outcome"].tolist() == batch["outcome"].tolist()
    if hasattr(pandas.DataFrame, "from_arrow"):
        assert pandas.DataFrame.from_arrow(batch)["ply"].tolist() == batch["ply"].tolist()


def files(directory):
    found = [path for path in sorted(directory.rglob("*")) if path.is_file() and ".boneyard" not in path.parts]
    return {str(path.relative_to(directory)): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    "python, options",
    [
        (dict(games=9, samples=8, block=4), "--games 9 --samples 8 --block 4"),
        (
            dict(games=5, samples=8, seed=897, histogram=True, policy="softmax:2", sampler="uniform", bid=42, bidder=1),
            "--games 5 --samples 8 --seed 897 --histogram --policy softmax:2 --sampler uniform --bid 42 --bidder 1",
        ),
        (
            dict(games=3, samples=8, evaluator="cascade:4,solver,corrected:2,playout", declaration=[1, "notrump"],
                 deals="native", evaluate_forced=True),
            "--games 3 --samples 8 --evaluator cascade:4,solver,corrected:2,playout --declaration 1,notrump "
            "--deals native --evaluate-forced",
        ),
    ],
)
def test_write_makes_the_dataset_of_the_command(tmp_path, command, python, options):
    done = boneyard.write(tmp_path / "python", device="cpu", **python)
    assert done["games"] == python["games"] and done["decisions"] == 28 * python["games"]
    made = [command, "generate", "--device", "cpu", "--out", tmp_path / "command", *options.split()]
    subprocess.run(made, check=True, capture_output=True)
    ours, theirs = files(tmp_path / "python"), files(tmp_path / "command")
    assert len(ours) > 1 and ours.keys() == theirs.keys()
    [name] = [name for name in ours if "train" in name][:1]
    codes = [re.search(rb"boneyard\.code.{0,8}?(\d[\w.+]*)", made[name]).group(1) for made in (ours, theirs)]
    assert codes[0] == codes[1], "the command is of another commit than the package: build both"
    assert ours == theirs
    again = boneyard.write(tmp_path / "command", device="cpu", **python)
    assert again["games"] == 0 and again["games_already_there"] == python["games"]


def test_the_rows_are_those_of_the_dataset(tmp_path):
    polars = pytest.importorskip("polars")
    boneyard.write(tmp_path, games=4, samples=10, device="cpu")
    there = polars.read_parquet(tmp_path / "data" / "train" / "*.parquet")
    batch = next(boneyard.generate(games=4, samples=10, device="cpu"))
    assert polars.DataFrame(batch).equals(there)


@pytest.mark.parametrize(
    "options, sentence",
    [
        (dict(samples=0), "samples 0: expected 1 to 16777216 worlds a decision"),
        (dict(samples=-1), "samples -1: expected a whole number from 0"),
        (dict(games=0), "games 0: expected at least 1"),
        (dict(games=2, seed=2**64 - 1), "games 2: expected at most 1 from seed"),
        (dict(device="tpu"), 'there is no device kind "tpu"'),
        (dict(device="cuda:1000"), "device cuda:1000 is not available"),
        (dict(sampler="mcmc"), "sampler mcmc: expected affine"),
        (dict(evaluator="net:/no/such/file"), "/no/such/file"),
        (dict(evaluator="contract"), "policy greedy needs E[Q]"),
        (dict(heads=4), "heads 4: expected an evaluator with a network, not solver"),
        (dict(policy="softmax:0"), "expected a temperature"),
        (dict(declaration="sevens"), "`sevens`"),
        (dict(bid=29), "29 is not a bid"),
        (dict(bidder=4), "4 is not a seat"),
        (dict(deals="perl"), "deals perl: expected python or native"),
        (dict(split="dev"), "split"),
        (dict(batch_games=0), "batch_games 0: expected 1 to 65536"),
        (dict(threads=1025), "threads 1025: expected 1 to 1024"),
    ],
)
def test_bad_options_get_the_commands_sentence(options, sentence):
    with pytest.raises(ValueError) as raised:
        boneyard.generate(**{"device": "cpu", **options})
    assert sentence in str(raised.value)


def test_wrong_types_are_type_errors():
    for options in [dict(samples=1.5), dict(games="many"), dict(progress=3), dict(device=7), dict(policy=None)]:
        with pytest.raises(TypeError):
            boneyard.generate(**options)


def test_other_directories_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="is not empty and is no dataset"):
        boneyard.write(tmp_path, games=1)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    boneyard.write(tmp_path / "data", games=1, samples=3, device="cpu")
    with pytest.raises(ValueError, match=r"differs in samples \(3 there, 4 here\)"):
        boneyard.write(tmp_path / "data", games=1, samples=4, device="cpu")


def test_progress_is_told():
    told = []
    list(boneyard.generate(games=30, samples=30, device="cpu", batch_games=10, progress=told.append))
    assert told and told == sorted(told) and isinstance(told[0], boneyard.Progress)
    assert told[-1].games == told[-1].games_wanted == 30 and told[-1].decisions == 28 * 30 and told[-1].worlds > 0


def test_what_progress_raises_ends_the_games():
    def raises(_):
        raise KeyError("enough")

    games = boneyard.generate(games=1000, samples=1000, device="cpu", progress=raises)
    with pytest.raises(KeyError, match="enough"):
        list(games)
    assert list(games) == []


def test_a_closed_iterator_is_empty():
    with boneyard.generate(games=100, samples=100, device="cpu", batch_games=1) as games:
        next(games)
    assert list(games) == []
    games.close()


def test_several_threads_share_the_batches():
    games, lock, seen = boneyard.generate(games=24, samples=5, device="cpu", batch_games=2), threading.Lock(), []

    def take():
        for batch in games:
            with lock:
                seen.extend(batch["seed"][::28].tolist())

    threads = [threading.Thread(target=take) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(seen) == list(range(24))


def test_several_threads_write_one_dataset(tmp_path):
    options = dict(games=40, samples=4, block=2, device="cpu", evaluator="cascade:3")
    done = []
    threads = [
        threading.Thread(target=lambda: done.append(boneyard.write(tmp_path / "together", **options))) for _ in range(3)
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    boneyard.write(tmp_path / "alone", **options)
    assert len(done) == 3 and sum(it["games"] for it in done) >= 40
    assert files(tmp_path / "together") == files(tmp_path / "alone")


def test_an_iterator_has_one_device():
    if len(boneyard.devices()["devices"]) < 2:
        pytest.skip("there are no two devices here")
    with pytest.raises(ValueError, match="expected one device"):
        boneyard.generate(device=",".join(list(boneyard.devices()["devices"])[:2]))


INTERRUPTED = """
import boneyard, sys, threading, _thread, time, numpy

def slow(tokens, mask):
    time.sleep(4)
    return numpy.zeros((len(tokens), 7))

threading.Timer(1.0, lambda: (print(time.monotonic(), flush=True), _thread.interrupt_main())).start()
try:
    {call}
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""


@pytest.mark.parametrize(
    "call",
    [
        "list(boneyard.generate(games=100000, samples=1000, device='cpu'))",
        "boneyard.write(sys.argv[1], games=100000, samples=100, device='cpu', block=2)",
        "list(boneyard.generate(games=100, samples=100, device='cpu', evaluator=slow))",
        "list(boneyard.generate(games=100, samples=100, device='cpu', evaluator='playout', policy=lambda it: slow(it['e_q'], 0)))",
        "list(boneyard.generate(games=100000, samples=500, device=list(boneyard.devices()['devices'])[0]))",
    ],
)
def test_control_c_is_noticed_within_a_second(tmp_path, call, command):
    if "devices" in call and not boneyard.devices()["devices"]:
        pytest.skip("there is no device here, not even a software one")
    script = [sys.executable, "-c", INTERRUPTED.format(call=call), str(tmp_path / "out")]
    begun = time.monotonic()
    ended = subprocess.run(script, check=True, capture_output=True, text=True)
    asked, raised = map(float, ended.stdout.split())
    assert raised - asked < 1.0
    assert time.monotonic() - begun < 12
    if "write" in call:
        verdict = subprocess.run([command, "verify", tmp_path / "out"], capture_output=True, text=True)
        # Only games that are missing may be found: nothing is half-written.
        assert verdict.returncode in (0, 1, 2) and "damaged" not in verdict.stdout + verdict.stderr


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork here")
def test_a_fork_makes_its_own():
    code = """
import boneyard, os, sys
games = boneyard.generate(games=50, samples=20, device="cpu", batch_games=1)
next(games)
child = os.fork()
if child == 0:
    try:
        next(games)
    except boneyard.Error as error:
        assert "forked" in str(error), error
        made = list(boneyard.generate(games=2, samples=5, device="cpu"))
        os._exit(0 if len(made) == 1 else 3)
    os._exit(4)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert len(list(games)) == 49
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


def test_batches_are_not_pickled():
    import pickle

    batch = next(boneyard.generate(games=1, samples=2, device="cpu"))
    with pytest.raises(TypeError, match="pickle its arrays"):
        pickle.dumps(batch)
    assert "28 decisions" in repr(batch)


def test_importing_is_quick_and_takes_nothing_heavy():
    code = "import time; t = time.perf_counter(); import boneyard, sys; print(time.perf_counter() - t); " \
           "print([m for m in ('numpy', 'torch', 'pyarrow', 'ray', 'polars') if m in sys.modules])"
    run = lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    seconds, heavy = min((run().split("\n", 1) for _ in range(3)), key=lambda it: float(it[0]))
    assert float(seconds) < 0.15 and heavy.strip() == "[]"


def test_worlds_may_be_likelier_by_what_was_played():
    options = {"games": 2, "samples": 8, "device": "cpu", "columns": ["ply", "e_q", "ess", "worlds_used"]}
    plain, weighed = (
        next(boneyard.generate(posterior=posterior, **options)) for posterior in (None, "plays:tau:2,last:3")
    )
    looked_at = plain["worlds_used"] > 0
    first = looked_at & (plain["ply"] == 0)
    np.testing.assert_array_equal(plain["ess"][looked_at], plain["worlds_used"][looked_at])
    np.testing.assert_allclose(weighed["ess"][first], weighed["worlds_used"][first])
    later = (weighed["worlds_used"] > 1) & (weighed["ply"] > 3)
    assert (weighed["ess"][later] < weighed["worlds_used"][later]).mean() > 0.5


def test_contracts_may_be_declared():
    options = {"games": 4, "samples": 6, "evaluator": "playout", "device": "cpu"}
    fixed, longest = (next(boneyard.generate(contract=rule, **options)) for rule in ("fixed", "longest"))
    assert fixed["declaration"][::28].tolist() == [0, 1, 2, 3]
    hands = [[boneyard.DOMINOES[i] for i in hand] for hand in longest["hand"][::28]]
    for suit, hand in zip(longest["declaration"][::28].tolist(), hands):
        lengths = [sum(str(pip) in domino for domino in hand) for pip in range(7)]
        assert lengths[suit] == max(lengths)
    # Evidence of a declaration wants one that was made.
    weighed = next(boneyard.generate(contract="longest", posterior="contract", **options))
    assert (weighed["declaration"] == longest["declaration"]).all()
    with pytest.raises(ValueError, match="in this run they are assigned"):
        boneyard.generate(posterior="contract", **options)
    with pytest.raises(ValueError, match="contract besst: expected fixed"):
        boneyard.generate(contract="besst", **options)


def test_networks_that_come_with_boneyard_need_no_path():
    options = {"games": 1, "samples": 4, "device": "cpu", "columns": ["e_q"]}
    small = next(boneyard.generate(evaluator="cascade:small", **options))["e_q"]
    exact = next(boneyard.generate(evaluator="solver", **options))["e_q"]
    assert small.shape == exact.shape and not np.array_equal(small, exact, equal_nan=True)
    with pytest.raises(ValueError, match="small and standard come with Boneyard"):
        boneyard.generate(evaluator="net:smal")
