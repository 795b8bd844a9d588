"""Questions in arrays, held against golden data and the command's calculators."""

import json
import subprocess
import sys

import numpy as np
import pytest

import boneyard
from conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


def asked(command, question, positions, *options):
    """The calculator's answers to positions."""
    lines = "".join(json.dumps(position) + "\n" for position in positions)
    done = subprocess.run([command, question, *options], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def slots(values):
    """A row by slot, NaN for null."""
    return np.array([np.nan if value is None else value for value in values], np.float32)


@pytest.fixture(scope="module")
def positions():
    """Positions of games that some policy played, at all plies, with several contracts."""
    found = []
    for options in [dict(seed=3), dict(seed=17, bidder=2, bid=42, policy="mixed")]:
        for batch in boneyard.generate(games=4, samples=3, device="cpu", **options):
            hands = boneyard.deal(batch["seed"])
            for i in range(0, len(batch), 3):
                plays = batch["plays"][i]
                found.append(
                    {
                        "hands": hands[i].tolist(),
                        "declaration": int(batch["declaration"][i]),
                        "leader": int(batch["leader"][i]),
                        "plays": plays[plays >= 0].tolist(),
                        "bid": int(batch["bid"][i]),
                        "bidder": int(batch["bidder"][i]),
                    }
                )
    return found


def test_deals_are_pythons():
    import random

    for seed in [0, 7, 2**31, 2**64 - 1]:
        dominoes = list(range(28))
        random.Random(seed).shuffle(dominoes)
        expected = [sorted(dominoes[7 * seat :][:7]) for seat in range(4)]
        assert boneyard.deal(seed).tolist() == expected
    assert boneyard.deal(np.arange(5)).shape == (5, 4, 7)
    assert (boneyard.deal(5, "native") != boneyard.deal(5)).any()


def replayed(rows):
    """Golden positions, which name plays by slot, with dominoes in their place."""
    given = [
        {"hands": row["hands"], "declaration": row["decl"], "leader": row["first_leader"], "plays": []} for row in rows
    ]
    for ply in range(28):
        going_on = [i for i, row in enumerate(rows) if len(row["slots"]) > ply]
        if not going_on:
            return given
        movers = boneyard.legal([given[i] for i in going_on])["mover"]
        for i, mover in zip(going_on, movers.tolist()):
            given[i]["plays"].append(rows[i]["hands"][mover][rows[i]["slots"][ply]])
    return given


def test_solve_gives_the_golden_values():
    rows = [row for row in golden("solver")["positions"] if row["ply"] >= 6]
    assert len(rows) > 100
    found = boneyard.solve(replayed(rows))
    for row, values in zip(rows, found):
        np.testing.assert_array_equal(values, slots(row["q_mover"]))


def test_legal_is_the_commands(positions, command):
    found = boneyard.legal(positions)
    for i, answer in enumerate(asked(command, "legal", positions)):
        assert found["mover"][i] == answer["mover"]
        assert np.flatnonzero(found["legal"][i]).tolist() == answer["slots"]
        assert [id for id in found["trick"][i].tolist() if id >= 0] == answer["table"]
        assert found["banked"][i].tolist() == answer["banked"]
        assert found["contract"][i] == {None: 0, "made": 1, "set": -1}[answer["contract"]]


def test_tokens_are_the_commands(positions, command):
    found = boneyard.tokens(positions)
    for i, answer in enumerate(asked(command, "tokens", positions)):
        np.testing.assert_array_equal(found["tokens"][i], answer["tokens"])
        np.testing.assert_array_equal(found["mask"][i], np.array(answer["mask"], bool))
        assert found["mover"][i] == answer["mover"]


def test_folded_tokens_say_the_same(positions):
    features, folded = boneyard.tokens(positions), boneyard.tokens(positions, form="folded")
    assert folded["tokens"].dtype == np.uint16
    # Rows are one to one with what they fold: the domino, and the role.
    seen = {}
    for tokens, mask, rows, mover in zip(features["tokens"], features["mask"], folded["tokens"], features["mover"]):
        for row in range(32):
            token = 0 if row == 28 else row if row > 28 else 1 + 7 * ((mover + row // 7) % 4) + row % 7
            if not mask[token]:
                assert rows[row].tolist() == [65535, 65535]
                continue
            assert rows[row][0] < 290 and rows[row][1] < 256
            key = tuple(rows[row].tolist())
            assert seen.setdefault(key, tokens[token].tobytes()) == tokens[token].tobytes()
    assert len(set(seen.values())) == len(seen)


def test_worlds_are_the_commands(positions, command):
    found = boneyard.worlds(positions, draw=4, seed=5)
    for i, answer in enumerate(asked(command, "worlds", positions, "--draw", "4", "--seed", "5")):
        assert found["mover"][i] == answer["mover"] and found["count"][i] == answer["count"]
        assert np.flatnonzero(found["unseen"][i]).tolist() == answer["unseen"]
        assert found["sizes"][i].tolist() == answer["sizes"]
        for world, draw in zip(found["worlds"][i], answer["draws"]):
            assert [[id for id in range(28) if hand >> id & 1] for hand in world.tolist()] == draw["hands"]


@pytest.mark.parametrize("sampler", ["affine", "uniform"])
def test_evaluate_is_the_commands(positions, command, sampler):
    found = boneyard.evaluate(positions, 12, sampler=sampler, seed=9, policy="softmax:2")
    options = ["--samples", "12", "--sampler", sampler, "--seed", "9", "--policy", "softmax:2"]
    for i, answer in enumerate(asked(command, "evaluate", positions, *options)):
        for name in ("e_q", "q_var", "p_make"):
            np.testing.assert_array_equal(found[name][i], slots(answer[name]), err_msg=name)
        assert found["worlds_total"][i] == answer["worlds_total"] and found["worlds_used"][i] == answer["worlds_used"]
        assert found["exact"][i] == answer["exact"] and found["choice"][i] == answer["choice"]


def test_evaluate_gives_the_numbers_of_a_batch():
    """A batch's rows are views themselves."""
    batch = next(boneyard.generate(games=3, samples=10, seed=40, device="cpu", evaluate_forced=True))
    found = boneyard.evaluate(batch, 10, seed=batch["seed"])
    for name in ("e_q", "q_var", "p_make", "legal", "worlds_total", "worlds_used", "exact"):
        np.testing.assert_array_equal(found[name], batch[name], err_msg=name)
    np.testing.assert_array_equal(found["choice"], batch["greedy"])


def test_other_evaluators():
    batch = next(boneyard.generate(games=2, samples=10, device="cpu"))
    playout = boneyard.evaluate(batch, 10, evaluator="playout")
    corrected = boneyard.evaluate(batch, 10, evaluator="corrected:2,playout")
    assert "correction_se" in corrected and "correction_se" not in playout
    assert not np.array_equal(playout["e_q"], corrected["e_q"], equal_nan=True)
    network = f"net:{GOLDEN / 'small.ckpt'}"
    assert np.isfinite(boneyard.evaluate(batch, 2, evaluator=network)["e_q"][batch["legal"]]).all()


def test_a_device_answers_the_same(positions):
    devices = list(boneyard.devices()["devices"])
    if not devices:
        pytest.skip("there is no device here, not even a software one")
    late = [position for position in positions if len(position["plays"]) >= 12]
    for options in [dict(policy="softmax:2"), dict(evaluator="corrected:2,playout"), dict(evaluator="contract", policy="p-make")]:
        here, there = (boneyard.evaluate(late, 6, seed=4, device=device, **options) for device in ("cpu", devices[0]))
        assert here.keys() == there.keys()
        for name in here:
            np.testing.assert_array_equal(here[name], there[name], err_msg=f"{options} {name}")


def test_notations_mean_the_same():
    ids = {"hands": boneyard.deal(7), "declaration": 6, "leader": 0}
    text = [" ".join(boneyard.DOMINOES[id] for id in hand) for hand in boneyard.deal(7)]
    first = boneyard.DOMINOES[boneyard.deal(7)[0, 0]]
    for given in [
        {"hands": text, "declaration": "sixes", "leader": 0, "plays": first},
        {"hands": [hand.split() for hand in text], "declaration": [6], "leader": [0], "plays": [first]},
        {"hands": boneyard.deal(7)[None].astype(np.int64), "declaration": np.array(6), "leader": 0.0, "plays": [[first]]},
        {"hands": np.asfortranarray(boneyard.deal(7)), "declaration": "sixes", "leader": 0,
         "plays": np.array([[boneyard.deal(7)[0, 0]]], np.int16)},
    ]:
        left = boneyard.legal(given)
        right = boneyard.legal({**ids, "plays": [int(boneyard.deal(7)[0, 0])]})
        for name in left:
            np.testing.assert_array_equal(left[name], right[name])


def test_encode_tells_what_the_mover_knows_and_no_more(positions):
    known = boneyard.encode(positions)
    assert known.shape == (len(positions), 330) and known.dtype == np.float32
    # The same from the view, without the other hands.
    legal = boneyard.legal(positions)
    views = []
    for position, mover in zip(positions, legal["mover"].tolist()):
        view = {key: value for key, value in position.items() if key != "hands"}
        views.append({**view, "seat": mover, "hand": position["hands"][mover]})
    np.testing.assert_array_equal(known, boneyard.encode(views))
    sets = known[:, :252].reshape(-1, 9, 28)
    hand, playable, unseen, played, table = sets[:, 0], sets[:, 1], sets[:, 2], sets[:, 3:7], sets[:, 7]
    # Every domino is in hand, unseen or played, once.
    np.testing.assert_array_equal(hand + unseen + played.sum(1), np.ones_like(hand))
    assert ((playable <= hand).all() and (table <= played.sum(1)).all())
    np.testing.assert_array_equal(playable.sum(1), legal["legal"].sum(1))
    assert (known[:, 276:286].sum(1) == 1).all() and (known[:, 294:322].argmax(1) == played.sum((1, 2))).all()
    worlds = boneyard.worlds(positions)
    np.testing.assert_allclose(known[:, 325:328] * 7, worlds["sizes"], rtol=1e-6)
    # Different information sets are different rows.
    assert len(np.unique(known, axis=0)) == len(positions)


GOOD = {"hands": np.arange(28).reshape(4, 7), "declaration": 6, "leader": 0}


@pytest.mark.parametrize(
    "change, sentence",
    [
        (dict(hands=None), "missing field `hand`"),
        (dict(hands=np.zeros((4, 7), int)), "position 0: "),
        (dict(hands=np.full((4, 7), 28)), "hands 28: expected 0 to 27"),
        (dict(hands=np.zeros((4, 6), int)), "four hands of 7 dominoes"),
        (dict(hands=np.zeros((1, 4, 7), complex)), "expected whole numbers, not complex128"),
        (dict(hands=np.full((4, 7), np.nan)), "expected whole numbers"),
        (dict(hands=["6-4 7-1", "", "", ""]), "hands `7-1`"),
        (dict(hands=[[0], [1, 2], [3], [4]]), "four hands of 7 dominoes"),
        (dict(declaration="sevens"), "declaration `sevens`: expected 0-9 or one of blanks"),
        (dict(declaration=10), "position 0: `10` is not a declaration"),
        (dict(declaration=[1, 2]), "declaration: expected one number for all, or 1"),
        (dict(leader=4), "position 0: 4 is not a seat"),
        (dict(leader=-1), "leader -1: expected 0 to 255"),
        (dict(bid=29), "position 0: 29 is not a bid"),
        (dict(plays=[7]), "position 0: "),
        (dict(plays=[0, 0]), "position 0: "),
        (dict(plays=[-1, 0]), "no domino after a -1"),
        (dict(plays=list(range(28)) + [0]), "at most 28"),
        (dict(plays=3), "plays: expected"),
        (dict(colour=1), "unknown field `colour`"),
    ],
)
def test_bad_positions_get_one_sentence(change, sentence):
    with pytest.raises(ValueError) as raised:
        boneyard.solve({**GOOD, **change})
    assert sentence in str(raised.value)


def test_bad_arguments_get_one_sentence():
    position = {**GOOD, "hands": boneyard.deal(1)}
    for call, sentence in [
        (lambda: boneyard.evaluate(position, 0), "samples 0: expected 1 to"),
        (lambda: boneyard.evaluate(position, seed=[1, 2]), "seed: expected one for all, or 1"),
        (lambda: boneyard.evaluate(position, evaluator="x"), "evaluator x: expected solver"),
        (lambda: boneyard.evaluate(position, evaluator="contract"), "needs E[Q]"),
        (lambda: boneyard.worlds(position, draw=1 << 30), "draw 1073741824: expected at most"),
        (lambda: boneyard.tokens(position, form="bits"), "form bits: expected features or folded"),
        (lambda: boneyard.deal(-1), "seed -1: expected 0 to"),
        (lambda: boneyard.deal(1, "perl"), "deals perl: expected python or native"),
        (lambda: boneyard.solve([]), "expected at least one"),
        (lambda: boneyard.solve([position, 3]), "position 1: expected a mapping"),
        (lambda: boneyard.solve(5), "positions: expected a mapping"),
        (lambda: boneyard.solve({"seat": 0, "hand": range(7), "declaration": 1, "leader": 0}), "open hands, not views"),
        (lambda: boneyard.encode({**GOOD, "seat": 0, "hands": None, "hand": [0, 0, 1, 2, 3, 4, 5]}), "position 0: "),
    ]:
        with pytest.raises(ValueError) as raised:
            call()
        assert sentence in str(raised.value), str(raised.value)


def test_a_position_that_is_over_has_no_move():
    batch = next(boneyard.generate(games=1, samples=1, device="cpu"))
    plays = np.append(batch["plays"][27][:27], batch["domino"][27])
    over = {"hands": boneyard.deal(0), "declaration": int(batch["declaration"][0]), "leader": 0, "plays": [plays.tolist()]}
    answer = boneyard.legal(over)
    assert answer["mover"][0] == -1 and not answer["legal"].any() and answer["banked"].sum() == 42
    with pytest.raises(ValueError, match="position 0: "):
        boneyard.solve(over)


def test_rows_that_are_read_only_or_not_contiguous_work():
    hands = np.repeat(boneyard.deal(np.arange(6)), 2, axis=0)[::2]
    hands.flags.writeable = False
    given = {"hands": hands, "declaration": np.arange(12)[::2] % 10, "leader": np.zeros(6, np.int64)}
    assert boneyard.legal(given)["mover"].tolist() == [0] * 6
    assert repr(boneyard.Positions.of(given)[1:3]) == "<boneyard.Positions: 2 positions>"


def test_control_c_ends_a_question():
    code = """
import boneyard, numpy, threading, _thread, time
positions = {"hands": boneyard.deal(numpy.arange(200_000)), "declaration": "sixes", "leader": 0}
for call in [lambda: boneyard.solve(positions), lambda: boneyard.evaluate(positions, 50)]:
    threading.Timer(1.5, lambda: (globals().update(t=time.monotonic()), _thread.interrupt_main())).start()
    try:
        call()
    except KeyboardInterrupt:
        assert time.monotonic() - t < 1, time.monotonic() - t
    else:
        raise AssertionError("not interrupted")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_questions_work_after_a_fork():
    code = """
import boneyard, os
position = {"hands": boneyard.deal(range(50)), "declaration": "sixes", "leader": 0, "plays": [[]] * 50}
before = boneyard.solve(position)
child = os.fork()
if child == 0:
    os._exit(0 if (boneyard.solve(position) == before).all() else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)
