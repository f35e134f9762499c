"""What the vine's common random numbers do to a comparison of two actions (Schulman et al. 2015, section 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from rlbench.algorithms.contract import Actor, Sampler
from rlbench.algorithms.settings import setting
from rlbench.algorithms.trpo import TRPO
from rlbench.algorithms.trpo_vine import TRPOVine
from rlbench.errors import UserError
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, trained
from rlbench.numerics.returns import discounted_sums

LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
VARIANCE, RATIO = "Variance of Q₁ − Q₂", "Common over separate"
COMMON, SEPARATE, SHARE = "common random numbers", "separate random numbers", "ratio of the variances"


def differences(sampler: Sampler, actor: Actor, pairs: Tensor, repeats: int, horizon: int, common: bool) -> Tensor:
    """Rewards of the two branches of each state in each repeat of the noise after them, `[S, H, R, repeats, 2]`.

    `pairs[S, R, 2, A]` are the actions that are compared. With `common` the two branches of a repeat have one noise.
    """
    states = pairs.shape[1]
    noise = sampler.draw(actor.noise, horizon - 1, states, repeats, 1 if common else 2)
    noise = noise.expand(-1, -1, -1, -1, 2, -1).flatten(3, 4)  # [S, H-1, R, repeats * 2, Z]
    actions = pairs.unsqueeze(2).expand(-1, -1, repeats, -1, -1).flatten(2, 3)
    return sampler.branch(actor, actions, noise, reseed=not common).rewards.unflatten(3, (repeats, 2))


def difference_variances(rewards: Tensor, gamma: float, length: int) -> Tensor:
    """The variance over repeats of Q_1 - Q_2, from branches of so many steps: of each state, `[S, R]`."""
    q = discounted_sums(rewards[:, :length].flatten(3), gamma).unflatten(2, rewards.shape[3:])
    return (q[..., 0] - q[..., 1]).double().var(2)


@dataclass(frozen=True)
class Lesson:
    """How much quieter is a comparison of two actions if both meet the same chance?"""

    default_env: ClassVar[str] = "Hopper-v4"
    title: ClassVar[str] = "the variance of a comparison of two actions, by common random numbers"

    states: int = setting(16, "R", "states in which two actions are compared", low=1)
    repeats: int = setting(16, "", "repeats of the noise that comes after them", low=2)
    horizon: int = setting(100, "H", "longest branch, the tried action included", low=1, high=LENGTHS[-1])
    gamma: float = setting(0.99, "γ", "discount of later rewards", low=0, high=1)
    updates: int = setting(20, "", "updates of TRPO that make the policy", low=0)

    @property
    def panels(self) -> Sequence[Axes]:
        """Over the length of branches."""
        return (
            Axes(VARIANCE, "steps of a branch", log_x=True, log_y=True),
            Axes(RATIO, "steps of a branch", log_x=True, log_y=True, level=1.0),
        )

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """Both kinds of branches from the same states, after the same two actions."""
        vine = TRPOVine(states=self.states, branches=2)
        _, networks, state, sampler = trained(TRPO(), env, seeds, self.updates)
        vine.size(sampler.space)  # a UserError where worlds cannot be saved
        actor = networks.actor(state)
        batch = sampler.rollout(actor, TRPO().num_steps, keep=self.states)
        places = batch.branch_index.unsqueeze(-1).expand(-1, -1, sampler.space.obs_size)
        pairs = vine.tried(actor, batch.obs.flatten(1, 2).gather(1, places), sampler)
        both = {
            common: differences(sampler, actor, pairs, self.repeats, self.horizon, common) for common in (True, False)
        }
        measured = []
        for length in (each for each in LENGTHS if each <= self.horizon):
            common, separate = (difference_variances(rewards, self.gamma, length).mean(1) for rewards in both.values())
            if not bool(((separate > 0) & (common > 0)).all()):  # the first reward may have no chance in it
                continue
            for panel, line, values in (
                (VARIANCE, COMMON, common),
                (VARIANCE, SEPARATE, separate),
                (RATIO, SHARE, common / separate),
            ):
                measured.append(Measured(panel, line, float(length), array(values)))
        if not measured:
            raise UserError(f"Within {self.horizon} steps chance makes no difference here.", "Raise horizon")
        return measured

    def say(self, found: Numbers) -> Sequence[str]:
        """The ratio at both ends."""
        places = found.places(RATIO, SHARE)
        ends = tuple(dict.fromkeys((places[0], places[-1])))
        shares = [found.geometric_mean(RATIO, SHARE, each) for each in ends]
        return [
            f"For branches of {length:g} steps the variance with common random numbers is {share:.2g} of that without: "
            f"worth {1 / share:.2g} times as many branches."
            for share, length in zip(shares, ends, strict=True)
        ]
