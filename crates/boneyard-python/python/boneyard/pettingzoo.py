"""Texas 42 as an environment of PettingZoo, with `pip install boneyard[pettingzoo]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import gymnasium
import numpy as np
from pettingzoo import AECEnv
from pettingzoo.utils import wrappers

from ._boneyard import DECLARATIONS, KNOWN, Hand

if TYPE_CHECKING:
    from collections.abc import Mapping

AGENTS = ("seat_0", "seat_1", "seat_2", "seat_3")
"""The agents, clockwise; seats 0 and 2 are partners."""


def env(
    declaration: int | str = "cycle",
    bid: int = 30,
    bidder: int | None = None,
    reward: str = "points",
    render_mode: str | None = None,
) -> AECEnv:
    """The environment, with PettingZoo's usual checks of actions.

    Args:
        declaration: `cycle` draws one for every hand; else 0-9 or a name.
        bid: 30-42 points, or a multiple of 42 for marks.
        bidder: Who bid and leads, a seat 0-3; drawn for every hand if None.
        reward: When a hand ends each agent gets, as `points`, those of its team less those of the other, divided by 42; as
            `contract`, 1 if its team made the contract or set it, else −1. Before the end it is 0.
        render_mode: `ansi`: `render` gives a line of text.

    An action is a slot 0-6 of the seven dominoes that the agent was dealt, ascending by id. An observation is a dictionary:
    `observation` `[330]` float32, what the agent knows, as `boneyard.encode` tells, and `action_mask` `[7]` int8. Whose turn
    it is not may play nothing.

    `reset(seed=…)` deals a hand; without a seed the next one of a series. `options` may give `hands`, `[4, 7]` domino ids,
    `declaration`, `bidder` and `bid` for this hand; other options are passed over.

    Raises:
        ValueError: An argument is wrong.

    >>> from boneyard.pettingzoo import env
    >>> game = env()
    >>> game.reset(seed=7)
    >>> game.observe(game.agent_selection)["action_mask"]
    array([1, 1, 1, 1, 1, 1, 1], dtype=int8)
    """
    game = raw_env(declaration, bid, bidder, reward, render_mode)
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(game))


class raw_env(AECEnv):
    """The environment without checks; `env` tells about it."""

    metadata: ClassVar[dict[str, Any]] = {"name": "texas_42_v0", "render_modes": ["ansi"], "is_parallelizable": False}

    def __init__(
        self,
        declaration: int | str = "cycle",
        bid: int = 30,
        bidder: int | None = None,
        reward: str = "points",
        render_mode: str | None = None,
    ) -> None:
        super().__init__()
        if reward not in ("points", "contract"):
            raise ValueError(f"reward {reward}: expected points or contract")
        if render_mode not in (None, "ansi"):
            raise ValueError(f"render_mode {render_mode}: expected ansi or None")
        self._declaration = None if declaration == "cycle" else _declaration(declaration)
        self._bid, self._bidder, self._reward, self.render_mode = bid, bidder, reward, render_mode
        self.possible_agents = list(AGENTS)
        space = gymnasium.spaces.Dict(
            {
                "observation": gymnasium.spaces.Box(0.0, 100.0, (KNOWN,), np.float32),
                "action_mask": gymnasium.spaces.Box(0, 1, (7,), np.int8),
            }
        )
        self.observation_spaces = dict.fromkeys(AGENTS, space)
        self.action_spaces = {agent: gymnasium.spaces.Discrete(7) for agent in AGENTS}
        self._random = np.random.default_rng()
        # Wrong arguments are told now, not at the first hand.
        Hand.dealt(0, "native", self._declaration or 0, bidder or 0, bid)

    def observation_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.spaces.Space[Any]:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> None:
        if seed is not None:
            self._random = np.random.default_rng(seed)
        given = dict(options or {})
        drawn = self._random.integers(0, [1 << 62, 10, 4])
        bidder = self._bidder if self._bidder is not None else int(drawn[2])
        bidder, bid = int(given.pop("bidder", bidder)), int(given.pop("bid", self._bid))
        declaration = self._declaration if self._declaration is not None else int(drawn[1])
        declaration = _declaration(given.pop("declaration", declaration))
        hands = given.pop("hands", None)
        if hands is None:
            self._hand = Hand.dealt(int(drawn[0]), "native", declaration, bidder, bid)
        else:
            self._hand = Hand(np.asarray(hands).tolist(), declaration, bidder, bid)
        self.agents = list(AGENTS)
        self.rewards = dict.fromkeys(AGENTS, 0.0)
        self._cumulative_rewards = dict.fromkeys(AGENTS, 0.0)
        self.terminations = dict.fromkeys(AGENTS, False)
        self.truncations = dict.fromkeys(AGENTS, False)
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in AGENTS}
        self.agent_selection = AGENTS[self._hand.mover]

    def observe(self, agent: str) -> dict[str, np.ndarray]:
        seat = AGENTS.index(agent)
        legal = self._hand.legal if self._hand.mover == seat else 0
        mask = np.array([legal >> slot & 1 for slot in range(7)], np.int8)
        return {"observation": self._hand.known(seat), "action_mask": mask}

    def step(self, action: int | None) -> None:
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        if action is None:
            raise ValueError(f"action None: expected a slot 0-6, as {agent} has not ended")
        self._cumulative_rewards[agent] = 0.0
        self._hand.play(action)
        if self._hand.is_over:
            rewards = self._won()
            self.rewards = dict(zip(AGENTS, rewards))
            self.terminations = dict.fromkeys(AGENTS, True)
            # Who would be next, as far as order goes.
            self.agent_selection = AGENTS[(AGENTS.index(agent) + 1) % 4]
        else:
            self._clear_rewards()
            self.agent_selection = AGENTS[self._hand.mover]
        self._accumulate_rewards()

    def _won(self) -> list[float]:
        hand = self._hand
        if self._reward == "points":
            margin = (hand.banked[0] - hand.banked[1]) / 42
        else:
            margin = float(hand.contract if hand.bidder % 2 == 0 else -hand.contract)
        return [margin, -margin, margin, -margin]

    def render(self) -> str | None:
        if self.render_mode is None:
            gymnasium.logger.warn("render was called without a render mode")
            return None
        return repr(self._hand)

    def close(self) -> None:
        pass


def _declaration(given: int | str) -> int:
    if isinstance(given, str):
        if given not in DECLARATIONS:
            raise ValueError(f"declaration `{given}`: expected cycle, 0-9 or one of {', '.join(DECLARATIONS)}")
        return DECLARATIONS.index(given)
    return int(given)
