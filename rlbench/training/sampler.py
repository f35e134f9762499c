"""The sampler: the only code that steps the worlds of training, and counts every transition."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Batch, Branches, Metrics, Played, Space
from rlbench.envs.env import LONGEST, Env
from rlbench.errors import UserError
from rlbench.numerics.streams import Purpose, stream
from rlbench.numerics.tables import Tables
from rlbench.training.actions import check_actions, checked_at_first
from rlbench.training.clock import Clock
from rlbench.training.observation_moments import ObservationMoments
from rlbench.training.recorder import Episode, Recorder, SavedStates
from rlbench.training.trees import Tree
from rlbench.training.unroll import Outcome, run_until_done

UNLIMITED = 1e6
"""Half the width of a range of actions that is taken for no limit at all: some tasks write none as a large number."""


def space_of(env: Env) -> Space:
    """The Space of an environment: its sizes, its actions' ranges, and whether it can be saved or has tables."""
    half = (env.action_high.double() - env.action_low.double()) / 2
    limited = (half > 0) & (half < UNLIMITED)
    scale = () if env.num_actions else tuple(torch.where(limited, half, 1.0).tolist())
    return Space(env.obs_size, env.action_size, env.num_actions, env.exact_saves, env.tables is not None, scale)


class EnvSampler:
    """Implements the algorithms' `Sampler` on an environment, with every seed's position in its random streams."""

    def __init__(
        self,
        env: Env,
        budget: int,
        more_worlds: Callable[[int], Env] | None = None,
        clock: Clock | None = None,
        depends_on_budget: bool = False,
    ) -> None:
        """`more_worlds(n)` makes n further worlds for each seed, for branches.

        Only an algorithm that `depends_on_budget` may read `progress`.
        """
        self.env = env
        self._more_worlds = more_worlds
        self._branch_env: Env | None = None
        self._recorder: Recorder | None = None
        self._saved: SavedStates | None = None
        self.space = space_of(env)
        self.budget = budget
        self.episodes: list[list[Episode]] = [[] for _ in env.seeds]
        """For each seed the episodes that ended since its list was last emptied."""
        self._clock = clock or Clock()
        self._may_read_progress = depends_on_budget
        self.cut = torch.zeros(len(env.seeds), dtype=torch.bool)
        """`[S]`: True if the budget ended the seed's latest episodes or branches; their returns are incomplete."""
        worlds = len(env.seeds), env.num_envs
        self.env_steps = torch.zeros(worlds[0], dtype=torch.int64)
        self.begin_iteration()
        self._rollouts, self._draws = (torch.zeros(worlds[0], dtype=torch.int64) for _ in range(2))
        # Return and length so far of the unfinished episode in each world.
        self._returns = torch.zeros(worlds, dtype=torch.float64)
        self._lengths = torch.zeros(worlds, dtype=torch.int64)
        self._obs = env.reset()

    @property
    def progress(self) -> Tensor:
        """The share of the budget spent before this iteration, `[S, 1]`, on the CPU; it takes `depends_on_budget`.

        So a learning rate begins at its full size, and what the last iteration sampled is still learnt from.
        """
        if not self._may_read_progress:
            raise UserError(
                "The algorithm reads sampler.progress, but does not say that it depends on the budget.",
                "Give its class `depends_on_budget`, true where its settings make it read sampler.progress "
                "(docs/plugins.md)",
            )
        return (self._spent_before.double() / self.budget).unsqueeze(1)

    def begin_iteration(self) -> None:
        """Whatever is executed from here on is part of the next iteration."""
        self._spent_before = self.env_steps.clone()

    def metrics(self) -> Metrics:
        """The environment's own columns, about the time since the last call."""
        return self.env.metrics()

    def state(self) -> Tree:
        """Everything that future samples depend on; the first axis of every tensor is the seed."""
        return {
            "env": self.env.state(),
            "env_steps": self.env_steps.clone(),
            "rollouts": self._rollouts.clone(),
            "draws": self._draws.clone(),
            "returns": self._returns.clone(),
            "lengths": self._lengths.clone(),
        }

    def restore(self, state: Tree) -> None:
        """Continue from `state()`: all later samples are the same to the bit."""
        self._obs = self.env.restore(state["env"])
        self.env_steps = state["env_steps"].clone()
        self.begin_iteration()
        self._rollouts, self._draws = state["rollouts"].clone(), state["draws"].clone()
        self._returns.copy_(state["returns"])
        self._lengths.copy_(state["lengths"])

    def permutations(self, count: int, size: int) -> Tensor:
        """Random permutations `[count, S, size]` for the minibatches of the latest rollout."""
        orders = torch.empty(count, len(self.env.seeds), size, dtype=torch.int64)
        for row, (seed, rollout) in enumerate(self._streams()):
            rng = stream(seed, Purpose.MINIBATCHES, rollout)
            for order in orders[:, row]:
                order.copy_(torch.from_numpy(rng.permutation(size)))
        return orders.to(self.env.device)

    def draw(self, noise: Callable[..., np.ndarray], *shape: int) -> Tensor:
        """Fresh random numbers, each seed's from its own stream, `[S, *shape, ...]`."""
        numbers = zip(self.env.seeds, self._draws.tolist(), strict=True)
        rows = [noise(stream(seed, Purpose.DRAWS, count), *shape) for seed, count in numbers]
        self._draws += 1
        return torch.from_numpy(np.stack(rows)).to(self.env.device)

    def rollout(self, actor: Actor, num_steps: int, keep: int = 0) -> Batch:
        """Act for `num_steps` steps in every world, and save the worlds at `keep` random steps of each seed."""
        env = self.env
        self._refuse_without_room(num_steps * env.num_envs)
        with self._sampling(env):
            self._rollouts += 1
            env.prefetch_starts(num_steps)
            noise = self._noise(actor, num_steps)  # [S, T, N, K]
            saved = self._saved = SavedStates(self._places(num_steps * env.num_envs, keep), env.num_envs)
            if self._recorder is None or self._recorder.num_steps != num_steps:
                self._recorder = Recorder(env, num_steps)
            recorder = self._recorder
            recorder.begin()
            act, move = self._acting(actor.act, env), self._clock.timed("worlds", env.step)
            for t, drawn in enumerate(noise.unbind(1)):
                if keep:
                    saved.save_if_due(t, env)
                action = act(recorder.observe(t, self._obs), drawn)
                step = move(action)
                recorder.write(t, action, step)
                self._obs = step.obs
            self._add(recorder.episodes(self._returns.numpy(), self._lengths.numpy(), self.env_steps.numpy()))
            self.env_steps += num_steps * env.num_envs
            return recorder.batch(self._obs, saved.index)

    def branch(self, actor: Actor, actions: Tensor, noise: Tensor, reseed: bool = False) -> Branches:
        """Take `actions[S, R, K, A]` in each saved state of the latest rollout, then follow the actor with `noise`."""
        assert self._saved is not None
        assert self._more_worlds is not None
        seeds, states, branches, _ = actions.shape
        env, horizon = self._branch_env, noise.shape[1] + 1
        if env is None or env.num_envs != states * branches:
            env = self._branch_env = self._more_worlds(states * branches)
        with self._sampling(env):
            rows = torch.arange(seeds * states).repeat_interleave(branches)
            obs = env.load(self._saved.snapshot(), rows)
            if reseed:
                numbers = self.draw(lambda rng, size: rng.integers(2**63, size=size), states * branches)
                env.reseed(numbers.flatten().tolist())
            self._check_actions(actions.flatten(1, 2), env)
            policy, advance = self._acting(actor.act, env), self._clock.timed("worlds", env.advance)

            def act(t: int, obs: Tensor) -> Tensor:
                return policy(obs.float(), noise[:, t - 1].flatten(1, 2)) if t else actions.flatten(1, 2)

            rewards = torch.zeros(seeds, horizon, states * branches, device=env.device)
            moving = torch.ones(seeds, states * branches, dtype=torch.bool, device=env.device)
            outcome = run_until_done(advance, act, obs, moving, horizon, self.budget - self.env_steps, rewards)
            self._count(outcome)
            return Branches(
                rewards.unflatten(2, (states, branches)),
                outcome.terminated.unflatten(1, (states, branches)),
                outcome.lengths.unflatten(1, (states, branches)),
                outcome.obs.to(torch.float32, copy=True),
            )

    def play(self, act: Callable[[Tensor], Tensor], starts: int) -> Played:
        """Play one episode in every world, from the start state of world n % starts, or until the budget is spent."""
        env = self.env
        if not self.env_steps.any():
            self._refuse_without_room(env.num_envs)
        with self._sampling(env):
            env.reset()
            first = torch.arange(len(env.seeds)).unsqueeze(1) * env.num_envs
            obs = env.load(env.save(), first + torch.arange(env.num_envs) % starts)
            self._returns.zero_()
            self._lengths.zero_()
            policy, advance = self._acting(act, env), self._clock.timed("worlds", env.advance)
            moving = torch.ones(obs.shape[:2], dtype=torch.bool, device=env.device)
            observed = ObservationMoments(env)

            def watched(_: int, obs: Tensor) -> Tensor:
                observed.add(obs, moving)
                return policy(obs.float())

            limit = env.max_episode_steps or LONGEST
            outcome = run_until_done(advance, watched, obs, moving, limit, self.budget - self.env_steps)
            self._add(outcome.episodes(self.env_steps.numpy()))
            self._count(outcome)
            complete = ~outcome.cut
            returns, lengths = torch.where(complete, outcome.returns, 0.0), torch.where(complete, outcome.lengths, 0)
            return Played(returns, lengths, observed.moments())

    def tables(self) -> Tables:
        """The transition tables of the environment. Every entry counts as one transition of each seed."""
        assert self.env.tables is not None
        self._refuse_without_room(self.env.tables.rewards.numel())
        self.env_steps += self.env.tables.rewards.numel()
        return self.env.tables

    def _refuse_without_room(self, transitions: int) -> None:
        """Raise a UserError if so many more transitions would exceed the budget.

        The training loop starts no iteration that would exceed the budget if it is as long as the one before; this
        catches the first iteration, and one that is longer.
        """
        room = self.budget - int(self.env_steps.max())
        if transitions > room:
            raise UserError(
                f"The algorithm asks for {transitions:,} transitions at once, and --steps {self.budget:,} "
                f"leaves room for {room:,}.",
                "Raise --steps, or lower what makes its batches large, such as num_envs or num_steps",
            )

    def _acting(self, act: Callable[..., Tensor], env: Env) -> Callable[..., Tensor]:
        """The policy with its time measured and its first actions checked."""
        return self._clock.timed("policy", checked_at_first(act, lambda action: self._check_actions(action, env)))

    def _check_actions(self, action: Any, env: Env) -> None:
        check_actions(action, self.space, len(env.seeds), env.num_envs, finite=not bool(self.env_steps.any()))

    @contextmanager
    def _sampling(self, env: Env) -> Iterator[None]:
        before = env.simulating
        with self._clock.during("collect"):
            yield
            env.check()
        self._clock.seconds["physics"] += env.simulating - before

    def _places(self, size: int, count: int) -> Tensor:
        """`[S, count]`: for each seed distinct random numbers below `size`."""
        if not count:
            return torch.zeros(len(self.env.seeds), 0, dtype=torch.int64)
        return self.draw(lambda rng, size: rng.permutation(size)[:count], size).cpu()

    def _streams(self) -> list[tuple[int, int]]:
        return list(zip(self.env.seeds, self._rollouts.tolist(), strict=True))

    def _noise(self, actor: Actor, num_steps: int) -> Tensor:
        """The noise of a whole rollout, `[S, T, N, K]`, each seed's from its own stream."""
        rows = [
            torch.from_numpy(actor.noise(stream(seed, Purpose.ACTIONS, rollout), num_steps, self.env.num_envs))
            for seed, rollout in self._streams()
        ]
        return torch.stack(rows).to(self.env.device)

    def _add(self, episodes: Iterator[tuple[int, Episode]]) -> None:
        for s, episode in episodes:
            self.episodes[s].append(episode)

    def _count(self, outcome: Outcome) -> None:
        self.env_steps += outcome.lengths.sum(1).cpu()
        self.cut |= outcome.cut.any(1).cpu()
