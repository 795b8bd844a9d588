"""The environment, by PettingZoo's own tests and by the rules."""

import numpy as np
import pytest

import boneyard

pytest.importorskip("pettingzoo")

from pettingzoo.test import api_test, performance_benchmark, seed_test  # noqa: E402

from boneyard.pettingzoo import AGENTS, env, raw_env  # noqa: E402


@pytest.mark.parametrize("options", [{}, dict(declaration="sixes", bidder=1, bid=42, reward="contract")])
def test_pettingzoos_own(options):
    api_test(env(**options), num_cycles=300)
    seed_test(lambda: env(**options), num_cycles=100)


def test_it_is_quick(capsys):
    performance_benchmark(env())
    turns = float(capsys.readouterr().out.split(" turns per second")[0].split("\n")[-1])
    assert turns > 1000


def play(game, choose):
    """To the end; the rewards of the agents."""
    rewards = {}
    for agent in game.agent_iter():
        observation, reward, termination, truncation, _ = game.last()
        rewards[agent] = reward
        game.step(None if termination or truncation else choose(observation))
    return rewards


def first(observation):
    return int(observation["action_mask"].argmax())


def test_a_hand_goes_by_the_rules():
    game = env(bidder=2, declaration=6)
    hands = boneyard.deal(11)
    game.reset(seed=1, options={"hands": hands})
    assert game.agent_selection == "seat_2"
    plays = []
    while not game.unwrapped._hand.is_over:
        hand = game.unwrapped._hand
        position = {"hands": hands, "declaration": 6, "leader": 2, "plays": [plays]}
        legal = boneyard.legal(position)
        assert game.agent_selection == f"seat_{legal['mover'][0]}"
        observation = game.observe(game.agent_selection)
        np.testing.assert_array_equal(observation["action_mask"], legal["legal"][0])
        np.testing.assert_array_equal(observation["observation"], boneyard.encode(position)[0])
        other = game.observe(f"seat_{(legal['mover'][0] + 1) % 4}")
        assert not other["action_mask"].any()
        slot = first(observation)
        plays.append(int(hands[legal["mover"][0], slot]))
        game.step(slot)
        assert hand.plays[: len(plays)] == plays
    final = boneyard.legal({"hands": hands, "declaration": 6, "leader": 2, "plays": [plays]})
    margin = (int(final["banked"][0, 0]) - int(final["banked"][0, 1])) / 42
    assert game.unwrapped.rewards == {"seat_0": margin, "seat_1": -margin, "seat_2": margin, "seat_3": -margin}


def test_no_observation_tells_hidden_hands():
    """Two deals that differ in what the others hold look alike to who moves."""
    game = env(bidder=0, declaration=3)
    hands = boneyard.deal(5)
    swapped = hands.copy()
    swapped[1, 0], swapped[3, 0] = hands[3, 0], hands[1, 0]
    seen = []
    for deal in (hands, np.sort(swapped, axis=1)):
        game.reset(seed=1, options={"hands": deal})
        seen.append([game.observe(agent)["observation"] for agent in ("seat_0", "seat_2")])
    np.testing.assert_array_equal(seen[0], seen[1])


def test_rewards_of_the_contract():
    for seed in range(20):
        game = env(reward="contract")
        game.reset(seed=seed)
        rewards = play(game, first)
        assert set(rewards.values()) == {1.0, -1.0} and rewards["seat_0"] == rewards["seat_2"] != rewards["seat_1"]


def test_seeds_deal():
    def hands(seed):
        game = raw_env()
        game.reset(seed=seed)
        return [game._hand.hand(seat) for seat in range(4)]

    assert hands(3) == hands(3) != hands(4)


def test_bad_arguments_get_one_sentence():
    for options, sentence in [
        (dict(declaration="sevens"), "declaration `sevens`"),
        (dict(declaration=10), "is not a declaration"),
        (dict(bid=29), "29 is not a bid"),
        (dict(bidder=4), "4 is not a seat"),
        (dict(reward="money"), "reward money: expected points or contract"),
        (dict(render_mode="human"), "render_mode human"),
    ]:
        with pytest.raises(ValueError) as raised:
            env(**options)
        assert sentence in str(raised.value)
    game = raw_env()
    game.reset(seed=1)
    with pytest.raises(ValueError, match="slot 7: expected a legal one, 0, 1"):
        game.step(7)


def test_it_is_drawn():
    game = env(render_mode="ansi")
    game.reset(seed=1)
    assert "leader" in game.render() and game.agent_selection in AGENTS
