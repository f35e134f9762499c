"""What is the same for all algorithms with a policy, a critic, and rollouts of one length."""

from torch import Tensor

from rlbench.algorithms.contract import Actor, Sampler, Size, Space, State
from rlbench.algorithms.critic import Targets, fit_critic
from rlbench.algorithms.networks import ActorCritic
from rlbench.numerics.optimizers import adam_state


class ActorCriticAlgorithm:
    """The base of actor-critic algorithms. Only those whose critic has an optimiser of its own define `critic_*`."""

    num_envs: int
    num_steps: int
    hidden_sizes: tuple[int, ...]
    initial_log_std: float
    critic_learning_rate: float
    critic_minibatch_size: int

    def networks(self, space: Space) -> ActorCritic:
        """Policy and critic."""
        return ActorCritic.build(space, self.hidden_sizes, self.initial_log_std)

    def size(self, space: Space) -> Size:
        """Policy and critic; N T transitions."""
        return Size(self.networks(space).num_parameters, self.num_envs * self.num_steps)

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, and Adam for the critic."""
        networks = self.networks(space)
        state = networks.initial(seeds, self.num_envs)
        return {**state, "adam": adam_state(networks.split(state["theta"])[1])}

    def actor(self, state: State, space: Space) -> Actor:
        """The policy as it stands."""
        return self.networks(space).actor(state)

    def fit_critic(
        self, state: State, sampler: Sampler, data: Targets, orders: Tensor, optimizer: str = "adam"
    ) -> Tensor:
        """Passes over the data with a learning rate that falls linearly to 0 over the budget; the last one's loss."""
        networks = self.networks(sampler.space)
        _, theta = networks.split(state["theta"])
        rate = self.critic_learning_rate * (1 - sampler.progress)
        return fit_critic(networks.critic, theta, state[optimizer], data, orders, self.critic_minibatch_size, rate)
