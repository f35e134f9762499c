"""What the algorithms on tables share: a policy that is a table, judged exactly."""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Size, Space, State
from rlbench.errors import UserError
from rlbench.numerics.streams import Purpose, stream
from rlbench.policies.plain import plain_table


class ExactAlgorithm:
    """No world is stepped: an iteration reads every row of the tables, and counts each as a transition."""

    num_envs: ClassVar[int] = 1
    initial_std: float

    def size(self, space: Space) -> Size:
        """A probability for each action in each state."""
        if not space.has_tables or space.num_actions is None:
            raise UserError(
                "Exact algorithms read an environment's transition tables, and this one has none. "
                "They work on FrozenLake-v1, CliffWalking-v1, Taxi-v4 and their like."
            )
        rows = space.obs_size * space.num_actions
        return Size(rows, rows)

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """softmax of small random numbers: near uniform, and each seed's own."""
        assert space.num_actions is not None
        shape = space.obs_size, space.num_actions
        drawn = [stream(seed, Purpose.INITIAL_THETA).normal(0, self.initial_std, shape) for seed in seeds]
        return {"policy": torch.stack([torch.from_numpy(logits).softmax(1) for logits in drawn])}

    def actor(self, state: State, _: Space) -> Actor:
        """The largest of log pi(a|x) + Gumbel noise is a sample of pi; no noise gives the likeliest action."""
        log_policy = state["policy"].log().float()  # [S, X, A]

        def act(obs: Tensor, noise: Tensor) -> Tensor:
            at = obs.argmax(-1, keepdim=True).expand(-1, -1, log_policy.shape[2])  # a state is observed as one-hot
            return (log_policy.gather(1, at) + noise).argmax(-1, keepdim=True).float()

        actions = log_policy.shape[2]
        return Actor(
            lambda rng, *shape: rng.gumbel(size=(*shape, actions)).astype(np.float32),
            act,
            lambda: plain_table(log_policy[0].numpy(force=True)),
        )


def entropy(policy: Tensor) -> Tensor:
    """Mean over the states."""
    return -torch.xlogy(policy, policy).sum(-1).mean(-1)
