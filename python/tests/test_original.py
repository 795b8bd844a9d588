"""The original's call."""

import numpy as np
import pytest

import boneyard
from boneyard.original import (
    AdaptiveConfig,
    DecisionRecordGPU,
    ExplorationPolicy,
    GameRecordGPU,
    PosteriorConfig,
    deal_from_seed,
    generate_eq_games_gpu,
)
from conftest import ROOT
from test_evaluators import pips, tensors, transformer

GOLDEN = ROOT / "tests" / "golden"


def played(model=None, **options):
    hands = [deal_from_seed(seed) for seed in (11, 12, 13)]
    return hands, generate_eq_games_gpu(
        model=model, hands=hands, decl_ids=[6, 3, 9], **{"n_samples": 8, "device": "cpu", "greedy": True, **options}
    )


def array(value):
    return np.asarray(value)


def test_records_have_the_originals_fields():
    hands, games = played()
    assert len(games) == 3
    for game, dealt, declaration in zip(games, hands, [6, 3, 9]):
        assert isinstance(game, GameRecordGPU) and isinstance(game.decisions[0], DecisionRecordGPU)
        assert len(game.decisions) == 28 and game.hands == dealt and game.decl_id == declaration
        gone = [set() for _ in range(4)]
        for decision in game.decisions:
            legal, e_q = array(decision.legal_mask), array(decision.e_q)
            assert legal[decision.action_taken] and decision.action_taken not in gone[decision.player]
            gone[decision.player].add(decision.action_taken)
            assert np.isfinite(e_q[legal]).all() and (e_q[~legal] == -np.inf).all()
            pdf = array(decision.e_q_pdf)
            assert pdf.shape == (7, 85)
            np.testing.assert_allclose(pdf.sum(1), legal, atol=1e-6)
            np.testing.assert_allclose((pdf * np.arange(-42, 43)).sum(1)[legal], e_q[legal], atol=1e-4)
            np.testing.assert_allclose(
                (pdf * np.arange(-42, 43) ** 2).sum(1)[legal] - e_q[legal] ** 2, array(decision.e_q_var)[legal], atol=1e-2
            )
            sigma = np.sqrt(array(decision.e_q_var)[legal])
            assert decision.u_max == pytest.approx(sigma.max()) and decision.u_mean == pytest.approx(sigma.mean(), rel=1e-5)
            assert decision.n_samples <= 8 and decision.ess == decision.n_samples
            assert decision.exploration_mode is None and decision.q_gap is None and decision.greedy_action is None


def test_they_are_the_rows_of_generate():
    """Deals of consecutive seeds with one declaration are games of `generate`."""
    seeds = range(20, 24)
    games = generate_eq_games_gpu(None, [deal_from_seed(seed) for seed in seeds], [4] * 4, 10, device="cpu", seeds=seeds)
    rows = next(
        boneyard.generate(games=4, samples=10, seed=20, declaration=4, policy="p-make", evaluate_forced=True, device="cpu")
    )
    decisions = [decision for game in games for decision in game.decisions]
    np.testing.assert_array_equal([decision.action_taken for decision in decisions], rows["action"])
    np.testing.assert_array_equal([decision.player for decision in decisions], rows["seat"])
    e_q = np.stack([array(decision.e_q) for decision in decisions])
    np.testing.assert_array_equal(np.where(np.isinf(e_q), np.nan, e_q), rows["e_q"])


def test_exploration():
    _, games = played(exploration_policy=ExplorationPolicy.mixed_exploration(epsilon=0.5, blunder_rate=0.3))
    decisions = [decision for game in games for decision in game.decisions]
    modes = {decision.exploration_mode for decision in decisions}
    assert modes == {0, 1, 2, 3}
    for decision in decisions:
        e_q = array(decision.e_q)
        assert decision.q_gap == pytest.approx(e_q[decision.greedy_action] - e_q[decision.action_taken])
        assert decision.greedy_action == e_q.argmax()
    for policy in (ExplorationPolicy.greedy(), ExplorationPolicy.boltzmann(), ExplorationPolicy.epsilon_greedy()):
        assert len(played(exploration_policy=policy)[1]) == 3
    _, drawn = played(greedy=False)
    _, best = played()
    assert [d.action_taken for d in drawn[0].decisions] != [d.action_taken for d in best[0].decisions]


def values(games):
    return np.stack([array(decision.e_q) for game in games for decision in game.decisions[:1]])


def test_models_of_every_kind():
    path = GOLDEN / "small.ckpt"
    weights = tensors(GOLDEN / "weights_small.safetensors")
    expected = values(played(str(path))[1])
    assert not np.array_equal(expected, values(played()[1]))
    np.testing.assert_array_equal(values(played(path)[1]), expected)
    np.testing.assert_array_equal(values(played(f"net:{path}")[1]), expected)
    np.testing.assert_array_equal(values(played(weights, heads=4)[1]), expected)
    np.testing.assert_allclose(values(played(transformer(weights, heads=4))[1]), expected, atol=2 / 256)
    assert len(played(pips)[1]) == 3


def test_contracts_may_be_given():
    _, games = played(bid_values=[30, 35, 42], bidders=[1, 2, 3])
    assert [game.decisions[0].player for game in games] == [1, 2, 3]


def test_what_is_not_there_is_refused():
    for options, sentence in [
        (dict(posterior_config=PosteriorConfig(enabled=True)), "posterior_config: expected None"),
        (dict(adaptive_config=AdaptiveConfig(enabled=True)), "adaptive_config: expected None"),
        (dict(seeds=[1, 3, 5]), "seeds: expected 3 consecutive numbers"),
        (dict(n_samples=0), "samples 0: expected 1 to"),
        (dict(device="cuda:1000"), "is not available"),
        (dict(bidders=[1, 2]), "expected one number for all, or 3"),
    ]:
        with pytest.raises(ValueError) as raised:
            played(**options)
        assert sentence in str(raised.value), str(raised.value)
    played(posterior_config=PosteriorConfig(), adaptive_config=AdaptiveConfig())
