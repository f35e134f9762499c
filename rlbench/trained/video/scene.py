"""One policy at work: its world, its return so far, and its pictures."""

from typing import Any

import numpy as np

from rlbench.envs.env import LONGEST
from rlbench.trained.episodes import action_rng
from rlbench.trained.policy import Policy
from rlbench.trained.video.camera import Stage

SLOWEST, FASTEST = 1.0, 1000.0
"""Steps a second that an environment may say it has."""
UNKNOWN_RATE = 30.0
"""Steps a second of an environment that says nothing."""
TERMINATED, TRUNCATED = "ended", "time limit"
"""How an episode ended, as the picture says it."""


class Scene:
    """An episode that is played step by step, and drawn when asked for."""

    def __init__(self, policy: Policy, stage: Stage, reset_seed: int, deterministic: bool) -> None:
        self.policy, self._deterministic = policy, deterministic
        self._world, self._camera = stage.make()
        self._rng = action_rng(reset_seed)
        self._obs: Any = self._world.reset(seed=reset_seed)[0]
        self.total, self.steps = 0.0, 0
        self.ended = ""
        """Empty while the episode goes on; then how it ended."""
        self._last: np.ndarray | None = None

    @property
    def rate(self) -> float:
        """Steps a second of the environment's time."""
        said = self._world.metadata.get("render_fps")
        known = isinstance(said, int | float) and SLOWEST <= said <= FASTEST
        return float(said) if known else UNKNOWN_RATE  # type: ignore[arg-type]

    def step(self) -> None:
        """Take one step, if the episode goes on."""
        if self.ended:
            return
        action = self.policy.act(self._obs, self._deterministic, self._rng)
        self._obs, reward, terminated, truncated, _ = self._world.step(action)
        self.total, self.steps = self.total + float(reward), self.steps + 1
        if terminated or truncated or self.steps >= LONGEST:
            self.ended = TERMINATED if terminated else TRUNCATED

    def picture(self) -> np.ndarray:
        """The present state; after the end the last one."""
        if self._last is None:
            drawn = self._camera.picture()
            if not self.ended:
                return drawn
            self._last = drawn.copy()
        return self._last

    def close(self) -> None:
        """Free the world."""
        self._camera.close()
        self._world.close()
