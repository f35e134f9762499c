"""Evaluation from start states that all algorithms, seeds and checkpoints share. It is not counted in the budget."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor
from rlbench.envs.env import LONGEST, Env
from rlbench.numerics.moments import variance
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.actions import check_actions, checked_at_first
from rlbench.training.sampler import space_of
from rlbench.training.unroll import run_until_done

EPISODES = 10
"""Number of episodes with the mean action, and of episodes with sampled actions."""

_NOISE_BLOCK = 100

COLUMNS = (
    "eval_return_det",
    "eval_return_det_std",
    "eval_return_stoch",
    "eval_return_stoch_std",
    "eval_length_det",
)


def evaluation_starts(_: int, block: int):
    """The stream of start states that all evaluations share."""
    return stream(0, Purpose.EVALUATION_STARTS, block)


class Evaluator:
    """The evaluation worlds of a job, 2 x EPISODES for each seed: one half acts by the mean, the other samples."""

    def __init__(self, make_env: Callable[[int], Env]) -> None:
        self._env = make_env(2 * EPISODES)
        self._env.reset()
        self._start = self._env.state()

    def __call__(self, actor: Actor) -> dict[str, Tensor]:
        """Evaluate all seeds. For each of COLUMNS: one number per seed, a mean or standard deviation over episodes."""
        returns, lengths = (each.cpu() for each in self._episodes(actor))
        det, stoch = returns.split(EPISODES, 1)
        values = (
            det.mean(1),
            variance(det).sqrt(),
            stoch.mean(1),
            variance(stoch).sqrt(),
            lengths[:, :EPISODES].mean(1),
        )
        return dict(zip(COLUMNS, values, strict=True))

    def _episodes(self, actor: Actor) -> tuple[Tensor, Tensor]:
        """Return and length of one episode in each world, `[S, 2 * EPISODES]`."""
        env, noise = self._env, torch.empty(0)
        obs = env.restore(self._start)
        choose = checked_at_first(actor.act, self._check_actions)

        def act(t: int, obs: Tensor) -> Tensor:
            nonlocal noise
            if t % _NOISE_BLOCK == 0:
                noise = self._noise(actor, t // _NOISE_BLOCK)
            return choose(obs.float(), noise[t % _NOISE_BLOCK].expand(obs.shape[0], -1, -1))

        moving = torch.ones(obs.shape[:2], dtype=torch.bool, device=obs.device)
        outcome = run_until_done(env.advance, act, obs, moving, env.max_episode_steps or LONGEST)
        env.check()
        return outcome.returns, outcome.lengths.double()

    def _check_actions(self, action: Any) -> None:
        env = self._env
        check_actions(action, space_of(env), len(env.seeds), env.num_envs, finite=False)

    def _noise(self, actor: Actor, block: int) -> Tensor:
        """`[block, 2 * EPISODES, K]`: the noise of some steps, 0 in the worlds that act by the mean."""
        drawn = actor.noise(stream(0, Purpose.EVALUATION_ACTIONS, block), _NOISE_BLOCK, 2 * EPISODES)
        drawn[:, :EPISODES] = 0
        return torch.from_numpy(drawn).to(self._env.device)
