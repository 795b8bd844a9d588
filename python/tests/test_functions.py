"""Samplers and policies of one's own, samples that adapt, and open hands solved on devices."""

import subprocess

import numpy as np
import pytest

import boneyard

COMMON = dict(games=3, samples=6, evaluator="playout", device="cpu")


def rows(**options):
    batches = [batch.numpy() for batch in boneyard.generate(**{**COMMON, **options})]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def same(left, right, but=()):
    assert left.keys() == right.keys()
    for name in left.keys() - set(but):
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


def best(decisions):
    """As `greedy`."""
    return np.nanargmax(decisions["e_q"], axis=1)


def uniform(views, n):
    """As the sampler of this name."""
    given = {name: views[name] for name in ("seat", "hand", "declaration", "leader", "bidder", "bid", "plays")}
    return boneyard.worlds(given, draw=n, sampler="uniform", seed=views["seed"])["worlds"]


def test_a_policy_of_ones_own():
    mine, theirs = rows(policy=boneyard.policy(best)), rows()
    same(mine, theirs, but=["mode", "choice_entropy"])
    forced = theirs["legal"].sum(1) == 1
    # A function does not say what else it might have chosen.
    assert (mine["choice_entropy"][forced] == 0).all() and np.isnan(mine["choice_entropy"][~forced]).all()
    assert set(mine["mode"][forced]) == {"forced"} and set(mine["mode"][~forced]) == {"custom"}
    # Whatever is beside a game, and as a bare function too.
    same(mine, rows(policy=best, batch_games=1))


def test_what_a_policy_is_told():
    seen = []

    def last(decisions):
        seen.append({name: column.copy() for name, column in decisions.items()})
        return 6 - decisions["legal"][:, ::-1].argmax(1)

    made = rows(policy=last)
    asked = {name: np.concatenate([it[name] for it in seen]) for name in seen[0]}
    free = np.flatnonzero(made["legal"].sum(1) > 1)
    at = {(int(made["seed"][i]), int(made["ply"][i])): i for i in free}
    row = np.array([at[seed, ply] for seed, ply in zip(asked["seed"].tolist(), asked["ply"].tolist())])
    assert sorted(row) == sorted(free)
    for name in ("e_q", "q_var", "p_make", "e_q_se", "legal", "hand", "plays", "worlds_total", "worlds_used"):
        if name in made:
            np.testing.assert_array_equal(asked[name], made[name][row], err_msg=name)
    np.testing.assert_array_equal(made["action"][row], 6 - asked["legal"][:, ::-1].argmax(1))
    assert (asked["sizes"].sum(1) == [bin(it).count("1") for it in asked["unseen"]]).all()


def test_a_sampler_of_ones_own():
    mine = rows(sampler=boneyard.sampler(uniform))
    same(mine, rows(sampler="uniform"))
    same(mine, rows(sampler=uniform, batch_games=1))
    batch = next(boneyard.generate(**{**COMMON, "sampler": "uniform", "evaluate_forced": True}))
    found = boneyard.evaluate(batch, 6, evaluator="playout", sampler=uniform, policy=best, seed=batch["seed"])
    np.testing.assert_array_equal(found["e_q"], batch["e_q"])
    legal = np.take_along_axis(found["legal"], found["choice"][:, None].astype(int), 1)
    assert legal.all()


def test_datasets_name_functions(tmp_path):
    pytest.importorskip("pyarrow")
    options = dict(games=2, samples=4, evaluator="playout", device="cpu")
    boneyard.write(tmp_path, policy=boneyard.policy(best, name="mine"), sampler=uniform, **options)
    from pyarrow import parquet

    [path] = tmp_path.glob("data/train/*.parquet")
    told = repr(parquet.read_metadata(path).metadata)
    assert "function:mine" in told and "function:uniform" in told
    # Not what the names without a function stand for.
    with pytest.raises(ValueError, match="differs in"):
        boneyard.write(tmp_path, policy=boneyard.policy(best, name="mine"), sampler="uniform", **options)


@pytest.mark.parametrize(
    "function, error, sentence",
    [
        (lambda decisions: np.full(len(decisions["seed"]), 9), ValueError, "chose slot 9, expected a legal one: 0, 1, 2, 3, 4, 5, 6"),
        (lambda decisions: np.full(len(decisions["seed"]), -1), ValueError, "chose slot -1, expected a legal one"),
        (lambda decisions: decisions["legal"].argmin(1), ValueError, "expected a legal one"),
        (lambda decisions: np.zeros(len(decisions["seed"])), ValueError, "expected slots, whole numbers of shape"),
        (lambda decisions: 0, ValueError, "expected slots, whole numbers of shape"),
        (lambda decisions: None, ValueError, "expected slots, whole numbers of shape"),
        (lambda decisions: {}["x"], KeyError, "x"),
    ],
)
def test_a_bad_choice_is_an_error(function, error, sentence):
    with pytest.raises(error) as raised:
        rows(policy=function)
    assert sentence in str(raised.value)


def spoiled(how):
    def function(views, n):
        return how(uniform(views, n).copy(), views)

    return function


def held_where_excluded(worlds, views):
    """A domino goes to a seat that cannot have it, for another one that comes back."""
    for world, excluded in zip(worlds.reshape(-1, 3), np.repeat(views["excluded"], worlds.shape[1], 0)):
        for seat in range(3):
            for other in range(3):
                wrong, right = world[other] & excluded[seat], world[seat]
                if other != seat and wrong and right:
                    one, two = np.uint32(1 << (int(wrong).bit_length() - 1)), np.uint32(1 << (int(right).bit_length() - 1))
                    world[other] ^= one | two
                    world[seat] ^= one | two
    return worlds


def twice(worlds, views):
    worlds[:, :, 1] = worlds[:, :, 0]
    return worlds


@pytest.mark.parametrize(
    "how, error, sentence",
    [
        (lambda worlds, views: worlds[:, :-1], ValueError, "expected worlds, sets of 28 dominoes of shape"),
        (lambda worlds, views: worlds.astype(float), ValueError, "expected worlds, sets of 28 dominoes"),
        (lambda worlds, views: worlds | 1 << 30, ValueError, "expected worlds, sets of 28 dominoes"),
        (lambda worlds, views: worlds * 0, ValueError, "drew world 0: the left opponent holds 0 dominoes, expected 7"),
        (lambda worlds, views: worlds * 0 + 127, ValueError, "drew world 0: "),
        (twice, ValueError, "drew world 0: "),
        (held_where_excluded, ValueError, "although it could not follow that suit before"),
        (lambda worlds, views: {}["x"], KeyError, "x"),
    ],
)
def test_a_bad_world_is_an_error(how, error, sentence):
    with pytest.raises(error) as raised:
        rows(sampler=spoiled(how))
    assert sentence in str(raised.value)


def test_functions_are_for_the_cpu_and_say_so():
    devices = list(boneyard.devices()["devices"])
    assert next(boneyard.generate(games=1, samples=2, policy=best, evaluator="playout", device="auto"))
    if not devices:
        pytest.skip("there is no device here, not even a software one")
    for options in (dict(policy=best), dict(sampler=uniform)):
        with pytest.raises(ValueError, match="on a device: expected the CPU, where alone a function may take its place"):
            rows(**options, device=devices[0])


def test_what_does_not_fit_functions_is_refused():
    for options, sentence in [
        (dict(sampler=uniform, posterior="plays"), "does not weigh the worlds of sampler function:uniform"),
        (dict(sampler=uniform, samples=None, adaptive="se:1"), "does not go round by round"),
        (dict(policy=best, evaluator="contract"), "points"),
        (dict(policy=boneyard.sampler(uniform)), "policy: expected a description, a boneyard.Policy"),
        (dict(sampler=3), "sampler: expected a description, a boneyard.Sampler"),
    ]:
        with pytest.raises((ValueError, TypeError)) as raised:
            rows(**options)
        assert sentence in str(raised.value)
    with pytest.raises(ValueError, match="expected a word"):
        boneyard.policy(best, name="a:b")
    with pytest.raises(TypeError, match="expected a function"):
        boneyard.sampler(3)
    assert repr(boneyard.policy(best)) == "<boneyard.Policy: function:best, a function>"
    assert isinstance(boneyard.sampler(uniform), boneyard.Sampler) and isinstance(boneyard.policy(best), boneyard.Policy)


ADAPTIVE = dict(adaptive="gap:0.95", min_samples=24, max_samples=96)


def test_samples_that_adapt(tmp_path, command):
    made = rows(samples=None, **ADAPTIVE)
    assert set(made["stopped_by"]) >= {"gap"} and made["worlds_used"].max() <= 96
    same(made, rows(samples=None, **ADAPTIVE, batch_games=1))
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    boneyard.write(ours, games=3, seed=4, evaluator="playout", device="cpu", block=2, **ADAPTIVE)
    options = ["--adaptive", "gap:0.95", "--min-samples", "24", "--max-samples", "96", "--games", "3", "--seed", "4",
               "--evaluator", "playout", "--device", "cpu", "--block", "2"]
    subprocess.run([command, "generate", *options, "--out", theirs], check=True, capture_output=True)
    files = sorted(path.relative_to(theirs) for path in theirs.rglob("*.parquet"))
    assert files and files == sorted(path.relative_to(ours) for path in ours.rglob("*.parquet"))
    assert all((ours / path).read_bytes() == (theirs / path).read_bytes() for path in files)
    batch = next(boneyard.generate(games=2, evaluator="playout", device="cpu", evaluate_forced=True, **ADAPTIVE))
    found = boneyard.evaluate(batch, evaluator="playout", seed=batch["seed"], **ADAPTIVE)
    np.testing.assert_array_equal(found["e_q"], batch["e_q"])
    np.testing.assert_array_equal(found["stopped_by"], batch["stopped_by"])


def test_bad_targets_get_the_commands_sentences():
    for options, sentence in [
        (dict(adaptive="gap:2"), "adaptive gap:2: expected a confidence from 0.5 to 0.9999"),
        (dict(adaptive="best"), "adaptive best: expected se:X, gap:C or gap:C,zone:Z, such as"),
        (dict(adaptive="se:1", min_samples=2), "min_samples 2: expected 24 to 16777216 worlds"),
        (dict(adaptive="se:1", min_samples=50, max_samples=40), "max_samples 40: expected 50 (the least) to 16777216 worlds"),
        (dict(adaptive="se:1", samples=50), "samples 50: expected samples or adaptive se:1, not both"),
        (dict(min_samples=50), "min_samples 50: expected adaptive beside it"),
        (dict(adaptive="se:1", sampler="uniform"), "does not go round by round"),
    ]:
        for call in (boneyard.generate, boneyard.evaluate):
            given = {**{"device": "cpu"}, **options}
            with pytest.raises(ValueError) as raised:
                if call is boneyard.generate:
                    call(games=1, **given)
                else:
                    call({"seat": 0, "hand": boneyard.deal(7)[0], "declaration": 6, "leader": 0}, **given)
            assert sentence in str(raised.value)


def test_open_hands_are_solved_on_devices():
    with pytest.raises(ValueError, match="device"):
        boneyard.solve({"hands": boneyard.deal(7), "declaration": 6, "leader": 0}, device="tpu")
    with pytest.raises((ValueError, boneyard.Error), match="cuda:77"):
        boneyard.solve({"hands": boneyard.deal(7), "declaration": 6, "leader": 0}, device="cuda:77")
    devices = list(boneyard.devices()["devices"])
    if not devices:
        pytest.skip("there is no device here, not even a software one")
    batch = next(boneyard.generate(games=2, samples=2, evaluator="playout", device="cpu"))
    late = np.flatnonzero(batch["ply"] >= 14)
    hands, plays = boneyard.deal(batch["seed"][late]), batch["plays"][late]
    given = {"hands": hands, "declaration": batch["declaration"][late], "leader": 0, "plays": plays}
    np.testing.assert_array_equal(boneyard.solve(given, device=devices[0]), boneyard.solve(given))
